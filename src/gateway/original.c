#include "gateway/original.h"

/* The prefix under which we are asked, of Envoy's requests. */
#define ASKED "/auth"

static bool says_any(const struct request *rq)
{
    static const enum header headers[] = {HEADER_X_ORIGINAL_METHOD, HEADER_X_ORIGINAL_URI,
                                          HEADER_X_FORWARDED_METHOD, HEADER_X_FORWARDED_URI};
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        if (request_has(rq, headers[i]))
            return true;
    return false;
}

/* As the server reads a target of its own, and nothing that two readers may read differently. */
static enum error read_uri(struct request *rq, str uri, struct original *out)
{
    struct request scratch;
    request_init(&scratch);
    enum error err = request_set_target(&scratch, uri);
    if (!err && (scratch.path_had_encoded_slash || scratch.path_has_dot_segments ||
                 !str_starts(scratch.path, STR("/")))) /* "*" */
        err = ERR_MALFORMED;
    if (!err) {
        out->path = arena_copy(&rq->arena, scratch.path);
        out->raw_path = scratch.raw_path; /* a piece of `uri`, as the query */
        out->query = scratch.query;
    }
    request_release(&scratch);
    return err == ERR_TOO_LARGE ? ERR_MALFORMED : err;
}

static enum error read_said(struct request *rq, enum header method, enum header uri,
                            struct original *out)
{
    out->has_method = request_has(rq, method);
    out->method = out->has_method ? method_of(rq->headers[method]) : rq->method;
    return request_has(rq, uri) ? read_uri(rq, rq->headers[uri], out) : OK;
}

/* Of "/auth/x" or "/base/auth/x", "/x" as sent; empty if that is not what `path` was made of. */
static str raw_behind_asked(struct request *rq, str path)
{
    str before, after;
    struct original said = {.path = STR(""), .query = STR(""), .raw_path = STR("")};
    if (!str_cut_at(rq->raw_path, STR(ASKED "/"), &before, &after))
        return STR("");
    str raw = str_from_at(rq->raw_path, rq->raw_path.len - after.len - 1);
    return !read_uri(rq, raw, &said) && str_equal(said.path, path) ? said.raw_path : STR("");
}

static enum error read_itself(struct request *rq, struct original *out)
{
    str rest = str_from_at(rq->path, sizeof(ASKED) - 1);
    out->dialect = PROXY_ENVOY;
    out->method = rq->method;
    if (rq->path_had_encoded_slash || rq->path_has_dot_segments)
        return ERR_MALFORMED;
    if (!str_is_empty(rest)) {
        out->has_method = true;
        out->path = rest;
        out->raw_path = raw_behind_asked(rq, rest);
        out->query = rq->query;
    }
    return OK;
}

enum error original_read(struct request *rq, bool peer_is_trusted, struct original *out)
{
    bool nginx =
        request_has(rq, HEADER_X_ORIGINAL_METHOD) || request_has(rq, HEADER_X_ORIGINAL_URI);
    bool forwarded =
        request_has(rq, HEADER_X_FORWARDED_METHOD) || request_has(rq, HEADER_X_FORWARDED_URI);
    struct original said = {.path = STR(""), .raw_path = STR(""), .query = STR("")}, other = said;
    if (!says_any(rq)) {
        *out = said;
        return read_itself(rq, out);
    }
    if (!peer_is_trusted)
        return ERR_FORBIDDEN;
    enum error err = OK;
    if (nginx) {
        said.dialect = PROXY_NGINX;
        err = read_said(rq, HEADER_X_ORIGINAL_METHOD, HEADER_X_ORIGINAL_URI, &said);
    }
    if (!err && forwarded) {
        struct original *into = nginx ? &other : &said;
        into->dialect = PROXY_FORWARDED;
        err = read_said(rq, HEADER_X_FORWARDED_METHOD, HEADER_X_FORWARDED_URI, into);
    }
    if (!err && nginx && forwarded &&
        (said.method != other.method || !str_equal(said.path, other.path)))
        err = ERR_MALFORMED;
    if (!err)
        *out = said;
    return err;
}
