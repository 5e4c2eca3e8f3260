#include "api/page.h"
#include "api/page_handlers.h"
#include "api/page_session.h"
#include "api/state.h"
#include "base/encoding.h"
#include "service/accounts.h"
#include "service/invitations.h"
#include "service/organizations.h"

#define SIGNUP_EMAIL_MAX 256

static str invitation_of(struct request *rq)
{
    str invitation = STR("");
    (void)request_query(rq, STR("token"), &invitation);
    return invitation;
}

static void add_faults(struct arena *arena, const struct complaints *complaints, str field,
                       str *html)
{
    *html = STR("");
    for (size_t i = 0; i < complaints->count; i++)
        if (str_equal(complaints->items[i].field, field))
            *html = ARENA_JOIN(arena, *html, STR("<p class=\"fault\" role=\"alert\">"),
                               html_escape(arena, complaints->items[i].text), STR("</p>\n"));
}

/* The same address again, for a form or for whoever signs in first. */
static str own_address(const struct worker *w, struct request *rq)
{
    return ARENA_JOIN(&rq->arena, page_address(w->shared, &rq->arena, STR("/user/signup/?token=")),
                      percent_encode(&rq->arena, invitation_of(rq), ESCAPE_SLASH));
}

/* For those who have an account. */
static str way_in(const struct worker *w, struct request *rq)
{
    if (w->shared->config->strict || str_is_empty(invitation_of(rq)))
        return STR("");
    return ARENA_JOIN(&rq->arena, STR("<p>Have an account? <a href=\""),
                      page_address(w->shared, &rq->arena, STR("/user/login/?next=")),
                      percent_encode(&rq->arena, own_address(w, rq), ESCAPE_SLASH),
                      STR("\">Sign in and join</a></p>\n"));
}

static enum error show_form(struct worker *w, struct request *rq, struct response *rs, str email)
{
    struct arena *arena = &rq->arena;
    const struct shared *shared = w->shared;
    str email_faults, password_faults;
    add_faults(arena, &rq->state->complaints, STR("email"), &email_faults);
    add_faults(arena, &rq->state->complaints, STR("password"), &password_faults);
    str content = ARENA_JOIN(
        arena,
        STR("<main class=\"card\">\n<p class=\"brand\">Latchkey</p>\n<h1>Create account</h1>\n"
            "<form method=\"post\" action=\""),
        page_address(shared, arena, STR("/user/signup/")), STR("?token="),
        percent_encode(arena, invitation_of(rq), ESCAPE_SLASH), STR("&amp;next="),
        percent_encode(arena, next_page(shared, rq), KEEP_SLASH), STR("\">\n"),
        form_csrf_field(shared, rq, rs),
        STR("\n<label for=\"email\">Email address</label>\n"
            "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" required "
            "autofocus value=\""),
        html_escape(arena, email), STR("\">\n"), email_faults,
        STR("<label for=\"password\">Password</label>\n"
            "<input id=\"password\" name=\"password\" type=\"password\" "
            "autocomplete=\"new-password\" minlength=\"8\" maxlength=\"128\" required>\n"),
        password_faults,
        STR("<label class=\"check\"><input name=\"allow_newsletters\" type=\"checkbox\"> Get the "
            "latest news</label>\n"
            "<input type=\"hidden\" name=\"how_find_us\" value=\"\">\n"
            "<input type=\"hidden\" name=\"elaborate\" value=\"\">\n"
            "<button type=\"submit\">Create account</button>\n</form>\n"),
        way_in(w, rq), STR("</main>"));
    return page_reply(w->shared, rq, rs, 200, STR("Create account"), content);
}

static enum error show_joining(struct worker *w, struct request *rq, struct response *rs,
                               const struct admission *admission)
{
    struct arena *arena = &rq->arena;
    str content = ARENA_JOIN(
        arena, STR("<main class=\"card\">\n<p class=\"brand\">Latchkey</p>\n<h1>Join "),
        html_escape(arena, admission->title), STR("</h1>\n<form method=\"post\" action=\""),
        html_escape(arena, own_address(w, rq)), STR("\">\n"), form_csrf_field(w->shared, rq, rs),
        STR("\n<p>You are signed in and were invited to this organization as "),
        role_name(admission->role),
        STR(".</p>\n<button type=\"submit\">Join</button>\n</form>\n</main>"));
    return page_reply(w->shared, rq, rs, 200, STR("Join an organization"), content);
}

/* Whoever is signed in has an account: it joins, if the link is good and it is no member yet. */
static enum error page_joining(struct worker *w, struct request *rq, struct response *rs)
{
    struct admission admission = {.email = STR("")};
    bool is_member = false;
    enum error err = w->shared->config->strict
                         ? ERR_NOT_FOUND
                         : admission_find(w, invitation_of(rq), rq->now, &rq->arena, &admission);
    if (!err)
        err = account_is_member(w, rq->principal->user_id, admission.organization_id, &is_member);
    if (err == ERR_NOT_FOUND || (!err && is_member))
        return reply_redirect(rs, 302, next_page(w->shared, rq));
    return err ? err : show_joining(w, rq, rs, &admission);
}

enum error page_signup(struct worker *w, struct request *rq, struct response *rs)
{
    if (rq->principal)
        return page_joining(w, rq, rs);
    struct admission admission = {.email = STR("")};
    enum error err = admission_find(w, invitation_of(rq), rq->now, &rq->arena, &admission);
    if (err && err != ERR_NOT_FOUND) /* a bad one is told of when the form comes back */
        return err;
    return show_form(w, rq, rs, admission.email);
}

static void check_fields(struct request *rq, str email, str password)
{
    struct complaints *complaints = &rq->state->complaints;
    size_t length = str_utf8_length(password);
    if (str_is_empty(email))
        complain(complaints, STR("email"), STR("Invalid email"));
    else if (email.len >= SIGNUP_EMAIL_MAX)
        complain(complaints, STR("email"), STR("Email is too long"));
    else if (!email_is_valid(email))
        complain(complaints, STR("email"), STR("Enter a valid email address."));
    if (length == 0)
        complain(complaints, STR("password"), STR("This field is required."));
    else if (length < PASSWORD_MIN || length > PASSWORD_MAX)
        complain(complaints, STR("password"),
                 STR("Please enter a password 8–128 characters in length."));
}

static int64_t newsletters(const struct form *form)
{
    str value = STR("");
    if (!form_get(form, STR("allow_newsletters"), &value))
        return 0;
    return !str_equal_nocase(value, STR("false")) && !str_equal(value, STR("0")) &&
           !str_is_empty(value);
}

static enum error say_bad_invitation(struct request *rq)
{
    return fail(rq, ERR_FORBIDDEN,
                STR("This invitation is not valid, or no longer. Ask an administrator of the "
                    "organization for a new link."));
}

/* Only an invitation lets anybody in: there is an owner from the first start on. */
static enum error check_invitation(struct worker *w, struct request *rq, struct admission *out)
{
    enum error err = admission_find(w, invitation_of(rq), rq->now, &rq->arena, out);
    return err == ERR_NOT_FOUND ? say_bad_invitation(rq) : err;
}

static enum error join(struct worker *w, struct request *rq, struct response *rs)
{
    struct form form;
    struct admission admission;
    if (w->shared->config->strict)
        return reply_redirect(rs, 302, next_page(w->shared, rq));
    enum error err = form_read_checked(w->shared, rq, &form);
    if (!err)
        err = check_invitation(w, rq, &admission);
    if (!err)
        err = admission_take(w, rq->principal, &admission, rq->now, &rq->arena);
    if (err == ERR_REVOKED)
        return say_bad_invitation(rq);
    if (err == ERR_FORBIDDEN && str_is_empty(rq->state->detail))
        return fail(rq, err,
                    STR("This invitation is not for this account: it is for another email address, "
                        "or you were removed from the organization and need an invitation of your "
                        "own. Ask one of its administrators."));
    return err && err != ERR_CONFLICT ? err : reply_redirect(rs, 302, next_page(w->shared, rq));
}

enum error page_signup_submit(struct worker *w, struct request *rq, struct response *rs)
{
    struct form form;
    struct admission admission;
    struct user_row user;
    struct session session;
    if (rq->principal)
        return join(w, rq, rs);
    enum error err = form_read_checked(w->shared, rq, &form);
    if (!err)
        err = check_invitation(w, rq, &admission);
    if (err)
        return err;
    str email = email_fold(&rq->arena, str_trim(form_text(&form, STR("email"))));
    str password = str_trim(form_text(&form, STR("password"))); /* as Label Studio's form does */
    check_fields(rq, email, password);
    if (!str_is_empty(admission.email) && !str_equal(admission.email, email))
        complain(&rq->state->complaints, STR("email"),
                 STR("This invitation is for another email address."));
    if (rq->state->complaints.count > 0)
        return show_form(w, rq, rs, email);

    const struct account_order order = {
        .email = email,
        .username = STR(""),
        .first_name = STR(""),
        .last_name = STR(""),
        .phone = STR(""),
        .password = password,
        .allow_newsletters = newsletters(&form),
        .organization_id = admission.organization_id,
        .role = admission.role,
        .legacy_token = STR(""),
        .invitation_id = admission.invitation_id,
    };
    err = account_create(w, &order, rq->now, &rq->arena, &user);
    if (err == ERR_REVOKED) /* somebody was quicker */
        return say_bad_invitation(rq);
    if (err == ERR_CONFLICT) {
        complain(&rq->state->complaints, STR("email"), STR("User with this email already exists"));
        if (!w->shared->config->strict)
            complain(&rq->state->complaints, STR("email"),
                     STR("If it is yours, sign in below and join with it. If it was switched off, "
                         "ask an administrator."));
        return show_form(w, rq, rs, email);
    }
    if (err)
        return err;
    struct sign_in_order entering = sign_in_order_of(rq, email, STR(""), true);
    err = session_start(w, user.id, &entering, rq->now, &rq->arena, &session);
    return err ? err : enter(w->shared, rq, rs, &session, next_page(w->shared, rq));
}
