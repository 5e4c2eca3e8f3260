#include "auth/guard.h"
#include "auth/scope.h"
#include "service/internal.h"
#include "store/organizations.h"
#include "store/users.h"

usec whole_second(usec t)
{
    return SECONDS(usec_to_seconds(t));
}

/* Cannot be seen, or turns what stands beside it around. */
enum look { LOOK_VISIBLE, LOOK_INVISIBLE, LOOK_FORBIDDEN };

static bool is_between(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}

static enum look look_of(uint32_t c)
{
    /* control characters (C0, DEL, C1), line and paragraph separators, overrides and isolates of
     * the direction of writing (UAX 9 2.1 to 2.5) */
    if (c < 0x20 || is_between(c, 0x7F, 0x9F) || is_between(c, 0x2028, 0x202E) ||
        is_between(c, 0x2066, 0x2069))
        return LOOK_FORBIDDEN;
    if (c == 0x20 || c == 0xA0 || c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F ||
        c == 0x1160 || c == 0x1680 || is_between(c, 0x17B4, 0x17B5) ||
        is_between(c, 0x180B, 0x180F) || is_between(c, 0x2000, 0x200F) || c == 0x202F ||
        is_between(c, 0x205F, 0x206F) || c == 0x2800 || c == 0x3000 || c == 0x3164 ||
        is_between(c, 0xFE00, 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
        is_between(c, 0xE0000, 0xE0FFF))
        return LOOK_INVISIBLE;
    return LOOK_VISIBLE;
}

/* Of well-formed UTF-8 that is not empty. */
static uint32_t next_character(str *rest)
{
    unsigned char first = (unsigned char)rest->ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t c = len == 1 ? first : first & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len && i < rest->len; i++)
        c = c << 6 | ((unsigned char)rest->ptr[i] & 0x3F);
    *rest = str_from_at(*rest, len);
    return c;
}

/* The names of tokens are for people: any script, nothing that hides or turns the text around. */
void check_token_name(str name, struct complaints *complaints)
{
    if (!str_is_utf8(name)) {
        complain(complaints, STR("name"), STR("Must be UTF-8."));
        return;
    }
    if (str_utf8_length(name) > TOKEN_NAME_MAX)
        complain(complaints, STR("name"), STR("Must not be longer than 100 characters."));
    bool is_seen = false, is_bad = false;
    for (str rest = name; !str_is_empty(rest);) {
        enum look look = look_of(next_character(&rest));
        is_seen = is_seen || look == LOOK_VISIBLE;
        is_bad = is_bad || look == LOOK_FORBIDDEN;
    }
    if (is_bad)
        complain(complaints, STR("name"),
                 STR("Must not have control characters, or such as turn the direction of "
                     "writing."));
    else if (!is_seen)
        complain(complaints, STR("name"),
                 STR("Must have at least one character that can be seen."));
}

enum error token_power_of(struct worker *w, const struct principal *who, struct arena *arena,
                          struct token_power *out)
{
    *out = (struct token_power){
        .scopes = STR(SCOPE_ALL), .allowed_ips = STR(""), .expires_at = USEC_NEVER};
    if (!principal_is_somebody(who) || who->token_key == 0)
        return OK; /* a session, a legacy token, the operator: the user as such */
    if (!principal_is_bound(who))
        return OK; /* its row could say no less */
    struct token_row row;
    enum error err = tokens_find_by_key(w->db, who->token_key, arena, &row);
    if (err == ERR_NOT_FOUND) /* Label Studio's own tokens have no row: the credential's own end */
        row = (struct token_row){
            .scopes = STR(SCOPE_ALL), .allowed_ips = STR(""), .expires_at = who->expires_at};
    else if (err)
        return err;
    if (!scope_list_is_all(who->scopes)) /* an access token may have less than its parent */
        out->scopes = who->scopes;
    else
        out->scopes = row.scopes;
    out->allowed_ips = row.allowed_ips;
    out->is_restricted = !scope_list_is_all(out->scopes) || !str_is_empty(out->allowed_ips);
    if (out->is_restricted && row.expires_at != 0)
        out->expires_at = token_row_end(&row);
    return OK;
}

bool token_power_covers(const struct token_power *power, str scopes, str allowed_ips)
{
    return !power->is_restricted || (scope_narrows(power->scopes, scopes) &&
                                     allowed_ips_narrow(power->allowed_ips, allowed_ips));
}

void check_scopes(struct worker *w, const str *names, size_t count, struct arena *arena,
                  struct complaints *complaints, str *out)
{
    bool are_known = true;
    str all = STR("");
    for (size_t i = 0; i < count && complaints->count < COMPLAINTS_MAX; i++)
        if (!scopes_know(w->shared->scopes, names[i])) {
            all = are_known ? scopes_names(w->shared->scopes, arena) : all;
            are_known = false;
            str shown = str_is_utf8(names[i]) ? str_slice(names[i], 0, SCOPE_NAME_MAX) : STR("?");
            complain(complaints, STR("scopes"),
                     arena_printf(arena, "There is no scope \"%.*s\"; there are: %.*s.",
                                  STR_ARG(str_is_utf8(shown) ? shown : STR("?")), STR_ARG(all)));
        }
    if (are_known && (count > SCOPES_GIVEN_MAX || scope_list_make(names, count, arena, out)))
        complain(complaints, STR("scopes"),
                 count == 0 ? STR("Must name at least one scope; \"all\" is everything.")
                            : STR("Must be at most 50 names, of 480 letters together."));
}

void check_allowed_ips(const str *texts, size_t count, struct arena *arena,
                       struct complaints *complaints, str *out)
{
    str problem = STR("");
    if (allowed_ips_make(texts, count, arena, &problem, out))
        complain(complaints, STR("allowed_ips"), problem);
}

void check_token_guards(struct worker *w, const struct token_order *order,
                        const struct token_power *power, struct arena *arena,
                        struct complaints *complaints, str *scopes, str *allowed_ips)
{
    size_t before = complaints->count;
    *scopes = power->scopes;
    *allowed_ips = power->allowed_ips;
    if (order->has_scopes)
        check_scopes(w, order->scopes, order->scope_count, arena, complaints, scopes);
    if (order->allowed_ip_count > 0)
        check_allowed_ips(order->allowed_ips, order->allowed_ip_count, arena, complaints,
                          allowed_ips);
    if (complaints->count > before || !power->is_restricted)
        return;
    if (!scope_narrows(power->scopes, *scopes))
        complain(complaints, STR("scopes"),
                 arena_printf(arena, "Your credential can give no more than it has: %.*s.",
                              STR_ARG(power->scopes)));
    if (!allowed_ips_narrow(power->allowed_ips, *allowed_ips))
        complain(complaints, STR("allowed_ips"),
                 arena_printf(arena, "Your credential counts from these networks only: %.*s.",
                              STR_ARG(power->allowed_ips)));
}

/* Within what its maker has: a restricted credential does not make itself a longer life. */
static usec within_power(const struct token_order *order, usec end, const struct token_power *power,
                         struct arena *arena, struct complaints *complaints)
{
    if (end <= power->expires_at)
        return end;
    if (order->ttl_days != 0 || order->expires_at != 0)
        complain(complaints, order->ttl_days != 0 ? STR("ttl_days") : STR("expires_at"),
                 arena_printf(arena,
                              "Your credential is restricted and ends at %.*s; what it makes "
                              "must not end later.",
                              STR_ARG(time_format(arena, power->expires_at))));
    return whole_second(power->expires_at);
}

usec check_token_end(const struct token_order *order, const struct token_settings *settings,
                     int64_t limit_days, const struct token_power *power, usec now,
                     struct arena *arena, struct complaints *complaints)
{
    usec latest = whole_second(now) + DAYS(limit_days);
    if (order->ttl_days != 0 && order->expires_at != 0) {
        complain(complaints, STR("expires_at"), STR("Give either expires_at or ttl_days."));
        return latest;
    }
    if (order->ttl_days < 0 || order->ttl_days > limit_days) {
        complain(complaints, STR("ttl_days"),
                 arena_printf(arena,
                              "Must be a whole number from 1 to %lld, this organization's limit.",
                              (long long)limit_days));
        return latest;
    }
    if (order->ttl_days != 0)
        return within_power(order, whole_second(now) + DAYS(order->ttl_days), power, arena,
                            complaints);
    if (order->expires_at == 0) {
        if (settings->require_expiry && !order->is_bare) {
            static const str words =
                STR_INIT("This organization wants an end: give expires_at or ttl_days.");
            complain(complaints, STR("expires_at"), words);
            complain(complaints, STR("ttl_days"), words);
        }
        return within_power(order, latest, power, arena, complaints);
    }
    if (whole_second(order->expires_at) <= now)
        complain(complaints, STR("expires_at"), STR("Must lie in the future."));
    else if (whole_second(order->expires_at) > latest)
        complain(complaints, STR("expires_at"),
                 arena_printf(arena,
                              "Must not lie more than %lld days ahead, this organization's limit.",
                              (long long)limit_days));
    return within_power(order, whole_second(order->expires_at), power, arena, complaints);
}

int64_t token_limit_days(const struct shared *shared, const struct subject *subject)
{
    return shared->config->strict ? API_TOKEN_TTL_DAYS_MAX : subject->settings.api_token_ttl_days;
}

bool token_kind_is_off(const struct shared *shared, const struct subject *subject,
                       enum token_kind kind)
{
    bool strict = shared->config->strict;
    switch (kind) {
    case TOKEN_PAT: /* Label Studio goes on issuing them */
        return !strict && !subject->settings.api_tokens_enabled;
    case TOKEN_API_KEY: /* Label Studio has none */
        return strict || !subject->settings.api_keys_enabled;
    }
    return true;
}

enum error subject_hold(struct txn *txn, int64_t user_id, struct subject *out)
{
    struct subject subject;
    enum error err = users_lock(txn->db, user_id);
    if (!err)
        err = subjects_find(txn->db, user_id, &subject);
    if (!err && subject.active_organization_id != 0 && txn_is_shared(txn)) {
        err = organizations_hold(txn->db, subject.active_organization_id);
        if (!err)
            err = subjects_find(txn->db, user_id, &subject);
    }
    if (!err)
        *out = subject;
    return err;
}

enum token_end_reason end_reason(const struct principal *who, int64_t user_id)
{
    if (!principal_is_somebody(who))
        return ENDED_BY_HOLDER;
    if (who->kind == CREDENTIAL_OPERATOR)
        return ENDED_BY_OPERATOR;
    return who->user_id == user_id ? ENDED_BY_OWNER : ENDED_BY_ADMINISTRATOR;
}

int64_t user_behind(const struct principal *who)
{
    return principal_is_somebody(who) && who->kind != CREDENTIAL_OPERATOR ? who->user_id : 0;
}
