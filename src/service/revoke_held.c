#include "service/revoke_held.h"

#include "service/internal.h"
#include "service/legacy.h"
#include "token/form.h"
#include "token/jwt.h"

static const struct principal nobody = {.token_id = STR_INIT(""), .scopes = STR_INIT("")};

static enum error revoke_jwt(struct worker *w, str text, usec now, struct arena *arena)
{
    struct claims claims;
    if (jwt_peek_unverified(text, arena, &claims))
        return ERR_NOT_FOUND;
    if (claims_have(&claims, CLAIM_TOKEN_TYPE) &&
        str_equal(claims.token_type, token_type_name(TOKEN_ACCESS)))
        return ERR_WRONG_TYPE;
    enum error err = token_revoke_shown(w, &nobody, text, now, arena);
    return err == ERR_UNAUTHENTICATED ? ERR_NOT_FOUND : err;
}

static enum error revoke_api_key(struct worker *w, str text, usec now, struct arena *arena)
{
    struct token_row row;
    enum error err = token_find_shown(w, text, now, arena, &row);
    if (!err)
        err = token_end(w, &nobody, &row, ENDED_BY_HOLDER, now, arena);
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
