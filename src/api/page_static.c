#include "api/page_handlers.h"
#include "api/state.h"
#include "base/embedded.h"

extern const struct embedded static_files[];
extern const size_t static_files_count;

static const char *type_of(str name)
{
    if (str_ends(name, STR(".css")))
        return "text/css; charset=utf-8";
    if (str_ends(name, STR(".js")))
        return "text/javascript; charset=utf-8";
    return "image/svg+xml";
}

enum error page_static(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    str name = request_param(rq, STR("name"));
    for (size_t i = 0; i < static_files_count; i++) {
        const struct embedded *file = &static_files[i];
        if (!str_equal(name, str_from(file->name)))
            continue;
        response_header_static(rs, "Cache-Control", "public, max-age=300");
        return reply_body(rs, 200, type_of(name), (str){file->data, file->len});
    }
    return ERR_NOT_FOUND;
}
