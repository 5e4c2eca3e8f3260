#include "api/problem.h"

#include "api/json.h"
#include "api/ls_envelope.h"
#include "api/page.h"
#include "api/state.h"
#include "auth/authenticate.h"

// clang-format off
static const struct answer answers[] = {
    [OK]                     = {500, STR_INIT("OK"),                     STR_INIT("")},
    [ERR_MALFORMED]          = {400, STR_INIT("Malformed request"),      STR_INIT("The request could not be read.")},
    [ERR_INVALID]            = {400, STR_INIT("Invalid input"),          STR_INIT("Validation error")},
    [ERR_TOO_LARGE]          = {413, STR_INIT("Too large"),              STR_INIT("The request is larger than this address takes.")},
    [ERR_UNSUPPORTED_TYPE]   = {415, STR_INIT("Unsupported media type"), STR_INIT("Send the body as application/json.")},
    [ERR_NOT_ACCEPTABLE]     = {406, STR_INIT("Not acceptable"),         STR_INIT("Could not satisfy the request Accept header.")},
    [ERR_UNAUTHENTICATED]    = {401, STR_INIT("Not signed in"),          STR_INIT("Authentication credentials were not provided.")},
    [ERR_FORGED]             = {401, STR_INIT("Invalid token"),          STR_INIT("Token is invalid")},
    [ERR_EXPIRED]            = {401, STR_INIT("Expired token"),          STR_INIT("Token is expired")},
    [ERR_TOO_EARLY]          = {401, STR_INIT("Invalid token"),          STR_INIT("Token is invalid")},
    [ERR_WRONG_TYPE]         = {401, STR_INIT("Wrong type of token"),    STR_INIT("Token has wrong type")},
    [ERR_MISSING_CLAIM]      = {401, STR_INIT("Invalid token"),          STR_INIT("Token is invalid")},
    [ERR_REVOKED]            = {401, STR_INIT("Revoked token"),          STR_INIT("Token is blacklisted")},
    [ERR_INACTIVE]           = {401, STR_INIT("Inactive user"),          STR_INIT("No active account found for the given token.")},
    [ERR_KIND_OFF]           = {403, STR_INIT("Switched off"),           STR_INIT("Tokens of this kind are switched off in your organization; an owner or administrator can switch them on in the Access Token Settings.")},
    [ERR_FORBIDDEN]          = {403, STR_INIT("Forbidden"),              STR_INIT("You do not have permission to perform this action.")},
    [ERR_ELSEWHERE]          = {403, STR_INIT("Member elsewhere"),       STR_INIT("This account belongs to organizations that you do not administer, too; remove it from yours instead.")},
    [ERR_SCOPE]              = {403, STR_INIT("Insufficient scope"),     STR_INIT("The scopes of this token do not allow this.")},
    [ERR_ADDRESS]            = {403, STR_INIT("Address not allowed"),    STR_INIT("This token does not count from your address; see its allowed_ips, and those of its organization.")},
    [ERR_PASSWORD_CHANGE]    = {403, STR_INIT("Password change required"), STR_INIT("Your password was generated; choose your own first (POST /api/v1/account/password).")},
    [ERR_CROSS_SITE]         = {403, STR_INIT("Cross-site request"),     STR_INIT("This request came from another site.")},
    [ERR_THROTTLED]          = {429, STR_INIT("Too many failures"),      STR_INIT("Too many failed attempts; try again later.")},
    [ERR_NOT_FOUND]          = {404, STR_INIT("Not found"),              STR_INIT("Not found.")},
    [ERR_METHOD_NOT_ALLOWED] = {405, STR_INIT("Method not allowed"),     STR_INIT("This address does not know that method; see Allow.")},
    [ERR_CONFLICT]           = {409, STR_INIT("Conflict"),               STR_INIT("It exists already, or a rule between things would be broken.")},
    [ERR_LIMIT]              = {409, STR_INIT("Limit reached"),          STR_INIT("The organization's limit is reached; revoke something first.")},
    [ERR_WOULD_BLOCK]        = {500, STR_INIT("Internal error"),         STR_INIT("Something went wrong here; the log has the details.")},
    [ERR_BUSY]               = {503, STR_INIT("Busy"),                   STR_INIT("Too much to do at this moment; try again in a second.")},
    [ERR_FULL]               = {507, STR_INIT("Disk full"),              STR_INIT("There is no room to store this; nothing was changed. Free some disk space and try again.")},
    [ERR_READ_ONLY]          = {503, STR_INIT("Read-only"),              STR_INIT("The database cannot be written; nothing was changed.")},
    [ERR_UNAVAILABLE]        = {503, STR_INIT("Database unavailable"),   STR_INIT("The database cannot be reached; try again later.")},
    [ERR_TOO_NEW]            = {503, STR_INIT("Database too new"),       STR_INIT("The database was upgraded by a newer program.")},
    [ERR_IO]                 = {500, STR_INIT("Internal error"),         STR_INIT("Something went wrong here; the log has the details.")},
    [ERR_INTERNAL]           = {500, STR_INIT("Internal error"),         STR_INIT("Something went wrong here; the log has the details.")},
};
// clang-format on
_Static_assert(COUNT_OF(answers) == ERR_COUNT, "every error has an answer");

/* Label Studio's words for each reason to know nobody. */
static const str faults[] = {
    [FAULT_NONE] = STR_INIT(""),
    [FAULT_NO_CREDENTIALS] = STR_INIT("Authentication credentials were not provided."),
    [FAULT_TOKEN_EMPTY] = STR_INIT("Invalid token header. No credentials provided."),
    [FAULT_TOKEN_SPACES] =
        STR_INIT("Invalid token header. Token string should not contain spaces."),
    [FAULT_TOKEN_BYTES] =
        STR_INIT("Invalid token header. Token string should not contain invalid characters."),
    [FAULT_TOKEN_UNKNOWN] = STR_INIT("Invalid token."),
    [FAULT_TOKEN_INACTIVE] = STR_INIT("User inactive or deleted."),
    [FAULT_LEGACY_OFF] =
        STR_INIT("Authentication token no longer valid: legacy token authentication has been "
                 "disabled for this organization"),
    [FAULT_PAT_OFF] =
        STR_INIT("Authentication token no longer valid: personal access tokens, or sending them "
                 "directly, have been disabled for this organization"),
    [FAULT_API_KEY_OFF] =
        STR_INIT("Authentication token no longer valid: API keys have been disabled for this "
                 "organization"),
    [FAULT_BEARER_INVALID] = STR_INIT("Given token not valid for any token type"),
    [FAULT_BEARER_FORMAT] =
        STR_INIT("Authorization header must contain two space-delimited values"),
    [FAULT_BEARER_NO_USER] = STR_INIT("Token contained no recognizable user identification"),
    [FAULT_BEARER_UNKNOWN] = STR_INIT("User not found"),
    [FAULT_BEARER_INACTIVE] = STR_INIT("User is inactive"),
};
_Static_assert(COUNT_OF(faults) == FAULT_COUNT, "every fault has its words");

const struct answer *problem_answer(enum error err)
{
    return &answers[(unsigned)err < COUNT_OF(answers) ? err : ERR_INTERNAL];
}

enum error fail(struct request *rq, enum error err, str detail)
{
    rq->state->detail = detail;
    return err;
}

enum error fail_field(struct request *rq, str field, str text)
{
    complain(&rq->state->complaints, field, text);
    return ERR_INVALID;
}

enum error fail_taken(struct request *rq, str text)
{
    rq->state->complaints.count = 0; /* nothing else was wrong */
    complain(&rq->state->complaints, STR("name"), text);
    return fail(rq, ERR_CONFLICT, text);
}

bool state_peer_is_trusted(const struct request *rq)
{
    return rq->state && rq->state->peer_is_trusted;
}

static str detail_of(const struct request_state *state, enum error err)
{
    if (!str_is_empty(state->detail))
        return state->detail;
    if (err == ERR_UNAUTHENTICATED && state->verdict.fault != FAULT_NONE)
        return faults[state->verdict.fault];
    return answers[err].detail;
}

/* {"type", "title", "status", "detail", "errors"} (RFC 9457). */
static void answer_own(struct request *rq, struct response *rs, enum error err, int status,
                       str detail)
{
    const struct complaints *complaints = &rq->state->complaints;
    json_t *body = json_object();
    json_add(body, "type",
             json_from_str(arena_printf(&rq->arena, "/problems/%s", error_name(err))));
    json_add(body, "title", json_from_str(answers[err].title));
    json_add(body, "status", json_integer(status));
    json_add(body, "detail", json_from_str(detail));
    if (complaints->count > 0) {
        json_t *errors = json_object();
        for (size_t i = 0; i < complaints->count; i++) {
            const char *field = arena_cstr(&rq->arena, complaints->items[i].field);
            json_t *texts = json_object_get(errors, field);
            if (!texts) {
                texts = json_array();
                json_add(errors, field, texts);
            }
            json_array_append_new(texts, json_from_str(complaints->items[i].text));
        }
        json_add(body, "errors", errors);
    }
    (void)reply_body(rs, status, "application/problem+json", json_write(&rq->arena, body));
}

static void answer_label_studio(struct request *rq, struct response *rs, int status, str detail)
{
    if (rq->state->complaints.count > 0)
        (void)reply_json(rs, status, ls_envelope_invalid(rq, &rq->state->complaints));
    else if (rq->state->is_bare) {
        json_t *body = json_object();
        json_add(body, "detail", json_from_str(detail));
        (void)reply_json(rs, status, json_write(&rq->arena, body));
    } else
        (void)reply_json(rs, status, ls_envelope(rq, status, detail));
}

/* RFC 6749 5.2 and 4.1.2.1, for what no handler has named. */
static const char *oauth_error_of(int status)
{
    switch (status) {
    case 401:
        return "invalid_client";
    case 403:
        return "access_denied";
    case 429:
        return "slow_down";
    case 503:
        return "temporarily_unavailable";
    default:
        return status < 500 ? "invalid_request" : "server_error";
    }
}

static void answer_oauth(struct request *rq, struct response *rs, int status, str detail)
{
    const char *name = rq->state->oauth_error;
    json_t *body = json_object();
    json_add(body, "error", json_string(name ? name : oauth_error_of(status)));
    if (!str_is_empty(detail))
        json_add(body, "error_description", json_from_str(detail));
    (void)reply_json(rs, status, json_write(&rq->arena, body));
}

static void challenge(struct response *rs, enum dialect dialect)
{
    switch (dialect) {
    case DIALECT_LABEL_STUDIO:
        response_header_static(rs, "WWW-Authenticate", "Token");
        break;
    case DIALECT_LABEL_STUDIO_JWT:
        response_header_static(rs, "WWW-Authenticate", "Bearer realm=\"api\"");
        break;
    case DIALECT_OWN:
    case DIALECT_OAUTH:
        response_header_static(rs, "WWW-Authenticate", "Bearer realm=\"latchkey\"");
        break;
    case DIALECT_PAGE:
    case DIALECT_PLAIN:
        break;
    }
}

/* RFC 6750 3.1 */
static void challenge_scope(struct request *rq, struct response *rs)
{
    str needed = rq->state->scope_needed;
    str header = STR("Bearer realm=\"latchkey\", error=\"insufficient_scope\"");
    if (!str_is_empty(needed))
        header = ARENA_JOIN(&rq->arena, header, STR(", scope=\""), needed, STR("\""));
    response_set_header(rs, "WWW-Authenticate", header);
}

void answer_error(struct shared *shared, struct request *rq, struct response *rs, enum error err)
{
    (void)shared;
    struct request_state *state = rq->state;
    int status = state->status ? state->status : answers[err].status;
    str detail = detail_of(state, err);
    enum dialect dialect = state->dialect;
    if (err != ERR_INVALID && !(err == ERR_CONFLICT && dialect == DIALECT_OWN))
        state->complaints.count = 0;
    switch (dialect) {
    case DIALECT_LABEL_STUDIO:
    case DIALECT_LABEL_STUDIO_JWT:
        answer_label_studio(rq, rs, status, detail);
        break;
    case DIALECT_OWN:
        answer_own(rq, rs, err, status, detail);
        break;
    case DIALECT_PAGE:
        (void)page_message(shared, rq, rs, status, answers[err].title, detail);
        break;
    case DIALECT_OAUTH:
        answer_oauth(rq, rs, status, detail);
        break;
    case DIALECT_PLAIN:
        (void)reply_text(rs, status, ARENA_JOIN(&rq->arena, detail, STR("\n")));
        break;
    }
    if (status == 401)
        challenge(rs, dialect);
    if (err == ERR_SCOPE)
        challenge_scope(rq, rs);
    if (err == ERR_THROTTLED || err == ERR_BUSY || err == ERR_UNAVAILABLE)
        response_set_header(rs, "Retry-After",
                            arena_printf(&rq->arena, "%lld",
                                         (long long)(state->retry_after ? state->retry_after : 1)));
}
