#include "gateway/identity.h"

#include "gateway/upstream_token.h"
#include "store/users.h"
#include "token/access.h"

#define TOKEN_SPARE MINUTES(1) /* an upstream token is given out until so long before its end */
#define EMAIL_KEPT MINUTES(10)
#define TAG_IDENTITY 'I'
#define TAG_EMAIL 'E'

/* Plain bytes: all of them are the key. */
struct identity_key {
    int64_t user_id, organization_id, token_key;
    uint64_t scope_key; /* of what it may; 0: all */
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

/* The e-mail alone, of whichever credential: what the store must be asked for. */
static enum error email_load(struct shared *shared, struct db *db, int64_t user_id, usec now,
                             struct arena *arena, str *out)
{
    char answer[IDENTITY_BYTES_MAX];
    size_t len;
    str key = {(const char *)&user_id, sizeof(user_id)};
    if (decision_find(shared->identities, shared->page, TAG_EMAIL, key, now, answer, sizeof(answer),
                      &len)) {
        *out = arena_copy(arena, str_of(answer, len));
        return OK;
    }
    if (!db)
        return ERR_WOULD_BLOCK;
    struct basis basis = basis_take(shared->page, (uint64_t)user_id, 0, 0);
    struct user_row user;
    enum error err = users_find(db, user_id, arena, &user);
    if (err)
        return err;
    decision_keep(shared->identities, shared->page, TAG_EMAIL, key, &basis, now + EMAIL_KEPT,
                  user.email);
    *out = user.email;
    return OK;
}

enum error identity_load(struct shared *shared, struct db *db, const struct principal *who,
                         usec now, struct arena *arena, struct identity *out)
{
    str scope = principal_scope_claim(who);
    const struct identity_key key = {who->user_id, who->organization_id, who->token_key,
                                     str_is_empty(scope) ? 0 : token_parent_key(scope)};
    if (recall(shared, &key, now, arena, out))
        return OK;

    struct basis basis = basis_take(shared->page, (uint64_t)who->user_id,
                                    (uint64_t)who->organization_id, (uint64_t)who->token_key);
    struct upstream_token token;
    str email;
    enum error err = email_load(shared, db, who->user_id, now, arena, &email);
    if (!err)
        err = upstream_token_make(shared, who->user_id, who->token_key, scope, now, arena, &token);
    if (err)
        return err;
    *out = (struct identity){
        .email = email, .upstream_token = token.token, .until = token.expires_at - TOKEN_SPARE};
    if (out->until > now)
        keep(shared, &key, &basis, out, arena);
    return OK;
}
