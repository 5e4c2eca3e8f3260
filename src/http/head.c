#include "http/internal.h"

/*
 * The library reads request heads leniently: it joins folded lines, in one of its versions onto the
 * wrong name, ends a value at a NUL, takes a bare LF for the end of a line, and keeps blanks before
 * a colon in the name. Each of them lets a proxy and us see different requests in the same bytes
 * (RFC 9112 11.2). All of them leave a gap between the pieces that it hands out, which all point
 * into the one buffer that was read. So we check that the pieces lie end to end.
 */
struct head {
    struct request *rq;
    const char *expected; /* where the next piece must begin, if nothing was left out */
    size_t count;
    size_t bytes;
    enum error err;
};

#define CRLF_BYTES 2 /* two NULs by now */

/* RFC 9110 5.6.2. */
static bool is_token(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
              (c >= '0' && c <= '9') || str_has(STR("!#$%&'*+.^_`|~"), c)))
            return false;
    }
    return name.len > 0;
}

static bool lies_end_to_end(struct head *head, str name, str value)
{
    if (name.ptr != head->expected)
        return false;
    const char *at = name.ptr + name.len + 1; /* past the colon, a NUL by now */
    while (*at == ' ' || *at == '\t')
        at++;
    head->expected = value.ptr + value.len + CRLF_BYTES;
    return value.ptr == at && value.ptr[value.len + 1] == '\0';
}

static enum MHD_Result header_read(void *cls, enum MHD_ValueKind kind, const char *key,
                                   size_t key_size, const char *text, size_t text_size)
{
    (void)kind;
    struct head *head = cls;
    str name = str_of(key, key_size), value = str_of(text, text_size);
    head->count++;
    head->bytes += name.len + value.len;
    if (head->count > LIMIT_HEADERS || head->bytes > LIMIT_HEADER_BYTES)
        head->err = ERR_TOO_LARGE;
    else if (!is_token(name) || !text || !lies_end_to_end(head, name, value))
        head->err = ERR_MALFORMED;
    else
        head->err = request_add_header(head->rq, name, value);
    return head->err ? MHD_NO : MHD_YES;
}

/* RFC 9110 4.2.3, 7.2: a host and a port, nothing that would make it a URL. */
static bool is_host(str host)
{
    for (size_t i = 0; i < host.len; i++)
        if (host.ptr[i] == ' ' || host.ptr[i] == '\t' ||
            str_has(STR("/\\@?#<>\"'{}|^`,;"), host.ptr[i]))
            return false;
    return true;
}

static enum error framing_read(const struct request *rq, str version, struct framing *framing)
{
    bool has_length = request_has(rq, HEADER_CONTENT_LENGTH);
    *framing = (struct framing){
        .is_chunked = request_has(rq, HEADER_TRANSFER_ENCODING),
        .expects_continue = str_equal_nocase(rq->headers[HEADER_EXPECT], STR("100-continue")),
    };
    framing->has_body = framing->is_chunked;
    if (framing->is_chunked) {
        /* RFC 9112 6.1: both is an attack or a broken proxy; HTTP/1.0 does not know it. */
        bool is_known = str_equal_nocase(rq->headers[HEADER_TRANSFER_ENCODING], STR("chunked"));
        return has_length || !is_known || str_equal(version, STR("HTTP/1.0")) ? ERR_MALFORMED : OK;
    }
    int64_t length = 0;
    if (has_length && (str_to_i64(rq->headers[HEADER_CONTENT_LENGTH], &length) || length < 0))
        return ERR_MALFORMED;
    framing->content_length = (uint64_t)length;
    framing->has_body = length > 0;
    return OK;
}

enum error head_read(struct request *rq, struct MHD_Connection *mhd, const char *method,
                     const char *url, const char *version, struct framing *framing,
                     enum refusal *refusal)
{
    rq->method_text = str_from(method);
    rq->method = method_of(rq->method_text);
    str http = str_from(version);
    struct head head = {.rq = rq, .expected = http.ptr + http.len + CRLF_BYTES};
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, header_read, &head);
    *refusal = REFUSED_HEAD_TOO_LARGE;
    if (head.err)
        return head.err;

    size_t head_bytes =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    bool is_whole = head.expected + CRLF_BYTES == method + head_bytes &&
                    version == url + rq->target.len + 1 && is_token(rq->method_text);
    if (!is_whole || !is_host(rq->headers[HEADER_HOST]))
        return ERR_MALFORMED;
    enum error err = framing_read(rq, http, framing);
    if (!err) {
        *refusal = REFUSED_TARGET_TOO_LONG;
        err = request_set_target(rq, rq->target);
    }
    return err;
}
