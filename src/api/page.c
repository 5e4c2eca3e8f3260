#include "api/page.h"

#include "api/state.h"
#include "base/encoding.h"

/*
 * Nothing inline, nothing from elsewhere, in nobody's frame: markup that got into a page by mistake
 * can neither run nor send anything away.
 */
static const char policy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

str page_address(const struct shared *shared, struct arena *arena, str path)
{
    return str_is_empty(shared->base_path) ? path : ARENA_JOIN(arena, shared->base_path, path);
}

enum error page_reply(struct shared *shared, struct request *rq, struct response *rs, int status,
                      str title, str content)
{
    struct arena *arena = &rq->arena;
    str body = ARENA_JOIN(
        arena,
        STR("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n<title>"),
        html_escape(arena, title), STR(" · Latchkey</title>\n<link rel=\"stylesheet\" href=\""),
        page_address(shared, arena, STR("/static/latchkey.css")),
        STR("\">\n<link rel=\"icon\" href=\""),
        page_address(shared, arena, STR("/static/latchkey.svg")), STR("\">\n</head>\n<body>\n"),
        content, STR("\n</body>\n</html>\n"));
    response_header_static(rs, "Content-Security-Policy", policy);
    response_header_static(rs, "Cache-Control", "no-store");
    return reply_html(rs, status, body);
}

enum error page_message(struct shared *shared, struct request *rq, struct response *rs, int status,
                        str title, str text)
{
    struct arena *arena = &rq->arena;
    str content = ARENA_JOIN(arena, STR("<main class=\"card\">\n<h1>"), html_escape(arena, title),
                             STR("</h1>\n<p>"), html_escape(arena, text),
                             STR("</p>\n<p><a href=\""), page_address(shared, arena, STR("/")),
                             STR("\">Go to the start</a></p>\n</main>"));
    return page_reply(shared, rq, rs, status, title, content);
}
