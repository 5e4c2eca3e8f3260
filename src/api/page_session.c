#include "api/page_session.h"

#include "api/cross_site.h"
#include "api/page.h"
#include "api/state.h"
#include "base/encoding.h"
#include "http/media_type.h"

#define CSRF_AGE_SECONDS 31449600 /* a year, as Django's */

str form_text(const struct form *form, str name)
{
    str value = STR("");
    (void)form_get(form, name, &value);
    return value;
}

static enum error form_read(struct request *rq, struct form *out)
{
    struct media_type type;
    if (media_type_parse(&rq->arena, rq->headers[HEADER_CONTENT_TYPE], &type))
        return ERR_UNSUPPORTED_TYPE;
    if (media_type_is(&type, STR("multipart/form-data")))
        return form_parse_multipart(&rq->arena, rq->body, type.boundary, out);
    if (media_type_is(&type, STR("application/x-www-form-urlencoded")))
        return form_parse(&rq->arena, rq->body, out);
    return ERR_UNSUPPORTED_TYPE;
}

enum error form_read_checked(const struct shared *shared, struct request *rq, struct form *out)
{
    str cookie = STR("");
    arena_mark_secret(&rq->arena); /* a password is in it */
    enum error err = form_read(rq, out);
    if (err)
        return err;
    if (request_has(rq, HEADER_ORIGIN) &&
        !str_equal(rq->headers[HEADER_ORIGIN], origin_of(shared, rq)))
        return fail(rq, ERR_CROSS_SITE, STR("This form was sent from another site."));
    (void)request_cookie(rq, STR("csrftoken"), &cookie);
    if (csrf_matches(cookie, form_text(out, STR("csrfmiddlewaretoken")), &rq->arena) ||
        csrf_matches(cookie, rq->headers[HEADER_X_CSRFTOKEN], &rq->arena))
        return OK;
    return fail(rq, ERR_CROSS_SITE,
                STR("The form's token does not fit the cookie. Allow cookies for this site, open "
                    "the page again, and send the form anew."));
}

static bool is_secure(const struct shared *shared, struct request *rq)
{
    return str_starts(origin_of(shared, rq), STR("https:"));
}

static void set_csrf_cookie(const struct shared *shared, struct request *rq, struct response *rs,
                            str value)
{
    const struct set_cookie cookie = {
        .name = STR("csrftoken"),
        .value = value,
        .max_age_seconds = CSRF_AGE_SECONDS,
        .path = STR("/"),
        .same_site = SAME_SITE_LAX,
        .secure = is_secure(shared, rq),
    };
    response_set_cookie(rs, &cookie, rq->now);
}

str form_csrf_field(const struct shared *shared, struct request *rq, struct response *rs)
{
    str value = STR("");
    (void)request_cookie(rq, STR("csrftoken"), &value);
    if (!csrf_matches(value, value, &rq->arena)) /* none, or not one of ours */
        value = csrf_new(&rq->arena);
    set_csrf_cookie(shared, rq, rs, value);
    return ARENA_JOIN(&rq->arena,
                      STR("<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\""),
                      csrf_mask(value, &rq->arena), STR("\">"));
}

/* "//host", "/\host" and control characters would lead a browser elsewhere; what else no address
 * may hold is escaped. */
static bool is_own_path(str s)
{
    if (s.len == 0 || s.ptr[0] != '/' || (s.len > 1 && (s.ptr[1] == '/' || s.ptr[1] == '\\')))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == '\\' || s.ptr[i] == 0x7f)
            return false;
    return true;
}

/* The rest is kept: an address may hold escapes, a query and a fragment already. */
static str escape_beyond_ascii(struct arena *arena, str address)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = arena_bytes(arena, 3 * address.len);
    size_t len = 0;
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = (unsigned char)address.ptr[i];
        if (c > ' ' && c < 0x7f) {
            text[len++] = (char)c;
            continue;
        }
        text[len++] = '%';
        text[len++] = digits[c >> 4];
        text[len++] = digits[c & 15];
    }
    return str_of(text, len);
}

str next_page(const struct shared *shared, struct request *rq)
{
    str next;
    if (request_query(rq, STR("next"), &next) && is_own_path(next))
        return escape_beyond_ascii(&rq->arena, next);
    return page_address(shared, &rq->arena, STR("/"));
}

enum error redirect_to_login(const struct shared *shared, struct request *rq, struct response *rs)
{
    struct arena *arena = &rq->arena;
    str login = page_address(shared, arena, STR("/user/login/"));
    str wanted = rq->path;
    if (str_equal(wanted, STR("/user/account")) || str_equal(wanted, STR("/organization")))
        wanted = ARENA_JOIN(arena, wanted, STR("/"));
    if (!str_is_empty(rq->query))
        wanted = ARENA_JOIN(arena, wanted, STR("?"), rq->query);
    if (str_equal(wanted, STR("/")))
        return reply_redirect(rs, 302, login);
    return reply_redirect(
        rs, 302,
        ARENA_JOIN(arena, login, STR("?next="),
                   percent_encode(arena, page_address(shared, arena, wanted), KEEP_SLASH)));
}

str csrf_token_given(const struct shared *shared, struct request *rq, struct response *rs)
{
    str value = STR("");
    (void)request_cookie(rq, STR("csrftoken"), &value);
    if (!csrf_matches(value, value, &rq->arena)) { /* none, or not one of ours */
        value = csrf_new(&rq->arena);
        set_csrf_cookie(shared, rq, rs, value);
    }
    return csrf_mask(value, &rq->arena);
}

str session_cookies(const struct shared *shared, struct request *rq, struct response *rs,
                    const struct session *session)
{
    const struct set_cookie cookie = {
        .name = STR("sessionid"),
        .value = session->cookie,
        .max_age_seconds =
            session->is_persistent ? (session->expires_at - rq->now) / SECONDS(1) : COOKIE_SESSION,
        .path = STR("/"),
        .same_site = SAME_SITE_LAX,
        .http_only = true,
        .secure = is_secure(shared, rq),
    };
    response_set_cookie(rs, &cookie, rq->now);
    str csrf_token = csrf_new(&rq->arena); /* one from before was not his alone */
    set_csrf_cookie(shared, rq, rs, csrf_token);
    return csrf_mask(csrf_token, &rq->arena);
}

enum error enter(const struct shared *shared, struct request *rq, struct response *rs,
                 const struct session *session, str location)
{
    (void)session_cookies(shared, rq, rs, session);
    return reply_redirect(rs, 302, location);
}

struct sign_in_order sign_in_order_of(struct request *rq, str email, str password,
                                      bool is_persistent)
{
    return (struct sign_in_order){
        .email = email,
        .password = password,
        .is_persistent = is_persistent,
        .address = rq->state->client_address,
        .user_agent = rq->headers[HEADER_USER_AGENT],
    };
}
