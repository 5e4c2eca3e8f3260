#include "cli/apply_pass.h"
#include "service/organizations.h"
#include "store/service_accounts.h"

static str account_words(struct pass *p, str name, const struct organization_row *row)
{
    return ARENA_JOIN(p->arena, STR("service account "), name, STR(" of "),
                      apply_organization_words(p, row));
}

static enum error find_owner(struct pass *p, str email, str what, int64_t *out)
{
    struct user_row user;
    *out = 0;
    if (str_is_empty(email))
        return OK;
    enum error err = users_find_by_email(p->w->db, email, p->arena, &user);
    if (err == ERR_NOT_FOUND && p->looks_only)
        return OK; /* perhaps one whom the same file adds; else the next pass complains */
    if (err == ERR_NOT_FOUND)
        return apply_refuse(p, what, "its owner is no user here");
    if (!err)
        *out = user.id;
    return apply_stop(p, err, what);
}

static enum error add_account(struct pass *p, int64_t id, const struct wished_account *wished,
                              str what, struct service_account *out)
{
    struct service_account_order order = {.organization_id = id,
                                          .name = wished->name,
                                          .description = wished->description,
                                          .role = wished->role};
    apply_differs(p, '+', what, "", STR(""), role_name(wished->role));
    enum error err = find_owner(p, wished->owner, what, &order.owner_id);
    if (err || p->looks_only)
        return err;
    return apply_stop(
        p, service_account_create(p->w, p->who, &order, p->now, p->arena, &p->complaints, out),
        what);
}

static enum error change_account(struct pass *p, int64_t id, const struct wished_account *wished,
                                 str what, struct service_account *account)
{
    struct service_account_patch patch = {.has_description = wished->has_description,
                                          .has_owner = wished->has_owner,
                                          .has_role = wished->has_role,
                                          .has_active = wished->has_active,
                                          .name = STR(""),
                                          .description = wished->description,
                                          .role = wished->role,
                                          .is_active = wished->is_active};
    apply_compare(p, what, &patch.has_description, "description", account->description,
                  wished->description);
    apply_compare(p, what, &patch.has_owner, "owner", account->owner_email, wished->owner);
    apply_compare(p, what, &patch.has_role, "role", role_name(account->role),
                  role_name(wished->role));
    apply_compare_flag(p, what, &patch.has_active, "is_active", account->is_active,
                       wished->is_active);
    enum error err = find_owner(p, wished->owner, what, &patch.owner_id);
    if (err || p->looks_only ||
        !(patch.has_description || patch.has_owner || patch.has_role || patch.has_active))
        return err;
    return apply_stop(p,
                      service_account_change(p->w, p->who, id, account->id, &patch, p->now,
                                             p->arena, &p->complaints, account),
                      what);
}

/* A list of texts as it is stored: one space apart. */
static str words_of(struct pass *p, const str *texts, size_t count)
{
    str words = STR("");
    for (size_t i = 0; i < count; i++)
        words = i ? ARENA_JOIN(p->arena, words, STR(" "), texts[i]) : texts[i];
    return words;
}

static enum error narrow_token(struct pass *p, const struct token_row *row,
                               const struct wished_token *wished, str what)
{
    struct token_patch patch = wished->patch;
    struct token_row changed;
    if (patch.has_scopes)
        apply_compare(p, what, &patch.has_scopes, "scopes", row->scopes,
                      words_of(p, patch.scopes, patch.scope_count));
    if (patch.has_allowed_ips)
        apply_compare(p, what, &patch.has_allowed_ips, "allowed_ips", row->allowed_ips,
                      words_of(p, patch.allowed_ips, patch.allowed_ip_count));
    if (patch.has_end)
        apply_compare(p, what, &patch.has_end, "expires_at", time_format(p->arena, row->expires_at),
                      time_format(p->arena, patch.expires_at));
    if (p->looks_only || !(patch.has_scopes || patch.has_allowed_ips || patch.has_end))
        return OK;
    return apply_stop(
        p, token_change(p->w, p->who, row->id, &patch, p->now, p->arena, &p->complaints, &changed),
        what);
}

static enum error apply_token(struct pass *p, const struct token_list *living, str account,
                              const struct wished_token *wished)
{
    str what =
        arena_printf(p->arena, "token %.*s of %.*s", STR_ARG(wished->name), STR_ARG(account));
    for (size_t i = 0; i < living->count; i++)
        if (str_equal(living->items[i].name, wished->name))
            return narrow_token(p, &living->items[i], wished, what);
    apply_differs(p, '!', what, "", STR(""), STR("make it with 'latchkey token create'"));
    return OK;
}

static enum error apply_tokens(struct pass *p, int64_t user_id, str account,
                               const struct wished_account *wished)
{
    struct token_list living = {0};
    struct token_cursor start = {.created_at = INT64_MIN + 1, .id = STR("")};
    enum error err = OK;
    if (wished->token_count > 0 && user_id)
        err = token_list(p->w, p->who, user_id, ANY_KIND, start, 1000, p->now, p->arena, &living);
    for (size_t i = 0; !err && i < wished->token_count; i++)
        err = apply_token(p, &living, account, &wished->tokens[i]);
    return err;
}

enum error apply_account(struct pass *p, const struct organization_row *row,
                         const struct wished_account *wished)
{
    int64_t id = row->id;
    struct service_account account = {0};
    str what = account_words(p, wished->name, row);
    int64_t account_id = 0;
    enum error err =
        id ? service_accounts_find_by_name(p->w->db, id, wished->name, &account_id) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) {
        err = add_account(p, id, wished, what, &account);
    } else if (!err) {
        err = service_account_show(p->w, p->who, id, account_id, p->now, p->arena, &account);
        err = err ? apply_stop(p, err, what) : change_account(p, id, wished, what, &account);
    }
    return err ? apply_stop(p, err, what) : apply_tokens(p, account.id, what, wished);
}

static bool names_account(const struct wished_organization *wished, str name)
{
    for (size_t i = 0; i < wished->account_count; i++)
        if (str_equal(wished->accounts[i].name, name))
            return true;
    return false;
}

enum error apply_prune_accounts(struct pass *p, const struct organization_row *row,
                                const struct wished_organization *wished)
{
    int64_t id = row->id;
    struct service_account_list list = {0};
    enum error err = OK;
    int64_t after = 0;
    do {
        if (id)
            err = service_accounts_list(p->w->db, id, STR(""), after, 200, p->now, p->arena, &list);
        for (size_t i = 0; !err && i < list.count; i++) {
            const struct service_account *account = &list.items[i];
            str what = account_words(p, account->name, row);
            after = account->id;
            if (!account->is_active || names_account(wished, account->name))
                continue;
            apply_differs(p, '-', what, "", STR("active"), STR(""));
            if (!p->looks_only)
                err = apply_stop(
                    p, service_account_end(p->w, p->who, id, account->id, p->now, p->arena), what);
        }
    } while (!err && list.count == 200);
    return err;
}
