#include "api/cross_site.h"

#include "api/state.h"
#include "base/encoding.h"
#include "crypto/random.h"

#define CSRF_SECRET ((size_t)32)

static const str csrf_alphabet =
    STR_INIT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

str origin_of(const struct shared *shared, struct request *rq)
{
    str public_url = shared->config->public_url;
    if (!str_is_empty(public_url))
        return str_slice(public_url, 0, public_url.len - shared->base_path.len);
    str scheme = rq->is_tls ? STR("https") : STR("http");
    str host = rq->headers[HEADER_HOST];
    if (state_peer_is_trusted(rq)) {
        if (request_has(rq, HEADER_X_FORWARDED_PROTO))
            scheme = rq->headers[HEADER_X_FORWARDED_PROTO];
        if (request_has(rq, HEADER_X_FORWARDED_HOST))
            host = rq->headers[HEADER_X_FORWARDED_HOST];
    }
    return ARENA_JOIN(&rq->arena, scheme, STR("://"), host);
}

str csrf_new(struct arena *arena)
{
    return random_text(arena, csrf_alphabet, CSRF_SECRET);
}

static int position(char c)
{
    for (size_t i = 0; i < csrf_alphabet.len; i++)
        if (csrf_alphabet.ptr[i] == c)
            return (int)i;
    return -1;
}

/* Django's cipher: each character moved along the alphabet by the mask's. Hides, not protects. */
str csrf_mask(str secret, struct arena *arena)
{
    str mask = csrf_new(arena);
    char *text = arena_bytes(arena, 2 * CSRF_SECRET);
    memcpy(text, mask.ptr, CSRF_SECRET);
    for (size_t i = 0; i < CSRF_SECRET; i++) {
        int at = position(secret.ptr[i]) + position(mask.ptr[i]);
        text[CSRF_SECRET + i] = csrf_alphabet.ptr[(size_t)at % csrf_alphabet.len];
    }
    return (str){text, 2 * CSRF_SECRET};
}

static bool is_csrf_text(str s, size_t len)
{
    if (s.len != len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (position(s.ptr[i]) < 0)
            return false;
    return true;
}

static str unmask(str token, struct arena *arena)
{
    char *text = arena_bytes(arena, CSRF_SECRET);
    for (size_t i = 0; i < CSRF_SECRET; i++) {
        int at = position(token.ptr[CSRF_SECRET + i]) - position(token.ptr[i]);
        if (at < 0)
            at += (int)csrf_alphabet.len;
        text[i] = csrf_alphabet.ptr[at];
    }
    return (str){text, CSRF_SECRET};
}

bool csrf_matches(str cookie, str token, struct arena *arena)
{
    if (!is_csrf_text(cookie, CSRF_SECRET))
        return false;
    if (is_csrf_text(token, 2 * CSRF_SECRET))
        token = unmask(token, arena);
    return is_csrf_text(token, CSRF_SECRET) && equal_secret(cookie, token);
}

/* Whether the browser says that our own page sent it. */
static bool is_same_origin(const struct shared *shared, struct request *rq)
{
    str origin = origin_of(shared, rq);
    if (request_has(rq, HEADER_ORIGIN))
        return str_equal(rq->headers[HEADER_ORIGIN], origin);
    if (request_has(rq, HEADER_SEC_FETCH_SITE))
        return str_equal(rq->headers[HEADER_SEC_FETCH_SITE], STR("same-origin"));
    str referer = rq->headers[HEADER_REFERER];
    return str_equal(referer, origin) ||
           str_starts(referer, ARENA_JOIN(&rq->arena, origin, STR("/")));
}

enum error cross_site_check_sender(const struct shared *shared, struct request *rq)
{
    if (request_has(rq, HEADER_ORIGIN) && !is_same_origin(shared, rq))
        return fail(rq, ERR_CROSS_SITE, STR("This request came from another site."));
    if (str_equal(rq->headers[HEADER_SEC_FETCH_SITE], STR("cross-site")))
        return fail(rq, ERR_CROSS_SITE, STR("This request came from another site."));
    return OK;
}

enum error cross_site_check_basic(const struct shared *shared, struct request *rq)
{
    if (method_is_safe(rq->method))
        return OK;
    enum error err = cross_site_check_sender(shared, rq);
    bool is_of_browser = request_has(rq, HEADER_ORIGIN) || request_has(rq, HEADER_SEC_FETCH_SITE) ||
                         request_has(rq, HEADER_REFERER);
    if (!err && is_of_browser && !is_same_origin(shared, rq))
        err = fail(rq, ERR_CROSS_SITE, STR("This request came from another site."));
    return err;
}

enum error cross_site_check(const struct shared *shared, struct request *rq)
{
    if (method_is_safe(rq->method))
        return OK;
    enum error err = cross_site_check_sender(shared, rq);
    if (err)
        return err;
    str cookie = STR("");
    if (request_cookie(rq, STR("csrftoken"), &cookie) &&
        csrf_matches(cookie, rq->headers[HEADER_X_CSRFTOKEN], &rq->arena))
        return OK;
    if (is_same_origin(shared, rq))
        return OK;
    return fail(rq, ERR_CROSS_SITE,
                STR("With a session, send the cookie csrftoken's value as X-CSRFToken too, or use "
                    "a token instead of the session."));
}
