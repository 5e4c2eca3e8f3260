#include "api/cross_site.h"
#include "api/fields.h"
#include "api/ls_user.h"
#include "api/page_session.h"
#include "api/people.h"
#include "api/token_json.h"
#include "auth/scope.h"
#include "service/accounts.h"
#include "service/email.h"
#include "service/organizations.h"
#include "service/sessions.h"
#include "service/settings.h"
#include "service/sign_in.h"

json_t *own_user_json(const struct user_row *user, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_integer(user->id));
    json_add(object, "email", json_from_str(user->email));
    json_add(object, "first_name", json_from_str(user->first_name));
    json_add(object, "last_name", json_from_str(user->last_name));
    json_add(object, "username", json_from_str(user->username));
    json_add(object, "phone", json_from_str(user->phone));
    json_add(object, "avatar", ls_avatar_json(user->avatar, arena));
    json_add(object, "is_service_account", json_boolean(user->is_service));
    json_add(object, "must_change_password", json_boolean(user->must_change_password));
    return object;
}

static json_t *kinds_json(const struct shared *shared, const struct token_settings *settings)
{
    bool strict = shared->config->strict;
    json_t *object = json_object();
    json_add(object, "pat", json_boolean(settings->api_tokens_enabled));
    json_add(object, "legacy", json_boolean(settings->legacy_api_tokens_enabled));
    json_add(object, "api_key", json_boolean(settings->api_keys_enabled && !strict));
    json_add(object, "direct_pat", json_boolean(settings->direct_pat_enabled && !strict));
    return object;
}

static json_t *limits_json(const struct token_settings *settings)
{
    json_t *object = json_object();
    json_add(object, "api_token_ttl_days", json_integer(settings->api_token_ttl_days));
    json_add(object, "max_tokens_per_user", json_integer(settings->max_tokens_per_user));
    json_add(object, "require_expiry", json_boolean(settings->require_expiry));
    return object;
}

static json_t *can_json(const struct principal *who)
{
    json_t *object = json_object();
    bool is_all = scope_list_is_all(who->scopes);
    json_add(object, "administer", json_boolean(is_all && principal_may_administer(who)));
    json_add(object, "own", json_boolean(is_all && who->role == ROLE_OWNER));
    return object;
}

static json_t *organization_json(const struct organization_row *organization, enum role role)
{
    json_t *object = json_object();
    json_add(object, "id", json_integer(organization->id));
    json_add(object, "title", json_from_str(organization->title));
    json_add(object, "role", json_from_str(role_name(role)));
    return object;
}

/* Who somebody is and what he may, for a page to be drawn by. */
static enum error reply_session(struct worker *w, struct request *rq, struct response *rs,
                                const struct principal *who, str csrf_token)
{
    struct user_row user;
    struct organization_row organization;
    struct token_settings settings = {0}; /* without an organization there are no tokens */
    enum error err = account_show(w, who, who->user_id, &rq->arena, &user);
    if (!err && who->organization_id != 0)
        err = organization_show(w, who, who->organization_id, &rq->arena, &organization);
    if (!err && who->organization_id != 0)
        err = settings_read(w, who, who->organization_id, &settings);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "user", own_user_json(&user, &rq->arena));
    json_add(body, "organization",
             who->organization_id ? organization_json(&organization, who->role) : json_null());
    json_add(body, "credential", json_from_str(credential_kind_name(who->kind)));
    json_add(body, "scopes",
             json_from_words(scope_list_is_all(who->scopes) ? STR(SCOPE_ALL) : who->scopes));
    json_add(body, "can", can_json(who));
    json_add(body, "kinds", kinds_json(w->shared, &settings));
    json_add(body, "limits", limits_json(&settings));
    if (!str_is_empty(csrf_token))
        json_add(body, "csrf_token", json_from_str(csrf_token));
    json_add(body, "version", json_string(LATCHKEY_VERSION));
    return reply_json_value(rs, 200, body);
}

enum error session_show(struct worker *w, struct request *rq, struct response *rs)
{
    str csrf_token = STR("");
    if (rq->principal->kind == CREDENTIAL_SESSION)
        csrf_token = csrf_token_given(w->shared, rq, rs);
    return reply_session(w, rq, rs, rq->principal, csrf_token);
}

static enum error read_credentials(struct request *rq, str *email, str *password)
{
    static const str known[] = {STR_INIT("email"), STR_INIT("password")};
    CLEANUP(json_release) json_t *body = NULL;
    arena_mark_secret(&rq->arena);
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    (void)field_needed_text(rq, body, "email", EMAIL_MAX, email);
    if (str_has_control(*email))
        complain(&rq->state->complaints, STR("email"), STR("Must not have control characters."));
    (void)field_needed_text(rq, body, "password", FIELD_PASSWORD_MAX, password);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

static enum error say_why_not(struct request *rq, enum error err, int64_t retry_after)
{
    if (err == ERR_UNAUTHENTICATED)
        return fail(rq, err, STR("The email and password you entered don't match."));
    if (err == ERR_FORBIDDEN)
        return fail(rq, err,
                    STR("Your account is a member of no organization. Ask an administrator to add "
                        "you."));
    if (err == ERR_THROTTLED) {
        rq->state->retry_after = retry_after;
        return fail(rq, err,
                    arena_printf(&rq->arena,
                                 "Too many failed attempts to log in. Try again in %lld seconds.",
                                 (long long)retry_after));
    }
    return err;
}

/* The principal of the new session, as the next request will find it. */
static enum error principal_of(struct worker *w, struct request *rq, const struct session *session,
                               struct verdict *out)
{
    const struct presented presented = {
        .api_key = STR(""), .authorization = STR(""), .session = session->cookie};
    enum error err = authenticate(&w->shared->auth, w->db, &presented, rq->now, &rq->arena, out);
    return !err && out->fault != FAULT_NONE ? ERR_UNAUTHENTICATED : err;
}

enum error session_create(struct worker *w, struct request *rq, struct response *rs)
{
    str email = STR(""), password = STR(""), before = STR(""), csrf_token;
    struct session session = {.cookie = STR("")};
    struct verdict verdict;
    enum error err = cross_site_check_sender(w->shared, rq);
    if (!err)
        err = read_credentials(rq, &email, &password);
    if (err)
        return err;
    struct sign_in_order order = sign_in_order_of(rq, str_trim(email), password, false);
    err = sign_in(w, &order, rq->now, &rq->arena, &session);
    if (err)
        return say_why_not(rq, err, session.retry_after);
    if (request_cookie(rq, STR("sessionid"), &before))
        err = sign_out(w, before, rq->now, &rq->arena); /* this browser's session before this one */
    if (!err)
        err = principal_of(w, rq, &session, &verdict);
    if (err)
        return err;
    csrf_token = session_cookies(w->shared, rq, rs, &session);
    return reply_session(w, rq, rs, &verdict.principal, csrf_token);
}

static enum error need_session(struct request *rq)
{
    if (rq->principal->kind == CREDENTIAL_SESSION)
        return OK;
    return fail(rq, ERR_FORBIDDEN, STR("You are not signed in by a session; a token is revoked."));
}

enum error session_delete(struct worker *w, struct request *rq, struct response *rs)
{
    str cookie = STR("");
    enum error err = need_session(rq);
    if (err)
        return err;
    (void)request_cookie(rq, STR("sessionid"), &cookie);
    err = sign_out(w, cookie, rq->now, &rq->arena);
    if (err)
        return err;
    response_delete_cookie(rs, STR("sessionid"), STR("/"), SAME_SITE_LAX);
    return reply_empty(rs, 204);
}

/* The caller's cookie, if that is what counts; empty otherwise. */
static str current_cookie(struct request *rq)
{
    str cookie = STR("");
    if (rq->principal->kind == CREDENTIAL_SESSION)
        (void)request_cookie(rq, STR("sessionid"), &cookie);
    return cookie;
}

static json_t *session_json(const struct session_row *row, bool is_current, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_from_str(session_id(row, arena)));
    json_add(object, "created_at", json_from_time(arena, row->created_at));
    json_add(object, "last_seen_at", json_from_time(arena, row->seen_at));
    json_add(object, "expires_at", json_from_time(arena, row->expires_at));
    json_add(object, "ip", json_from_str(row->address));
    json_add(object, "user_agent", json_from_str(row->user_agent));
    json_add(object, "is_current", json_boolean(is_current));
    return object;
}

enum error sessions_list(struct worker *w, struct request *rq, struct response *rs)
{
    struct session_list list;
    int64_t from = 0, limit = query_limit(rq); /* the cursor is a place in the list */
    str ignored = STR("");
    (void)query_cursor(rq, &from, &ignored);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    str cookie = current_cookie(rq);
    str mac = str_is_empty(cookie) ? STR("") : session_mac(w->shared, cookie, &rq->arena);
    enum error err = sessions_of_caller(w, rq->principal, rq->now, &rq->arena, &list);
    if (err)
        return err;
    json_t *items = json_array();
    struct list_part part = list_part_of(list.count, from, limit);
    for (size_t i = part.from; i < part.end; i++)
        json_array_append_new(
            items, session_json(&list.items[i], equal_secret(list.items[i].mac, mac), &rq->arena));
    return reply_json_value(rs, 200, list_part_json(items, &part, &rq->arena));
}

enum error sessions_end(struct worker *w, struct request *rq, struct response *rs)
{
    enum error err =
        session_end(w, rq->principal, request_param(rq, STR("session")), rq->now, &rq->arena);
    return err ? err : reply_empty(rs, 204);
}

enum error sessions_clear(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t ended;
    enum error err =
        sessions_end_others(w, rq->principal, current_cookie(rq), rq->now, &rq->arena, &ended);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "ended", json_integer(ended));
    return reply_json_value(rs, 200, body);
}
