#include "api/openapi.h"

#include <jansson.h>

#include "api/cross_site.h"
#include "api/json.h"
#include "api/page.h"
#include "api/state.h"
#include "base/embedded.h"
#include "base/encoding.h"
#include "http/gzip.h"
#include "http/negotiate.h"

extern const struct embedded openapi_files[];
extern const size_t openapi_files_count;

static str find(str name)
{
    for (size_t i = 0; i < openapi_files_count; i++)
        if (str_equal(name, str_from(openapi_files[i].name)))
            return (str){openapi_files[i].data, openapi_files[i].len};
    return STR("");
}

/* The path of --public-url as a JSON text, which is a YAML one too. */
static str server_url(const struct shared *shared, struct arena *arena)
{
    str path = str_is_empty(shared->base_path) ? STR("/") : shared->base_path;
    return json_write(arena, json_from_str(path));
}

static bool wants_packed(const struct request *rq)
{
    str wanted = rq->headers[HEADER_ACCEPT_ENCODING];
    unsigned quality = coding_quality(wanted, STR("gzip"));
    return quality > 0 && quality >= coding_quality(wanted, STR("identity"));
}

/* `end` is what the build left for us to write behind the file. */
static enum error reply(struct request *rq, struct response *rs, str name, str end,
                        const char *type)
{
    str content = find(name);
    str packed = find(ARENA_JOIN(&rq->arena, name, STR(".gz")));
    bool is_packed = wants_packed(rq);
    str etag = etag_of(&rq->arena, is_packed ? packed : content, end);
    response_header_static(rs, "Cache-Control", "no-cache");
    response_header_static(rs, "Vary", "Accept-Encoding");
    response_header(rs, "ETag", etag);
    if (is_packed)
        response_header_static(rs, "Content-Encoding", "gzip");
    if (none_match_names(rq->headers[HEADER_IF_NONE_MATCH], etag))
        return reply_empty(rs, 304);
    return reply_body(rs, 200, type,
                      is_packed ? gzip_finish(&rq->arena, packed, end)
                                : ARENA_JOIN(&rq->arena, content, end));
}

enum error openapi_json(struct shared *shared, struct request *rq, struct response *rs)
{
    str end = ARENA_JOIN(&rq->arena, STR("\"servers\":[{\"url\":"), server_url(shared, &rq->arena),
                         STR("}]}"));
    return reply(rq, rs, STR("openapi.json"), end, "application/json");
}

enum error openapi_yaml(struct shared *shared, struct request *rq, struct response *rs)
{
    str end = ARENA_JOIN(&rq->arena, STR("\nservers:\n  - url: "), server_url(shared, &rq->arena),
                         STR("\n"));
    return reply(rq, rs, STR("openapi.yaml"), end, "application/yaml");
}

/* The page with our address wherever the build wrote @address@. */
static str with_address(struct arena *arena, str text, str address)
{
    static const str mark = STR_INIT("@address@");
    size_t count = 1;
    str before, after;
    for (str rest = text; str_cut_at(rest, mark, &before, &after); rest = after)
        count += 2;
    str *pieces = ARENA_ARRAY(arena, str, count), rest = text;
    size_t used = 0;
    for (; str_cut_at(rest, mark, &before, &after); rest = after) {
        pieces[used++] = before;
        pieces[used++] = address;
    }
    pieces[used++] = rest;
    return arena_join(arena, pieces, used);
}

/* Where the readable part stands in the page around it. */
#define PART_MARK "@part@"
#define ADDRESS_PACKED_MAX                                                                         \
    1000 /* bytes: a longer one, which comes in each example, is sent as it is */

enum error openapi_page(struct shared *shared, struct request *rq, struct response *rs)
{
    struct arena *arena = &rq->arena;
    str address = html_escape(arena, ARENA_JOIN(arena, origin_of(shared, rq), shared->base_path));
    str before, after;
    bool is_packed = wants_packed(rq) && address.len <= ADDRESS_PACKED_MAX;
    str content =
        ARENA_JOIN(arena, STR("<header class=\"bar\">\n<a class=\"brand\" href=\""),
                   page_address(shared, arena, STR("/")), STR("\">Latchkey</a>\n<a href=\""),
                   page_address(shared, arena, STR("/api/openapi.json")),
                   STR("\">openapi.json</a>\n</header>\n<div class=\"columns api\">\n"),
                   STR(PART_MARK "</div>"));
    enum error err = page_reply(shared, rq, rs, 200, STR("HTTP API"), content);
    if (err || !str_cut_at(rs->body, STR(PART_MARK), &before, &after))
        return err ? err : ERR_INTERNAL;
    rs->body = is_packed
                   ? gzip_between(arena, before, find(STR("openapi.html.gz")), address, after)
                   : ARENA_JOIN(arena, before,
                                with_address(arena, find(STR("openapi.html")), address), after);
    str etag = etag_of(arena, rs->body, STR("")); /* the same for everybody who asks here */
    response_set_header(rs, "Cache-Control", STR("no-cache"));
    response_header_static(rs, "Vary", "Accept-Encoding");
    response_header(rs, "ETag", etag);
    if (is_packed)
        response_header_static(rs, "Content-Encoding", "gzip");
    return none_match_names(rq->headers[HEADER_IF_NONE_MATCH], etag) ? reply_empty(rs, 304) : OK;
}
