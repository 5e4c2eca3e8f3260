#include "api/page.h"
#include "api/page_handlers.h"
#include "api/page_session.h"
#include "api/state.h"
#include "base/embedded.h"
#include "base/encoding.h"
#include "http/negotiate.h"

/* What the build made of web/: index.html, and beside each asset its .br and .gz. */
extern const struct embedded web_files[];
extern const size_t web_files_count;

/*
 * As of the pages made here, but that the application's components set styles on their elements,
 * and that its <base> names where it lives.
 */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'";

/* Where index.html is to have the path of --public-url. */
static const str base_mark = STR_INIT("@base@");

static const struct embedded *find_file(str name)
{
    for (size_t i = 0; i < web_files_count; i++)
        if (str_equal(name, str_from(web_files[i].name)))
            return &web_files[i];
    return NULL;
}

static const char *type_of(str name)
{
    if (str_ends(name, STR(".css")))
        return "text/css; charset=utf-8";
    if (str_ends(name, STR(".js")))
        return "text/javascript; charset=utf-8";
    if (str_ends(name, STR(".svg")))
        return "image/svg+xml";
    return "application/octet-stream";
}

/* Without it, index.html says so, and has no assets. */
bool page_app_is_built(void)
{
    return web_files_count > 1;
}

enum error page_app(struct shared *shared, struct request *rq, struct response *rs)
{
    if (!rq->principal)
        return redirect_to_login(shared, rq, rs);
    const struct embedded *index = find_file(STR("index.html"));
    str before, after;
    if (!index)
        return ERR_NOT_FOUND;
    str content = (str){index->data, index->len};
    if (str_cut_at(content, base_mark, &before, &after))
        content = ARENA_JOIN(&rq->arena, before, html_escape(&rq->arena, shared->base_path), after);
    str etag = etag_of(&rq->arena, content, STR(""));
    response_header_static(rs, "Content-Security-Policy", policy);
    response_header_static(rs, "Cache-Control", "private, no-cache");
    response_header_static(rs, "Vary", "Cookie");
    response_header(rs, "ETag", etag);
    if (none_match_names(rq->headers[HEADER_IF_NONE_MATCH], etag))
        return reply_empty(rs, 304);
    return reply_html(rs, 200, content);
}

/* The smallest form that the client takes; `*coding` NULL: as it is. */
static const struct embedded *choose_form(struct request *rq, str name, const char **coding)
{
    static const struct {
        const char *coding;
        str suffix;
    } forms[] = {{"br", STR_INIT(".br")}, {"gzip", STR_INIT(".gz")}};
    str wanted = rq->headers[HEADER_ACCEPT_ENCODING];
    const struct embedded *best = find_file(name);
    unsigned most = best ? coding_quality(wanted, STR("identity")) : 0;
    *coding = NULL;
    for (size_t i = 0; best && i < COUNT_OF(forms); i++) {
        const struct embedded *file = find_file(ARENA_JOIN(&rq->arena, name, forms[i].suffix));
        unsigned quality = file ? coding_quality(wanted, str_from(forms[i].coding)) : 0;
        bool is_better = *coding ? quality > most : quality != 0 && quality >= most;
        if (!is_better)
            continue;
        most = quality;
        best = file;
        *coding = forms[i].coding;
    }
    return best;
}

/* A name holds a hash of the content: what is behind it never changes. */
enum error page_asset(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    const char *coding;
    str name = request_param(rq, STR("name"));
    if (str_equal(name, STR("index.html")) || str_ends(name, STR(".br")) ||
        str_ends(name, STR(".gz")))
        return ERR_NOT_FOUND;
    const struct embedded *file = choose_form(rq, name, &coding);
    if (!file)
        return ERR_NOT_FOUND;
    str etag = ARENA_JOIN(&rq->arena, STR("\""), str_from(file->name), STR("\""));
    response_header_static(rs, "Cache-Control", "public, max-age=31536000, immutable");
    response_header_static(rs, "Vary", "Accept-Encoding");
    response_header(rs, "ETag", etag);
    if (coding)
        response_header_static(rs, "Content-Encoding", coding);
    if (none_match_names(rq->headers[HEADER_IF_NONE_MATCH], etag))
        return reply_empty(rs, 304);
    return reply_body(rs, 200, type_of(name), (str){file->data, file->len});
}
