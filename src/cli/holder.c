#include "cli/holder.h"

#include "api/json.h"
#include "base/encoding.h"
#include "cli/say.h"
#include "crypto/digest.h"
#include "token/form.h"
#include "token/jwt.h"

#define MARK_BYTES 12

enum exit_status holder_choose(const struct invocation *invocation, bool insecure_http,
                               const struct holder_store *store, str *url)
{
    str given = invocation->operands.count > 0 ? invocation->operands.items[0] : STR("");
    str problem = STR("");
    if (str_is_empty(given))
        given = str_from(secure_getenv("LATCHKEY_URL"));
    if (str_is_empty(given))
        given = holder_default(store);
    if (str_is_empty(given))
        return used_wrongly("say which server: give its address, set LATCHKEY_URL, or 'latchkey "
                            "login' first");
    if (holder_server_read(given, insecure_http ? ANY_HTTP : HTTPS_ONLY, invocation->arena,
                           &problem, url))
        return used_wrongly("%.*s", STR_ARG(problem));
    return EXIT_DONE;
}

str holder_mark(str token, struct arena *arena)
{
    unsigned char digest[DIGEST_BYTES];
    sha256(token, digest);
    return hex_encode(arena, str_of((const char *)digest, MARK_BYTES));
}

static enum error refused(const struct holder_answer *answer, const struct holder_server *server,
                          struct arena *arena, str *problem)
{
    str why = holder_answer_text(answer, "error_description");
    if (str_is_empty(why))
        why = holder_answer_text(answer, "detail");
    bool says_no = answer->status == 400 || answer->status == 401 || answer->status == 403;
    *problem = arena_printf(arena, "%.*s answered %ld%s%.*s", STR_ARG(server->url), answer->status,
                            str_is_empty(why) ? "" : ": ", STR_ARG(why));
    return says_no ? ERR_UNAUTHENTICATED : ERR_UNAVAILABLE;
}

static enum error call(const struct holder_server *server, str path, const char *type, str body,
                       const char *member, struct arena *arena, str *problem, str *access)
{
    CLEANUP(holder_answer_release) struct holder_answer answer = {0};
    enum error err = holder_call(server, path, type, body, STR(""), arena, problem, &answer);
    if (err)
        return err;
    str token = holder_answer_text(&answer, member);
    if (answer.status == 404)
        return ERR_NOT_FOUND;
    if (answer.status != 200 || str_is_empty(token) || !str_is_visible(token))
        return refused(&answer, server, arena, problem);
    *access = arena_copy(arena, token);
    return OK;
}

enum error holder_exchange(const struct holder_server *server, str token, struct arena *arena,
                           str *problem, str *access)
{
    enum error err = ERR_WRONG_TYPE;
    switch (credential_form(token)) {
    case FORM_JWT:
        err = call(server, STR("/api/token/refresh"), TYPE_JSON,
                   json_write_text(arena, STR("refresh"), token), "access", arena, problem, access);
        break;
    case FORM_API_KEY:
        err = call(server, STR("/oauth/token"), TYPE_FORM,
                   ARENA_JOIN(arena,
                              STR("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-"
                                  "exchange&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                  "token-type%3Aaccess_token"),
                              form_pair(arena, "subject_token", token)),
                   "access_token", arena, problem, access);
        break;
    case FORM_LEGACY:
    case FORM_UNKNOWN:
        break;
    }
    if (err == ERR_NOT_FOUND)
        *problem = arena_printf(arena, "%.*s exchanges no tokens: is it the right address?",
                                STR_ARG(server->url));
    if (err == ERR_WRONG_TYPE)
        *problem = STR("a legacy token is exchanged for nothing: send it as it is, as "
                       "'Authorization: Token …'");
    return err;
}

usec holder_access_end(str access, struct arena *arena)
{
    struct claims claims;
    if (jwt_peek_unverified(access, arena, &claims) || !claims_have(&claims, CLAIM_EXP) ||
        claims.exp <= 0 || claims.exp > INT64_MAX / SECONDS(1))
        return 0;
    return SECONDS(claims.exp);
}
