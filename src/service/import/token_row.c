#include "service/import/internal.h"

#include "token/access.h"
#include "token/jwt.h"
#include "token/pat.h"

/* A claim may hold any number; what is stored stays within what a time can be. */
static usec time_of_claim(int64_t seconds)
{
    int64_t most = INT64_MAX / 1000000;
    if (seconds < 0)
        return 0;
    return SECONDS(seconds < most ? seconds : most);
}

static usec whole_seconds(usec t)
{
    return SECONDS(usec_to_seconds(t));
}

/* What the text says, if it is a personal access token and the one that the row is about. */
static bool read_claims(const struct source_token *token, struct arena *arena, struct claims *out)
{
    return jwt_peek_unverified(token->text, arena, out) == OK && claims_have(out, CLAIM_EXP) &&
           claims_have(out, CLAIM_JTI) && str_equal(out->jti, token->jti) &&
           str_equal(out->token_type, token_type_name(TOKEN_REFRESH));
}

/* Lists show a token without its signature. Most of them can be written again from their row. */
static str text_to_keep(const struct source_token *token, const struct token_row *row,
                        struct arena *arena)
{
    struct pat pat = {.jti = row->id,
                      .user_id = row->user_id,
                      .issued_at = row->issued_at,
                      .expires_at = row->expires_at,
                      .user_id_json = STR(""),
                      .extra = STR(""),
                      .missing = STR("")};
    str shown = jwt_unsigned_part(token->text), written;
    bool is_same = pat_write_unsigned(&pat, JWT_HS256, STR(""), arena, &written) == OK &&
                   str_equal(written, shown);
    return is_same ? STR("") : shown;
}

bool token_row_make(const struct source_token *token, usec now, struct arena *arena,
                    struct token_row *out, str *why)
{
    if (str_is_empty(token->jti) || token->jti.len > JTI_MAX || !text_is_sound(token->jti)) {
        *why = STR("its jti is empty, too long or not UTF-8: no token can have it");
        return false;
    }
    struct claims claims;
    bool has_claims = read_claims(token, arena, &claims);
    if (!has_claims && token->expires_at == 0 && !token->is_revoked) {
        *why = STR("its end cannot be read, from the token or from the row");
        return false;
    }
    usec created_at = token->created_at;
    usec issued_at = has_claims && claims_have(&claims, CLAIM_IAT) ? time_of_claim(claims.iat)
                                                                   : whole_seconds(created_at);
    *out = (struct token_row){
        .id = token->jti,
        .kind = TOKEN_PAT,
        .token_key = (int64_t)token_parent_key(token->jti),
        .user_id = token->has_no_user ? 0 : token->user_id,
        .name = STR(""),
        .kid = STR(""),
        .issued_at = issued_at,
        .expires_at = has_claims ? time_of_claim(claims.exp) : whole_seconds(token->expires_at),
        .created_at = created_at ? created_at : issued_at,
        .revoked_at = token->is_revoked ? (token->revoked_at ? token->revoked_at : now) : 0,
        .unsigned_text = STR(""),
        .mac = STR(""),
        .hint = STR(""),
    };
    if (has_claims)
        out->unsigned_text = text_to_keep(token, out, arena);
    return true;
}
