/*
 * /device/plain: a person looks at what asks to be let in, and says yes or no. Without
 * scripts; the application has the same at /device.
 */
#include "api/device_grants.h"
#include "api/page.h"
#include "api/page_session.h"
#include "api/state.h"
#include "auth/scope.h"
#include "base/encoding.h"
#include "service/device.h"

#define TITLE "Connect a device"

static str fault_html(struct arena *arena, str fault)
{
    return str_is_empty(fault) ? STR("")
                               : ARENA_JOIN(arena, STR("<p class=\"fault\" role=\"alert\">"),
                                            html_escape(arena, fault), STR("</p>\n"));
}

static enum error ask_for_code(struct worker *w, struct request *rq, struct response *rs,
                               int status, str fault)
{
    struct arena *arena = &rq->arena;
    str content = ARENA_JOIN(
        arena, STR("<main class=\"card\">\n<p class=\"brand\">Latchkey</p>\n<h1>" TITLE "</h1>\n"),
        fault_html(arena, fault), STR("<form method=\"get\" action=\""),
        page_address(w->shared, arena, STR("/device/plain")),
        STR("\">\n<label for=\"user_code\">The code that the device shows</label>\n"
            "<input id=\"user_code\" name=\"user_code\" autocomplete=\"off\" "
            "autocapitalize=\"characters\" spellcheck=\"false\" placeholder=\"XXXX-XXXX\" "
            "maxlength=\"20\" required autofocus>\n"
            "<button type=\"submit\">Go on</button>\n</form>\n</main>"));
    return page_reply(w->shared, rq, rs, status, STR(TITLE), content);
}

static str row_html(struct arena *arena, const char *name, str value)
{
    return ARENA_JOIN(arena, STR("<dt>"), str_from(name), STR("</dt><dd>"),
                      html_escape(arena, value), STR("</dd>\n"));
}

static str what_it_may(struct arena *arena, str scopes)
{
    return scope_list_is_all(scopes) ? STR("everything that you may") : arena_copy(arena, scopes);
}

static enum error ask_to_decide(struct worker *w, struct request *rq, struct response *rs,
                                const struct device_row *row)
{
    struct arena *arena = &rq->arena;
    str code = device_code_shown(row->user_code, arena);
    str content = ARENA_JOIN(
        arena,
        STR("<main class=\"card\">\n<p class=\"brand\">Latchkey</p>\n<h1>" TITLE "</h1>\n"
            "<p>A program asks for a personal access token of yours.</p>\n<dl>\n"),
        row_html(arena, "Code", code), row_html(arena, "Calls itself", row->client_name),
        row_html(arena, "Asks from", row->address), row_html(arena, "Program", row->user_agent),
        row_html(arena, "It may", what_it_may(arena, row->scopes)),
        STR("</dl>\n<p><strong>Approve only what you have just started yourself</strong>, and only "
            "if it shows the same code. Whoever sent you a code would get into your "
            "account.</p>\n<form method=\"post\" action=\""),
        page_address(w->shared, arena, STR("/device/plain")), STR("\">\n"),
        form_csrf_field(w->shared, rq, rs),
        STR("\n<input type=\"hidden\" name=\"user_code\" value=\""), html_escape(arena, code),
        STR("\">\n<button type=\"submit\" name=\"decision\" value=\"approve\">Approve</button>\n"
            "<button type=\"submit\" name=\"decision\" value=\"deny\" "
            "class=\"danger\">Deny</button>\n</form>\n</main>"));
    return page_reply(w->shared, rq, rs, 200, STR(TITLE), content);
}

/* Signed out, a person comes back to the same code afterwards. */
static enum error sign_in_first(struct worker *w, struct request *rq, struct response *rs,
                                str user_code)
{
    struct arena *arena = &rq->arena;
    str back = page_address(w->shared, arena, STR("/device/plain"));
    if (!str_is_empty(user_code))
        back = ARENA_JOIN(arena, back, STR("?user_code="),
                          percent_encode(arena, user_code, ESCAPE_SLASH));
    return reply_redirect(rs, 302,
                          ARENA_JOIN(arena, page_address(w->shared, arena, STR("/user/login/")),
                                     STR("?next="), percent_encode(arena, back, KEEP_SLASH)));
}

static str why_not(struct request *rq, enum error err)
{
    if (err == ERR_NOT_FOUND)
        return STR("There is no such code, or its time is over. Look at it again, or start anew on "
                   "the device.");
    if (err == ERR_CONFLICT)
        return STR("This code was used before. Start anew on the device.");
    return arena_printf(&rq->arena, "Too many wrong codes. Try again in %lld seconds.",
                        (long long)rq->state->retry_after);
}

static bool is_for_the_person(enum error err)
{
    return err == ERR_NOT_FOUND || err == ERR_CONFLICT || err == ERR_THROTTLED;
}

enum error page_device(struct worker *w, struct request *rq, struct response *rs)
{
    struct device_row row;
    str code = STR("");
    bool has_code = request_query(rq, STR("user_code"), &code) && !str_is_empty(str_trim(code));
    if (!rq->principal)
        return sign_in_first(w, rq, rs, code);
    if (!has_code)
        return ask_for_code(w, rq, rs, 200, STR(""));
    enum error err =
        device_look(w, rq->principal, code, rq->now, &rq->arena, &rq->state->retry_after, &row);
    if (!err && row.state != DEVICE_ASKED)
        err = ERR_CONFLICT;
    if (is_for_the_person(err))
        return ask_for_code(w, rq, rs, 200, why_not(rq, err));
    return err ? err : ask_to_decide(w, rq, rs, &row);
}

enum error page_device_submit(struct worker *w, struct request *rq, struct response *rs)
{
    struct form form;
    enum error err = form_read_checked(w->shared, rq, &form);
    if (err)
        return err;
    str code = form_text(&form, STR("user_code"));
    if (!rq->principal)
        return sign_in_first(w, rq, rs, code);
    bool approves = str_equal(form_text(&form, STR("decision")), STR("approve"));
    err = device_decide(w, rq->principal, code, approves ? DEVICE_APPROVED : DEVICE_DENIED, rq->now,
                        &rq->arena, &rq->state->retry_after);
    if (is_for_the_person(err))
        return ask_for_code(w, rq, rs, 200, why_not(rq, err));
    if (err)
        return err;
    return approves ? page_message(w->shared, rq, rs, 200, STR("Approved"),
                                   STR("The device gets its token now; you may go back to it. The "
                                       "token stands among your personal access tokens, where you "
                                       "can revoke it."))
                    : page_message(w->shared, rq, rs, 200, STR("Denied"),
                                   STR("The device gets nothing."));
}
