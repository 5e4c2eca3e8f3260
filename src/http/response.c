#include "http/response.h"

#include <assert.h>
#include <strings.h>
#include <unistd.h>

#include "http/ready_answer.h"

void response_init(struct response *rs, struct arena *arena)
{
    rs->arena = arena;
    rs->file = 0;
    rs->ready = NULL;
    response_clear(rs);
}

void response_clear(struct response *rs)
{
    rs->status = 0;
    rs->body = STR("");
    rs->header_count = 0;
    if (rs->file > 0)
        close(rs->file);
    rs->file = 0;
    rs->file_bytes = 0;
    ready_answer_drop(rs->ready);
    rs->ready = NULL;
    rs->close = false;
    rs->spoiled = false;
}

/* Nothing is sent half-true. */
static void spoil(struct response *rs)
{
    response_clear(rs);
    rs->status = 500;
    rs->spoiled = true;
}

void response_header_static(struct response *rs, const char *name, const char *value)
{
    if (rs->spoiled || value[0] == '\0')
        return;
    assert(rs->header_count < LIMIT_RESPONSE_HEADERS);
    rs->headers[rs->header_count++] = (struct response_header){name, value};
}

void response_header(struct response *rs, const char *name, str value)
{
    if (str_has_control(value))
        spoil(rs);
    else
        response_header_static(rs, name, arena_cstr(rs->arena, value));
}

static struct response_header *find(struct response *rs, const char *name)
{
    for (size_t i = 0; i < rs->header_count; i++)
        if (strcasecmp(rs->headers[i].name, name) == 0)
            return &rs->headers[i];
    return NULL;
}

void response_set_header(struct response *rs, const char *name, str value)
{
    struct response_header *old = find(rs, name);
    if (!old)
        response_header(rs, name, value);
    else if (str_has_control(value))
        spoil(rs);
    else
        old->value = arena_cstr(rs->arena, value);
}

const char *response_get_header(const struct response *rs, const char *name)
{
    for (size_t i = 0; i < rs->header_count; i++)
        if (strcasecmp(rs->headers[i].name, name) == 0)
            return rs->headers[i].value;
    return NULL;
}

/* RFC 6265 4.1.1, and nothing that a browser would cut the pair at. */
static bool is_cookie_value(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == ',' || c == ';' || c == '\\')
            return false;
    }
    return true;
}

static bool is_cookie_path(str path)
{
    return !str_has_control(path) && !str_has(path, ';');
}

void response_set_cookie(struct response *rs, const struct set_cookie *cookie, usec now)
{
    static const str same_site[] = {
        [SAME_SITE_NONE] = STR_INIT("None"),
        [SAME_SITE_LAX] = STR_INIT("Lax"),
        [SAME_SITE_STRICT] = STR_INIT("Strict"),
    };
    if (str_is_empty(cookie->name) || !is_cookie_value(cookie->name) ||
        str_has(cookie->name, '=') || !is_cookie_value(cookie->value) ||
        !is_cookie_path(cookie->path)) {
        spoil(rs);
        return;
    }
    str expires = STR(""), max_age = STR("");
    if (cookie->max_age_seconds != COOKIE_SESSION) {
        usec end = cookie->max_age_seconds > 0 ? now + SECONDS(cookie->max_age_seconds) : 0;
        expires = ARENA_JOIN(rs->arena, STR("; expires="), time_format_http(rs->arena, end));
        max_age = arena_printf(rs->arena, "; Max-Age=%lld", (long long)cookie->max_age_seconds);
    }
    str value = ARENA_JOIN(
        rs->arena, cookie->name, STR("="), cookie->value.len > 0 ? cookie->value : STR("\"\""),
        expires, cookie->http_only ? STR("; HttpOnly") : STR(""), max_age, STR("; Path="),
        cookie->path.len > 0 ? cookie->path : STR("/"), STR("; SameSite="),
        same_site[cookie->same_site], cookie->secure ? STR("; Secure") : STR(""));
    response_header_static(rs, "Set-Cookie", value.ptr);
}

void response_delete_cookie(struct response *rs, str name, str path, enum same_site same_site)
{
    response_set_cookie(rs,
                        &(struct set_cookie){
                            .name = name,
                            .value = STR(""),
                            .path = path,
                            .same_site = same_site,
                            .secure = same_site == SAME_SITE_NONE, /* browsers want it then */
                        },
                        0);
}

enum error reply_body(struct response *rs, int status, const char *content_type, str body)
{
    if (rs->spoiled)
        return OK;
    rs->status = status;
    rs->body = body;
    struct response_header *old = find(rs, "Content-Type");
    if (old)
        old->value = content_type;
    else
        response_header_static(rs, "Content-Type", content_type);
    return OK;
}

enum error reply_text(struct response *rs, int status, str body)
{
    return reply_body(rs, status, "text/plain; charset=utf-8", body);
}

enum error reply_html(struct response *rs, int status, str body)
{
    return reply_body(rs, status, "text/html; charset=utf-8", body);
}

enum error reply_json(struct response *rs, int status, str body)
{
    return reply_body(rs, status, "application/json", body);
}

enum error reply_empty(struct response *rs, int status)
{
    if (rs->spoiled)
        return OK;
    rs->status = status;
    rs->body = STR("");
    return OK;
}

enum error reply_file(struct response *rs, int status, const char *content_type, int file,
                      int64_t bytes)
{
    if (rs->spoiled) {
        close(file);
        return OK;
    }
    rs->file = file;
    rs->file_bytes = bytes;
    return reply_body(rs, status, content_type, STR(""));
}

enum error reply_redirect(struct response *rs, int status, str location)
{
    response_header(rs, "Location", location);
    return reply_empty(rs, status);
}
