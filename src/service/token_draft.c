#include "service/internal.h"

#include "crypto/random.h"
#include "token/access.h"
#include "token/api_key.h"
#include "token/key_ring.h"
#include "token/pat.h"

static struct pat pat_of(const struct token_row *row)
{
    return (struct pat){
        .jti = row->id,
        .user_id = row->user_id,
        .issued_at = row->issued_at,
        .expires_at = token_row_claimed_end(row),
        .user_id_json = STR(""),
        .extra = STR(""),
        .missing = STR(""),
    };
}

static enum error make_pat(const struct shared *shared, struct arena *arena,
                           struct new_token *token)
{
    const struct signing_key *key = key_ring_current(shared->keys);
    struct pat pat = pat_of(&token->row);
    token->row.kid = key->kid;
    return pat_sign(&pat, key, arena, &token->secret);
}

static enum error make_api_key(const struct shared *shared, struct arena *arena,
                               struct new_token *token)
{
    unsigned char mac[MAC_BYTES];
    token->secret = api_key_new(arena);
    mac_compute(&shared->auth.api_key_mac, token->secret, mac);
    token->row.mac = arena_copy(arena, str_of((const char *)mac, sizeof(mac)));
    token->row.hint = api_key_hint(token->secret);
    return OK;
}

enum error token_draft_make(const struct shared *shared, const struct token_draft *draft, usec now,
                            struct arena *arena, struct new_token *out)
{
    str id = jti_new(arena);
    struct new_token token = {.row = {.id = id,
                                      .kind = draft->kind,
                                      .token_key = (int64_t)token_parent_key(id),
                                      .user_id = draft->user_id,
                                      .name = draft->name,
                                      .holds_name = true,
                                      .kid = STR(""),
                                      .issued_at = whole_second(now),
                                      .expires_at = draft->expires_at,
                                      .created_at = now,
                                      .unsigned_text = STR(""),
                                      .mac = STR(""),
                                      .hint = STR(""),
                                      .scopes = draft->scopes,
                                      .allowed_ips = draft->allowed_ips,
                                      .made_by = draft->made_by,
                                      .family = draft->family,
                                      .rotated_from = draft->rotated_from,
                                      .replaced_by = STR("")}};
    arena_mark_secret(arena);
    enum error err = draft->kind == TOKEN_PAT ? make_pat(shared, arena, &token)
                                              : make_api_key(shared, arena, &token);
    if (!err)
        *out = token;
    return err;
}

enum error token_sign_again(const struct shared *shared, const struct token_row *row,
                            struct arena *arena, str *out)
{
    const struct signing_key *key = key_ring_find(shared->keys, row->kid);
    struct pat pat = pat_of(row);
    if (!key)
        return ERR_NOT_FOUND;
    arena_mark_secret(arena);
    return pat_sign(&pat, key, arena, out);
}
