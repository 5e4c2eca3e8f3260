#include "auth/authenticate.h"

#include "auth/basic.h"
#include "auth/internal.h"
#include "token/form.h"

/* The part behind the scheme, as Label Studio's framework splits it. */
struct header {
    bool is_bearer, is_token;
    str text;     /* the credential, blanks around it dropped */
    size_t words; /* behind the scheme */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static str next_word(str *rest)
{
    size_t start = 0;
    while (start < rest->len && is_blank(rest->ptr[start]))
        start++;
    size_t end = start;
    while (end < rest->len && (rest->ptr[end] > ' ' || !is_blank(rest->ptr[end])))
        end++; /* almost always by the first half: a credential is long */
    str word = str_slice(*rest, start, end - start);
    *rest = str_from_at(*rest, end);
    return word;
}

/* The credential is the first word; how many there are says whether it is one. */
static void words_parse(str rest, struct header *header)
{
    header->text = next_word(&rest);
    for (str word = header->text; !str_is_empty(word); word = next_word(&rest))
        header->words++;
}

static struct header header_parse(str authorization, bool strict)
{
    str rest = authorization;
    str scheme = next_word(&rest);
    struct header header = {.text = STR("")};
    words_parse(rest, &header);
    header.is_token = str_equal_nocase(scheme, STR("Token"));
    /* RFC 9110 11.1: schemes have no case; Label Studio tells "bearer" apart */
    header.is_bearer =
        strict ? str_equal(scheme, STR("Bearer")) : str_equal_nocase(scheme, STR("Bearer"));
    return header;
}

static bool is_ascii(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] > 127)
            return false;
    return true;
}

/* What a credential is, is told from its form; strict: from the scheme. */
static enum error check_by_form(struct asking *ask, str text, enum auth_fault *fault,
                                struct principal *out)
{
    switch (credential_form(text)) {
    case FORM_JWT: {
        if (principal_recall(ask, TAG_PAT, text, out))
            return OK;
        enum error err = check_access_token(ask, text, fault, out);
        return err == ERR_WRONG_TYPE ? check_pat(ask, text, fault, out) : err;
    }
    case FORM_LEGACY:
        return check_legacy_token(ask, text, fault, out);
    case FORM_API_KEY:
        return check_api_key(ask, text, fault, out);
    case FORM_UNKNOWN:
        break;
    }
    *fault = FAULT_TOKEN_UNKNOWN;
    return ERR_UNAUTHENTICATED;
}

/* Authorization: Token …, and X-API-Key. Any fault is final. */
static enum error check_token_scheme(struct asking *ask, const struct header *header,
                                     struct verdict *out)
{
    enum auth_fault fault = FAULT_NONE;
    if (header->words == 0)
        fault = FAULT_TOKEN_EMPTY;
    else if (header->words > 1)
        fault = FAULT_TOKEN_SPACES;
    else if (!is_ascii(header->text))
        fault = FAULT_TOKEN_BYTES;
    if (fault != FAULT_NONE) {
        out->fault = fault;
        return OK;
    }
    enum error err = ask->auth->strict
                         ? check_legacy_token(ask, header->text, &fault, &out->principal)
                         : check_by_form(ask, header->text, &fault, &out->principal);
    if (err == ERR_UNAUTHENTICATED) {
        out->fault = fault;
        return OK;
    }
    return err;
}

/* Authorization: Bearer …. Good, it replaces the session's user; bad, it is as if it were not
 * there. */
static enum error check_bearer_scheme(struct asking *ask, const struct header *header,
                                      struct verdict *out)
{
    enum auth_fault fault = FAULT_NONE;
    struct principal bearer = {0};
    enum error err = ERR_UNAUTHENTICATED;
    if (header->words == 1) {
        err = ask->auth->strict ? check_access_token(ask, header->text, &fault, &bearer)
                                : check_by_form(ask, header->text, &fault, &bearer);
        if (err == ERR_WRONG_TYPE)
            err = ERR_UNAUTHENTICATED;
    }
    if (err == ERR_UNAUTHENTICATED)
        return OK;
    if (!err)
        out->principal = bearer;
    return err;
}

/* Authorization: Basic …. Good, it replaces the session's user; bad, it is as if it were not there.
 */
static enum error check_basic(struct asking *ask, str authorization, struct verdict *out)
{
    struct header header = {.is_token = true};
    struct verdict basic = {.by_basic = true};
    str token;
    if (ask->auth->strict || basic_read(authorization, ask->arena, &token))
        return OK;
    words_parse(token, &header);
    enum error err = check_token_scheme(ask, &header, &basic);
    if (!err && basic.fault == FAULT_NONE)
        *out = basic;
    ask->passed_over = basic.fault;
    return err;
}

static enum error check_rotating(struct asking *ask, const struct header *header,
                                 struct verdict *out)
{
    if (header->words != 1) {
        out->fault = FAULT_BEARER_FORMAT;
        return OK;
    }
    if (!ask->auth->strict && credential_form(header->text) == FORM_API_KEY)
        return check_token_scheme(ask, header, out);
    enum auth_fault fault = FAULT_NONE;
    enum error err = check_rotating_bearer(ask, header->text, &fault, &out->principal);
    if (err == ERR_UNAUTHENTICATED) {
        out->fault = fault;
        return OK;
    }
    return err;
}

static enum error check_header(struct asking *ask, const struct presented *presented,
                               struct verdict *out)
{
    struct header header = {.text = STR("")};
    if (presented->has_api_key) {
        header.is_token = true;
        words_parse(presented->api_key, &header);
    } else if (presented->has_authorization) {
        header = header_parse(presented->authorization, ask->auth->strict);
    }
    if (header.is_token)
        return check_token_scheme(ask, &header, out);
    if (header.is_bearer)
        return presented->only_token ? check_rotating(ask, &header, out)
                                     : check_bearer_scheme(ask, &header, out);
    return presented->has_authorization ? check_basic(ask, presented->authorization, out) : OK;
}

enum error authenticate(struct auth *auth, struct db *db, const struct presented *presented,
                        usec now, struct arena *arena, struct verdict *out)
{
    struct asking ask = {.auth = auth, .db = db, .now = now, .arena = arena, .dead_token = STR("")};
    struct verdict verdict = {0};
    enum error err = check_header(&ask, presented, &verdict);
    if (err)
        return err;
    if (verdict.fault == FAULT_NONE && verdict.principal.kind == CREDENTIAL_NONE &&
        !str_is_empty(presented->session)) {
        err = check_session(&ask, presented->session, &verdict.principal);
        if (err && err != ERR_UNAUTHENTICATED)
            return err;
    }
    if (verdict.fault == FAULT_NONE && verdict.principal.kind == CREDENTIAL_NONE)
        verdict.fault = ask.passed_over ? ask.passed_over : FAULT_NO_CREDENTIALS;
    verdict.is_known = ask.is_known;
    verdict.dead_token = ask.dead_token;
    *out = verdict;
    return OK;
}
