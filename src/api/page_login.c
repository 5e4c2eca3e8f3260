#include "api/page.h"
#include "api/page_handlers.h"
#include "api/page_session.h"
#include "api/state.h"
#include "base/encoding.h"
#include "service/invitations.h"

static const str mismatch = STR_INIT("The email and password you entered don't match.");

static enum error show_form(struct worker *w, struct request *rq, struct response *rs, int status,
                            str email, str fault)
{
    struct arena *arena = &rq->arena;
    const struct shared *shared = w->shared;
    str note = str_is_empty(fault) ? STR("")
                                   : ARENA_JOIN(arena, STR("<p class=\"fault\" role=\"alert\">"),
                                                html_escape(arena, fault), STR("</p>\n"));
    str content = ARENA_JOIN(
        arena, STR("<main class=\"card\">\n<p class=\"brand\">Latchkey</p>\n<h1>Log in</h1>\n"),
        note, STR("<form method=\"post\" action=\""),
        page_address(shared, arena, STR("/user/login/")), STR("?next="),
        percent_encode(arena, next_page(shared, rq), KEEP_SLASH), STR("\">\n"),
        form_csrf_field(shared, rq, rs),
        STR("\n<label for=\"email\">Email address</label>\n"
            "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" required "
            "autofocus value=\""),
        html_escape(arena, email),
        STR("\">\n<label for=\"password\">Password</label>\n"
            "<input id=\"password\" name=\"password\" type=\"password\" "
            "autocomplete=\"current-password\" required>\n"
            "<label class=\"check\"><input name=\"persist_session\" type=\"checkbox\"> Keep me "
            "logged in on this browser</label>\n"
            "<button type=\"submit\">Log in</button>\n</form>\n</main>"));
    return page_reply(w->shared, rq, rs, status, STR("Log in"), content);
}

enum error page_login(struct worker *w, struct request *rq, struct response *rs)
{
    if (rq->principal)
        return reply_redirect(rs, 302, next_page(w->shared, rq));
    return show_form(w, rq, rs, 200, STR(""), STR(""));
}

static bool is_ticked(const struct form *form)
{
    str value = STR("");
    return form_get(form, STR("persist_session"), &value) && !str_is_empty(value) &&
           !str_equal_nocase(value, STR("false")) && !str_equal(value, STR("0"));
}

/* Signs in to take an invitation that is good: see page_signup.c. */
static bool is_invited(struct worker *w, struct request *rq)
{
    str next = next_page(w->shared, rq);
    str door = page_address(w->shared, &rq->arena, STR("/user/signup/?token="));
    struct admission admission;
    return !w->shared->config->strict && str_starts(next, door) &&
           admission_find(w, str_from_at(next, door.len), rq->now, &rq->arena, &admission) == OK;
}

enum error page_login_submit(struct worker *w, struct request *rq, struct response *rs)
{
    struct form form;
    struct session session = {.cookie = STR("")};
    str before = STR("");
    enum error err = form_read_checked(w->shared, rq, &form);
    if (err)
        return err;
    if (rq->principal) /* he who is in stays in, as himself */
        return reply_redirect(rs, 302, next_page(w->shared, rq));
    str email = str_trim(form_text(&form, STR("email")));
    str password = form_text(&form, STR("password"));
    if (str_is_empty(email) || str_is_empty(password))
        return show_form(w, rq, rs, 200, email, mismatch);

    struct sign_in_order order = sign_in_order_of(rq, email, password, is_ticked(&form));
    order.may_be_homeless = is_invited(w, rq);
    err = sign_in(w, &order, rq->now, &rq->arena, &session);
    order.password =
        str_trim(password); /* Label Studio takes blanks off, also when one is chosen */
    if (err == ERR_UNAUTHENTICATED && order.password.len > 0 && order.password.len < password.len)
        err = sign_in(w, &order, rq->now, &rq->arena, &session);
    if (err == ERR_UNAUTHENTICATED)
        return show_form(w, rq, rs, 200, email, mismatch);
    if (err == ERR_FORBIDDEN)
        return show_form(w, rq, rs, 200, email,
                         STR("Your account is a member of no organization. Ask an administrator to "
                             "add you."));
    if (err == ERR_THROTTLED) {
        rq->state->retry_after = session.retry_after;
        return fail(rq, err,
                    arena_printf(&rq->arena,
                                 "Too many failed attempts to log in. Try again in %lld seconds.",
                                 (long long)session.retry_after));
    }
    if (!err && request_cookie(rq, STR("sessionid"), &before))
        err = sign_out(w, before, rq->now, &rq->arena); /* this browser's session before this one */
    if (err)
        return err;
    return enter(w->shared, rq, rs, &session, next_page(w->shared, rq));
}

enum error page_logout(struct worker *w, struct request *rq, struct response *rs)
{
    str cookie = STR("");
    if (!rq->principal)
        return redirect_to_login(w->shared, rq, rs);
    (void)request_cookie(rq, STR("sessionid"), &cookie);
    enum error err = sign_out(w, cookie, rq->now, &rq->arena);
    if (err)
        return err;
    response_delete_cookie(rs, STR("sessionid"), STR("/"), SAME_SITE_LAX);
    return reply_redirect(rs, 302, page_address(w->shared, &rq->arena, STR("/")));
}
