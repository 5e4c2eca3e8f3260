#include "service/revoke_held.h"

#include "service/legacy.h"
#include "service/tokens.h"
#include "token/api_key.h"
#include "token/form.h"
#include "token/jwt.h"

static enum error revoke_jwt(struct worker *w, str text, usec now, struct arena *arena)
{
    static const struct principal nobody = {.token_id = STR_INIT(""), .scopes = STR_INIT("")};
    struct claims claims;
    if (jwt_peek_unverified(text, arena, &claims))
        return ERR_NOT_FOUND;
    if (claims_have(&claims, CLAIM_TOKEN_TYPE) &&
        str_equal(claims.token_type, token_type_name(TOKEN_ACCESS)))
        return ERR_WRONG_TYPE;
    enum error err = token_revoke_shown(w, &nobody, text, now, arena);
    return err == ERR_UNAUTHENTICATED ? ERR_NOT_FOUND : err;
}

static struct principal holder_of(enum credential_kind kind, int64_t user_id)
{
    return (struct principal){
        .kind = kind, .user_id = user_id, .token_id = STR(""), .scopes = STR("")};
}

static enum error revoke_api_key(struct worker *w, str text, usec now, struct arena *arena)
{
    unsigned char mac[MAC_BYTES];
    struct token_row row;
    if (!api_key_is_well_formed(text))
        return ERR_NOT_FOUND;
    mac_compute(&w->shared->auth.api_key_mac, text, mac);
    enum error err = tokens_find_by_mac(w->db, str_of((const char *)mac, sizeof(mac)), arena, &row);
    if (err)
        return err;
    struct principal holder = holder_of(CREDENTIAL_API_KEY, row.user_id);
    err = token_revoke(w, &holder, row.id, now, arena);
    return err == ERR_REVOKED ? ERR_NOT_FOUND : err;
}

static enum error reset_legacy(struct worker *w, str text, usec now, struct arena *arena)
{
    struct verdict verdict;
    str ignored;
    const struct presented presented = {
        .has_authorization = true,
        .authorization = ARENA_JOIN(arena, STR("Token "), text),
        .session = STR(""),
    };
    enum error err = authenticate(&w->shared->auth, w->db, &presented, now, arena, &verdict);
    if (!err && (verdict.fault != FAULT_NONE || verdict.principal.kind != CREDENTIAL_LEGACY_TOKEN))
        err = ERR_NOT_FOUND;
    if (err)
        return err;
    return legacy_token_reset(w, &verdict.principal, verdict.principal.user_id, now, arena,
                              &ignored);
}

enum error token_revoke_held(struct worker *w, str text, usec now, struct arena *arena)
{
    arena_mark_secret(arena);
    switch (credential_form(text)) {
    case FORM_JWT:
        return revoke_jwt(w, text, now, arena);
    case FORM_API_KEY:
        return revoke_api_key(w, text, now, arena);
    case FORM_LEGACY:
        return reset_legacy(w, text, now, arena);
    case FORM_UNKNOWN:
        break;
    }
    return ERR_NOT_FOUND;
}
