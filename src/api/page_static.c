#include "api/page_handlers.h"
#include "api/state.h"
#include "base/embedded.h"
#include "http/negotiate.h"

extern const struct embedded static_files[];
extern const size_t static_files_count;

/* What the pages made by the server need; the application brings its own (page_app.c). */
enum error page_static(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    str name = request_param(rq, STR("name"));
    for (size_t i = 0; i < static_files_count; i++) {
        const struct embedded *file = &static_files[i];
        str content = {file->data, file->len};
        if (!str_equal(name, str_from(file->name)))
            continue;
        str etag = etag_of(&rq->arena, content, name);
        response_header_static(rs, "Cache-Control", "public, max-age=300");
        response_header(rs, "ETag", etag);
        if (none_match_names(rq->headers[HEADER_IF_NONE_MATCH], etag))
            return reply_empty(rs, 304);
        return reply_body(rs, 200,
                          str_ends(name, STR(".css")) ? "text/css; charset=utf-8" : "image/svg+xml",
                          content);
    }
    return ERR_NOT_FOUND;
}
