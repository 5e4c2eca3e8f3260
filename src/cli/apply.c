#include "cli/apply.h"

#include "auth/guard.h"
#include "base/file.h"
#include "cli/apply_pass.h"
#include "service/accounts.h"
#include "service/audit.h"
#include "service/members.h"

void apply_differs(struct pass *p, char sign, str what, const char *field, str before, str after)
{
    if (sign != '!')
        p->changes++;
    if (p->pending_count < PENDING_MAX)
        p->pending[p->pending_count++] =
            (struct apply_change){sign, what, str_from(field), before, after};
}

static void say_pending(struct pass *p)
{
    for (size_t i = 0; i < p->pending_count; i++)
        if (p->looks_only == p->order->dry_run) /* once, in the pass that counts */
            p->order->tell(p->order->context, &p->pending[i]);
    p->pending_count = 0;
}

/* All that is wrong, so that a file is mended in one go. */
static str words_of(const struct complaints *complaints, struct arena *arena)
{
    str words = STR("");
    for (size_t i = 0; i < complaints->count; i++)
        words = ARENA_JOIN(arena, words, i > 0 ? STR("; ") : STR(""), complaints->items[i].field,
                           STR(": "), complaints->items[i].text);
    return complaints->count < COMPLAINTS_MAX ? words
                                              : ARENA_JOIN(arena, words, STR("; and perhaps more"));
}

enum error apply_stop(struct pass *p, enum error err, str what)
{
    if (!err)
        say_pending(p);
    else if (str_is_empty(p->problem))
        p->problem =
            ARENA_JOIN(p->arena, what, STR(": "),
                       p->complaints.count > 0 ? words_of(&p->complaints, p->arena)
                                               : arena_printf(p->arena, "%s", error_name(err)));
    return err;
}

enum error apply_refuse(struct pass *p, str what, const char *why)
{
    p->problem = arena_printf(p->arena, "%.*s: %s", STR_ARG(what), why);
    return ERR_INVALID;
}

str apply_organization_words(struct pass *p, const struct organization_row *row)
{
    return row->id ? arena_printf(p->arena, "organization %lld", (long long)row->id)
                   : arena_printf(p->arena, "organization %.*s", STR_ARG(row->title));
}

/* Settings */

static str flag_text(bool flag)
{
    return flag ? STR("true") : STR("false");
}

static str number_text(struct pass *p, int64_t number)
{
    return arena_printf(p->arena, "%lld", (long long)number);
}

void apply_compare(struct pass *p, str what, bool *has, const char *field, str before, str after)
{
    *has = *has && !str_equal(before, after);
    if (*has)
        apply_differs(p, '~', what, field, before, after);
}

void apply_compare_flag(struct pass *p, str what, bool *has, const char *field, bool before,
                        bool after)
{
    apply_compare(p, what, has, field, flag_text(before), flag_text(after));
}

static bool wishes_something(const struct settings_patch *s)
{
    return s->has_api_tokens || s->has_legacy_tokens || s->has_api_keys || s->has_direct_pat ||
           s->has_ttl_days || s->has_max_tokens || s->has_require_expiry || s->has_allowed_ips;
}

static enum error check_ranges(struct pass *p, str what, const struct settings_patch *patch)
{
    if (patch->has_ttl_days && (patch->ttl_days < 1 || patch->ttl_days > API_TOKEN_TTL_DAYS_MAX))
        return apply_refuse(p, what, "api_token_ttl_days must be from 1 to 73000");
    if (patch->has_max_tokens && patch->max_tokens < 0)
        return apply_refuse(p, what, "max_tokens_per_user must not be below 0");
    return OK;
}

/* In the one spelling in which they are stored. */
static enum error read_networks(struct pass *p, str what, const struct settings_patch *patch,
                                str *out)
{
    str problem = STR("");
    enum error err =
        allowed_ips_make(patch->allowed_ips, patch->allowed_ip_count, p->arena, &problem, out);
    if (err)
        p->problem = ARENA_JOIN(p->arena, what, STR(": allowed_ips: "), problem);
    return err;
}

static enum error apply_settings(struct pass *p, const struct organization_row *row,
                                 const struct settings_patch *wished)
{
    int64_t id = row->id;
    struct settings_patch patch = *wished;
    struct shown_settings now = {.settings = token_settings_default(), .allowed_ips = STR("")};
    str what = ARENA_JOIN(p->arena, STR("settings of "), apply_organization_words(p, row));
    str networks = STR("");
    enum error err = id ? settings_show(p->w, p->who, id, p->arena, &now) : OK;
    if (!err)
        err = check_ranges(p, what, &patch);
    if (!err && patch.has_allowed_ips)
        err = read_networks(p, what, &patch, &networks);
    if (err)
        return apply_stop(p, err, what);

    const struct token_settings *s = &now.settings;
    apply_compare_flag(p, what, &patch.has_api_tokens, "api_tokens_enabled", s->api_tokens_enabled,
                       patch.api_tokens);
    apply_compare_flag(p, what, &patch.has_legacy_tokens, "legacy_api_tokens_enabled",
                       s->legacy_api_tokens_enabled, patch.legacy_tokens);
    apply_compare_flag(p, what, &patch.has_api_keys, "api_keys_enabled", s->api_keys_enabled,
                       patch.api_keys);
    apply_compare_flag(p, what, &patch.has_direct_pat, "direct_pat_enabled", s->direct_pat_enabled,
                       patch.direct_pat);
    apply_compare_flag(p, what, &patch.has_require_expiry, "require_expiry", s->require_expiry,
                       patch.require_expiry);
    apply_compare(p, what, &patch.has_ttl_days, "api_token_ttl_days",
                  number_text(p, s->api_token_ttl_days), number_text(p, patch.ttl_days));
    apply_compare(p, what, &patch.has_max_tokens, "max_tokens_per_user",
                  number_text(p, s->max_tokens_per_user), number_text(p, patch.max_tokens));
    apply_compare(p, what, &patch.has_allowed_ips, "allowed_ips", now.allowed_ips, networks);
    if (p->looks_only || !wishes_something(&patch))
        return OK;
    err = settings_change(p->w, p->who, id, &patch, p->now, p->arena, &p->complaints, &now);
    return apply_stop(p, err, what);
}

/* Members */

static str member_words(struct pass *p, str email, const struct organization_row *row)
{
    return ARENA_JOIN(p->arena, STR("member "), email, STR(" of "),
                      apply_organization_words(p, row));
}

static enum error add_member(struct pass *p, int64_t id, const struct wished_member *wished,
                             str what)
{
    struct user_row user;
    if (!email_is_valid(wished->email))
        return apply_refuse(p, what, "this is not an e-mail address");
    apply_differs(p, '+', what, "", STR(""), role_name(wished->role));
    if (p->looks_only)
        return OK;
    struct account_order order = {
        .email = wished->email,
        .username = STR(""),
        .first_name = STR(""),
        .last_name = STR(""),
        .phone = STR(""),
        .password = STR(""), /* 'user set-password' or an invitation gives one */
        .allow_newsletters = DB_NULL_I64,
        .organization_id = id,
        .role = wished->role,
        .is_inactive = wished->has_active && !wished->is_active,
        .legacy_token = STR(""),
        .made_by = p->who,
    };
    return apply_stop(p, account_create(p->w, &order, p->now, p->arena, &user), what);
}

static enum error change_member(struct pass *p, const struct member_row *row, bool is_active,
                                const struct wished_member *wished, str what)
{
    struct member_patch patch = {.has_role = wished->has_role && row->role != wished->role,
                                 .has_active = wished->has_active && is_active != wished->is_active,
                                 .role = wished->role,
                                 .is_active = wished->is_active};
    if (patch.has_role)
        apply_differs(p, '~', what, "role", role_name(row->role), role_name(wished->role));
    if (patch.has_active)
        apply_differs(p, '~', what, "is_active", flag_text(is_active),
                      flag_text(wished->is_active));
    if (p->looks_only || (!patch.has_role && !patch.has_active))
        return OK;
    enum error err =
        member_change(p->w, p->who, row->organization_id, row->user_id, &patch, p->now, p->arena);
    return err == ERR_CONFLICT ? apply_refuse(p, what, "the organization would lose its last owner")
                               : apply_stop(p, err, what);
}

static enum error apply_member(struct pass *p, const struct organization_row *organization,
                               const struct wished_member *wished)
{
    int64_t id = organization->id;
    struct user_row user;
    struct member_row row;
    str what = member_words(p, wished->email, organization);
    enum error err = users_find_by_email(p->w->db, wished->email, p->arena, &user);
    if (err == ERR_NOT_FOUND)
        return add_member(p, id, wished, what);
    if (!err)
        err = id ? members_find(p->w->db, user.id, id, &row) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND)
        return apply_refuse(p, what, "this account belongs to another organization");
    if (err)
        return apply_stop(p, err, what);
    if (row.removed_at != 0)
        return apply_refuse(p, what, "was removed from it, and comes back by an invitation only");
    return change_member(p, &row, user.is_active, wished, what);
}

static bool names_member(const struct wished_organization *wished, str email)
{
    for (size_t i = 0; i < wished->member_count; i++)
        if (str_equal_nocase(wished->members[i].email, email))
            return true;
    return false;
}

static enum error prune_members(struct pass *p, const struct organization_row *row,
                                const struct wished_organization *wished)
{
    int64_t id = row->id;
    struct member_list list = {0};
    enum error err = id ? members_list(p->w->db, id, -1, 0, p->arena, &list) : OK;
    for (size_t i = 0; !err && i < list.count; i++) {
        str email = list.users[i].email, what = member_words(p, email, row);
        if (names_member(wished, email))
            continue;
        apply_differs(p, '-', what, "", role_name(list.items[i].role), STR(""));
        if (!p->looks_only)
            err = apply_stop(
                p, member_remove(p->w, p->who, id, list.items[i].user_id, p->now, p->arena), what);
    }
    return err;
}

/* Organizations */

static enum error only_organization(struct pass *p, const struct wished_organization *wished,
                                    struct organization_row *out)
{
    struct organization_list list;
    enum error err = organizations_list(p->w->db, p->arena, &list);
    if (err)
        return apply_stop(p, err, str_from(wished->at));
    for (size_t i = 0; !str_is_empty(wished->title) && i < list.count; i++)
        if (str_equal(list.items[i].title, wished->title)) {
            *out = list.items[i];
            return OK;
        }
    if (!str_is_empty(wished->title))
        return ERR_NOT_FOUND;
    if (list.count != 1)
        return apply_refuse(p, str_from(wished->at),
                            "say which organization is meant: id, or title");
    *out = list.items[0];
    return OK;
}

static enum error make_organization(struct pass *p, const struct wished_organization *wished,
                                    struct organization_row *out)
{
    str what = arena_printf(p->arena, "organization %.*s", STR_ARG(wished->title));
    apply_differs(p, '+', what, "", STR(""), wished->title);
    if (p->looks_only) {
        out->title = wished->title; /* and the id 0: it is not there yet */
        return OK;
    }
    return apply_stop(p, organization_create(p->w, wished->title, p->now, p->arena, out), what);
}

static enum error settle_organization(struct pass *p, const struct wished_organization *wished,
                                      struct organization_row *out)
{
    *out = (struct organization_row){.title = STR("")};
    if (wished->id == 0) {
        enum error err = only_organization(p, wished, out);
        return err == ERR_NOT_FOUND ? make_organization(p, wished, out) : err;
    }
    enum error err = organizations_find(p->w->db, wished->id, p->arena, out);
    if (err == ERR_NOT_FOUND)
        return apply_refuse(p, str_from(wished->at), "there is no organization with this id");
    if (err || str_is_empty(wished->title) || str_equal(out->title, wished->title))
        return apply_stop(p, err, str_from(wished->at));
    str what = apply_organization_words(p, out);
    apply_differs(p, '~', what, "title", out->title, wished->title);
    if (p->looks_only)
        return OK;
    err = organization_rename(p->w, p->who, out->id, wished->title, p->now, p->arena, out);
    return apply_stop(p, err, what);
}

static enum error apply_organization(struct pass *p, const struct wished_organization *wished)
{
    struct organization_row row;
    enum error err = settle_organization(p, wished, &row);
    if (!err)
        err = apply_settings(p, &row, &wished->settings);
    for (size_t i = 0; !err && i < wished->member_count; i++)
        err = apply_member(p, &row, &wished->members[i]);
    for (size_t i = 0; !err && i < wished->account_count; i++)
        err = apply_account(p, &row, &wished->accounts[i]);
    if (!err && wished->prune)
        err = prune_members(p, &row, wished);
    if (!err && wished->prune)
        err = apply_prune_accounts(p, &row, wished);
    return err;
}

static enum error run_pass(struct pass *p, const struct wishes *wishes, bool looks_only)
{
    enum error err = OK;
    p->looks_only = looks_only;
    p->changes = 0;
    for (size_t i = 0; !err && i < wishes->count; i++)
        err = apply_organization(p, &wishes->items[i]);
    if (!err)
        say_pending(p);
    return err;
}

static enum error note(struct pass *p)
{
    const struct audit_fact facts[] = {
        {.name = STR("file"), .before = STR(""), .after = p->order->path},
        {.name = STR("changes"), .before = STR(""), .after = number_text(p, p->changes)},
    };
    const struct audit_event event = {.kind = AUDIT_APPLY_DONE,
                                      .subject_kind = STR("file"),
                                      .subject_id = STR(""),
                                      .subject_name = p->order->path,
                                      .facts = facts,
                                      .fact_count = COUNT_OF(facts)};
    return apply_stop(p, audit_note_alone(p->w, p->who, &event, p->now), STR("the audit log"));
}

static enum error read_wishes(struct pass *p, struct wishes *out)
{
    str text;
    enum error err = file_read(p->order->path, APPLY_FILE_MAX, p->arena, &p->problem, &text);
    if (err)
        return err;
    err = apply_read(text, p->arena, &p->complaints, &p->problem, out);
    if (err == ERR_MALFORMED)
        p->problem = ARENA_JOIN(p->arena, p->order->path, STR(": "), p->problem);
    return apply_stop(p, err, p->order->path);
}

enum error apply_file(struct worker *w, const struct apply_order *order, usec now,
                      struct arena *arena, str *problem, int64_t *changes)
{
    const struct principal who = principal_operator();
    struct wishes wishes;
    struct pass p = {
        .w = w, .who = &who, .order = order, .arena = arena, .now = now, .problem = STR("")};
    enum error err = read_wishes(&p, &wishes);
    if (!err)
        err = run_pass(&p, &wishes, true);
    if (!err && !order->dry_run)
        err = run_pass(&p, &wishes, false);
    if (!err && !order->dry_run && p.changes > 0)
        err = note(&p);
    *problem = p.problem;
    *changes = p.changes;
    return err;
}
