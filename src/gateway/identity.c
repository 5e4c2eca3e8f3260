#include "gateway/identity.h"

#include "gateway/upstream_token.h"
#include "store/users.h"

#define TOKEN_SPARE MINUTES(1) /* an upstream token is given out until so long before its end */
#define TAG_IDENTITY 'I'

/* Plain bytes: all of them are the key. */
struct identity_key {
    int64_t user_id, organization_id;
};

struct packed {
    usec until;
    uint32_t email_len, token_len;
};

static str key_bytes(const struct identity_key *key)
{
    return str_of((const char *)key, sizeof(*key));
}

static bool recall(struct shared *shared, const struct identity_key *key, usec now,
                   struct arena *arena, struct identity *out)
{
    char answer[IDENTITY_BYTES_MAX];
    struct packed packed;
    size_t len;
    if (!decision_find(shared->identities, shared->page, TAG_IDENTITY, key_bytes(key), now, answer,
                       sizeof(answer), &len) ||
        len < sizeof(packed))
        return false;
    memcpy(&packed, answer, sizeof(packed));
    if (len != sizeof(packed) + packed.email_len + packed.token_len)
        return false;
    arena_mark_secret(arena);
    out->until = packed.until;
    out->email = arena_copy(arena, str_of(answer + sizeof(packed), packed.email_len));
    out->upstream_token =
        arena_copy(arena, str_of(answer + sizeof(packed) + packed.email_len, packed.token_len));
    wipe(answer, len);
    return true;
}

static void keep(struct shared *shared, const struct identity_key *key, const struct basis *basis,
                 const struct identity *identity, struct arena *arena)
{
    struct packed packed = {.until = identity->until,
                            .email_len = (uint32_t)identity->email.len,
                            .token_len = (uint32_t)identity->upstream_token.len};
    decision_keep(shared->identities, shared->page, TAG_IDENTITY, key_bytes(key), basis,
                  identity->until,
                  ARENA_JOIN(arena, str_of((const char *)&packed, sizeof(packed)), identity->email,
                             identity->upstream_token));
}

enum error identity_load(struct shared *shared, struct db *db, const struct principal *who,
                         usec now, struct arena *arena, struct identity *out)
{
    const struct identity_key key = {who->user_id, who->organization_id};
    if (recall(shared, &key, now, arena, out))
        return OK;
    if (!db)
        return ERR_WOULD_BLOCK;

    struct basis basis =
        basis_take(shared->page, (uint64_t)who->user_id, (uint64_t)who->organization_id, 0);
    struct upstream_token token;
    struct user_row user;
    enum error err = users_find(db, who->user_id, arena, &user);
    if (!err)
        err = upstream_token_make(shared, who->user_id, now, arena, &token);
    if (err)
        return err;
    *out = (struct identity){.email = user.email,
                             .upstream_token = token.token,
                             .until = token.expires_at - TOKEN_SPARE};
    if (out->until > now)
        keep(shared, &key, &basis, out, arena);
    return OK;
}
