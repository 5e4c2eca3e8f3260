/* latchkey inspect: what a token says, without a network and without a key */
#include "base/encoding.h"
#include "cli/say.h"
#include "cli/secret_input.h"
#include "cli/show.h"
#include "token/api_key.h"
#include "token/form.h"
#include "token/jwt.h"

#include <unistd.h>

struct inspect_options {
    bool json;
};

static const struct option options[] = {
    OPTION_ROW(struct inspect_options, json, FLAG, "", "", ANY, "as a JSON object"),
};

/* "in 3 days", "4 minutes ago": the largest unit that is whole. */
static str how_far(struct arena *arena, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    bool is_past = seconds < 0;
    uint64_t distance = is_past ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    size_t unit = 0;
    while (unit + 1 < COUNT_OF(units) && distance < (uint64_t)units[unit].seconds)
        unit++;
    unsigned long long n = distance / (uint64_t)units[unit].seconds;
    return arena_printf(arena, "%s%llu %s%s%s", is_past ? "" : "in ", n, units[unit].name,
                        n == 1 ? "" : "s", is_past ? " ago" : "");
}

/* A claim's seconds as a time; what no calendar holds is clamped. */
static usec time_of(int64_t seconds)
{
    const int64_t most = INT64_MAX / SECONDS(1);
    return seconds > most ? USEC_NEVER : seconds < 0 ? 0 : SECONDS(seconds);
}

static bool is_of_type(const struct claims *claims, enum token_type type)
{
    return str_equal(claims->token_type, token_type_name(type));
}

static const char *kind_of(const struct claims *claims)
{
    return is_of_type(claims, TOKEN_REFRESH)  ? "pat"
           : is_of_type(claims, TOKEN_ACCESS) ? "access"
                                              : "unknown";
}

static const char *kind_words(const struct claims *claims)
{
    return is_of_type(claims, TOKEN_REFRESH)  ? "personal access token"
           : is_of_type(claims, TOKEN_ACCESS) ? "access token"
                                              : "a JWT of another type";
}

/* The payload as it was written; jwt_peek_unverified has found it well formed. */
static json_t *payload_json(str token, struct arena *arena)
{
    str header, rest, payload, signature, text;
    if (!str_cut(token, '.', &header, &rest))
        return json_null();
    (void)str_cut(rest, '.', &payload, &signature);
    if (base64url_decode(arena, payload, &text))
        return json_null();
    json_t *value = json_loadb(text.ptr, text.len, 0, NULL);
    return value ? value : json_null();
}

static void show_jwt_json(str token, const struct claims *claims, usec now, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "kind", json_string(kind_of(claims)));
    json_add(object, "id",
             claims_have(claims, CLAIM_JTI) ? json_from_str(claims->jti) : json_null());
    json_add(object, "user_id",
             claims_have(claims, CLAIM_USER_ID) ? json_integer(claims->user_id) : json_null());
    json_add(object, "issued_at",
             claims_have(claims, CLAIM_IAT) ? json_from_time(arena, time_of(claims->iat))
                                            : json_null());
    bool has_end = claims_have(claims, CLAIM_EXP);
    json_add(object, "expires_at",
             has_end ? json_from_time(arena, time_of(claims->exp)) : json_null());
    json_add(object, "is_expired",
             has_end ? json_boolean(claims->exp <= usec_to_seconds(now)) : json_null());
    json_add(object, "signature_checked", json_false());
    json_add(object, "claims", payload_json(token, arena));
    show_json(object, arena);
}

static void show_jwt_text(const struct claims *claims, usec now, struct arena *arena)
{
    int64_t now_seconds = usec_to_seconds(now);
    show_field("kind", arena, str_from(kind_words(claims)));
    show_field("id", arena, claims_have(claims, CLAIM_JTI) ? claims->jti : STR("none"));
    show_field("user", arena,
               claims_have(claims, CLAIM_USER_ID) ? show_number(arena, claims->user_id)
                                                  : STR("none"));
    if (claims_have(claims, CLAIM_SCOPE))
        show_field("scope", arena, claims->scope);
    if (claims_have(claims, CLAIM_IAT))
        show_field("issued", arena, show_time(arena, time_of(claims->iat)));
    if (claims_have(claims, CLAIM_EXP))
        show_field(claims->exp <= now_seconds ? "expired" : "expires", arena,
                   ARENA_JOIN(arena, show_time(arena, time_of(claims->exp)), STR(" ("),
                              how_far(arena, claims->exp - now_seconds), STR(")")));
    else
        show_field("expires", arena, STR("no end is written in it; it is refused everywhere"));
    show_field("signature", arena, STR("not checked: anybody can have written this"));
}

static enum exit_status inspect_jwt(str token, bool as_json, usec now, struct arena *arena)
{
    struct claims claims;
    if (jwt_peek_unverified(token, arena, &claims))
        return failed("this is not a token that can be read; give the whole of it");
    if (as_json)
        show_jwt_json(token, &claims, now, arena);
    else
        show_jwt_text(&claims, now, arena);
    return EXIT_DONE;
}

/* What says nothing by itself: an API key, a legacy token. */
static enum exit_status inspect_opaque(const char *kind, const char *words, str hint, bool as_json,
                                       struct arena *arena)
{
    if (as_json) {
        json_t *object = json_object();
        json_add(object, "kind", json_string(kind));
        json_add(object, "hint", str_is_empty(hint) ? json_null() : json_from_str(hint));
        show_json(object, arena);
        return EXIT_DONE;
    }
    show_field("kind", arena, str_from(words));
    if (!str_is_empty(hint))
        show_field("begins with", arena, hint);
    show_field("expires", arena, STR("only the server knows: nothing is written in it"));
    return EXIT_DONE;
}

static enum exit_status inspect_text(str token, bool as_json, struct arena *arena)
{
    if (str_has(token, '.'))
        return inspect_jwt(token, as_json, time_now(), arena);
    switch (credential_form(token)) {
    case FORM_JWT:
        return inspect_jwt(token, as_json, time_now(), arena);
    case FORM_API_KEY:
        if (!api_key_is_well_formed(token))
            return failed("this looks like an API key, but its checksum is wrong: was all of it "
                          "copied?");
        return inspect_opaque("api_key", "API key, its checksum is right", api_key_hint(token),
                              as_json, arena);
    case FORM_LEGACY:
        return inspect_opaque("legacy", "legacy token, by its form", STR(""), as_json, arena);
    case FORM_UNKNOWN:
        break;
    }
    return failed("this is no token of a kind that Latchkey knows");
}

static enum error get_token(const struct invocation *invocation, str *problem, str *out)
{
    if (invocation->operands.count > 0 && !str_equal(invocation->operands.items[0], STR("-"))) {
        if (isatty(STDERR_FILENO))
            warn("other users of this machine can see arguments; 'latchkey inspect -' reads the "
                 "token from standard input");
        *out = invocation->operands.items[0];
        return OK;
    }
    if (isatty(STDIN_FILENO))
        return secret_ask("Token", ASK_ONCE, invocation->arena, problem, out);
    return secret_read(STR("-"), invocation->arena, problem, out);
}

static enum exit_status inspect(const struct invocation *invocation)
{
    const struct inspect_options *given = invocation->options;
    str token, problem = STR("");
    enum error err = get_token(invocation, &problem, &token);
    if (err)
        return failed_to("read the token", err, problem);
    return inspect_text(str_trim(token), given->json, invocation->arena);
}

const struct command command_inspect = {
    .name = "inspect",
    .operands = "[TOKEN]",
    .max_operands = 1,
    .summary = "shows what a token says and when it expires, without a network",
    .description =
        "Without TOKEN, or with -, it is read from standard input, which is better: other "
        "users of a\nmachine can see arguments. Nobody is asked, and no signature is "
        "checked: whether a token was\nrevoked, or was ever issued, only the server "
        "knows.",
    .example = "$ latchkey inspect - < token.txt\n"
               "$ latchkey inspect --json - < token.txt | jq .expires_at",
    COMMAND_OPTIONS(options, struct inspect_options),
    .run = inspect,
};
