#include "service/guards.h"

#include "auth/guard.h"
#include "auth/scope.h"

/* The names are known, each of them. */
static bool check_names(const struct shared *shared, const str *names, size_t count,
                        struct arena *arena, struct complaints *complaints)
{
    for (size_t i = 0; i < count; i++) {
        if (!scope_name_is_good(names[i])) {
            complain(complaints, STR("scopes"),
                     STR("A scope's name has 1 to 64 characters of a-z, 0-9 and _ . : -"));
            return false;
        }
        if (!scopes_know(shared->scopes, names[i])) {
            complain(complaints, STR("scopes"),
                     arena_printf(arena, "Unknown scope '%.*s'; known are: %.*s.",
                                  STR_ARG(names[i]), STR_ARG(scopes_names(shared->scopes, arena))));
            return false;
        }
    }
    return true;
}

void guards_read_scopes(const struct shared *shared, const struct principal *who, const str *names,
                        size_t count, struct arena *arena, struct complaints *complaints, str *out)
{
    str list;
    *out = str_is_empty(who->scopes) ? STR(SCOPE_ALL) : who->scopes;
    if (count == 0 || !check_names(shared, names, count, arena, complaints))
        return;
    if (scope_list_make(names, count, arena, &list))
        complain(complaints, STR("scopes"), STR("Too many scopes for one token."));
    else if (!scope_narrows(who->scopes, list))
        complain(complaints, STR("scopes"),
                 arena_printf(arena,
                              "The token that you use has only: %.*s; it cannot give more than it "
                              "has.",
                              STR_ARG(who->scopes)));
    else
        *out = list;
}

/* The networks that bind the token in use; empty: none. */
static enum error addresses_of(struct worker *w, const struct principal *who, struct arena *arena,
                               str *out)
{
    struct token_row row;
    *out = STR("");
    if ((who->guards & GUARD_TOKEN_ADDRESSES) == 0)
        return OK;
    enum error err = tokens_find_by_key(w->db, who->token_key, arena, &row);
    if (!err)
        *out = row.allowed_ips;
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error guards_read_addresses(struct worker *w, const struct principal *who, const str *texts,
                                 size_t count, struct arena *arena, struct complaints *complaints,
                                 str *out)
{
    str list, problem = STR("");
    enum error err = addresses_of(w, who, arena, out);
    if (err || count == 0)
        return err;
    if (allowed_ips_make(texts, count, arena, &problem, &list))
        complain(complaints, STR("allowed_ips"), problem);
    else if (!allowed_ips_narrow(*out, list))
        complain(complaints, STR("allowed_ips"),
                 arena_printf(arena,
                              "The token that you use counts from %.*s only; it cannot give more "
                              "than it has.",
                              STR_ARG(*out)));
    else
        *out = list;
    return OK;
}

void guards_check_narrower(const struct token_row *row, str scopes, str allowed_ips,
                           struct complaints *complaints)
{
    if (!scope_narrows(row->scopes, scopes))
        complain(complaints, STR("scopes"),
                 STR("Scopes can be taken away from a token, never added; make another token."));
    if (!allowed_ips_narrow(row->allowed_ips, allowed_ips))
        complain(complaints, STR("allowed_ips"),
                 STR("Every network must lie within one that the token has; make another token."));
}

enum error guards_may_give(struct worker *w, const struct principal *who,
                           const struct token_row *row, struct arena *arena)
{
    str own;
    if (!scope_narrows(who->scopes, row->scopes))
        return ERR_SCOPE;
    enum error err = addresses_of(w, who, arena, &own);
    if (err)
        return err;
    return allowed_ips_narrow(own, row->allowed_ips) ? OK : ERR_SCOPE;
}

void guards_read_organization_addresses(const struct principal *who, int64_t organization_id,
                                        str address, const str *texts, size_t count,
                                        struct arena *arena, struct complaints *complaints,
                                        str *out)
{
    str list, problem = STR("");
    *out = STR("");
    if (allowed_ips_make(texts, count, arena, &problem, &list)) {
        complain(complaints, STR("allowed_ips"), problem);
        return;
    }
    bool is_bound = who->kind != CREDENTIAL_SESSION && who->kind != CREDENTIAL_OPERATOR &&
                    who->organization_id == organization_id;
    if (is_bound && !allowed_ips_have(list, address)) {
        complain(complaints, STR("allowed_ips"),
                 arena_printf(arena,
                              "Your own address, %.*s, is not among them: the token that you use "
                              "would end with this request. Add it, or sign in at the web page, "
                              "which is bound to no address.",
                              STR_ARG(address)));
        return;
    }
    *out = list;
}
