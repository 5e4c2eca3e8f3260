#include "http/request.h"

#include <arpa/inet.h>

#include "base/encoding.h"
#include "http/cookie.h"

/* Empties all but the arena. */
static void clear(struct request *rq)
{
    struct arena arena = rq->arena;
    *rq = (struct request){.arena = arena, .method = METHOD_OTHER};
    rq->method_text = rq->target = rq->path = rq->raw_path = rq->query = rq->body = STR("");
    rq->request_id = rq->client_address = STR("");
    for (size_t i = 0; i < HEADER_COUNT; i++)
        rq->headers[i] = STR("");
}

void request_init(struct request *rq)
{
    arena_init(&rq->arena);
    clear(rq);
}

void request_reset(struct request *rq)
{
    arena_reset(&rq->arena);
    clear(rq);
}

void request_release(struct request *rq)
{
    arena_release(&rq->arena);
    clear(rq);
}

/* Once a request, and the C library goes through printf. */
static str ipv4_format(struct arena *arena, const uint8_t address[4])
{
    char *text = arena_bytes(arena, INET_ADDRSTRLEN);
    size_t len = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned n = address[i];
        if (i > 0)
            text[len++] = '.';
        if (n >= 100)
            text[len++] = (char)('0' + n / 100);
        if (n >= 10)
            text[len++] = (char)('0' + n / 10 % 10);
        text[len++] = (char)('0' + n % 10);
    }
    text[len] = '\0'; /* as arena_copy does */
    return str_of(text, len);
}

str peer_format(struct arena *arena, const struct peer *peer)
{
    char text[INET6_ADDRSTRLEN];
    switch (peer->family) {
    case PEER_IPV4:
        return ipv4_format(arena, peer->address);
    case PEER_IPV6:
        inet_ntop(AF_INET6, peer->address, text, sizeof(text));
        return arena_copy(arena, str_from(text));
    case PEER_UNIX:
        return STR("unix");
    case PEER_UNKNOWN:
        break;
    }
    return STR("unknown");
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F;
}

/* What a target needs beyond being cut out. */
struct target_traits {
    bool has_controls;
    bool is_plain; /* its path needs no decoding */
};

static struct target_traits target_look(str path, str query)
{
    struct target_traits traits = {false, true};
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (is_control(c) || c == ' ')
            traits.has_controls = true;
        else if (c == '%' || (unsigned char)c >= 0x80 ||
                 (c == '/' && i > 0 && path.ptr[i - 1] == c))
            traits.is_plain = false;
    }
    for (size_t i = 0; i < query.len; i++)
        if (is_control(query.ptr[i]) || query.ptr[i] == ' ')
            traits.has_controls = true;
    return traits;
}

/* Decodes and collapses "//". */
static enum error path_decode(struct request *rq)
{
    str text;
    enum error err = percent_decode(&rq->arena, rq->raw_path, PLUS_IS_PLUS, &text);
    if (err)
        return err;
    size_t slashes = 0, raw_slashes = 0, len = 0;
    char *path = arena_bytes(&rq->arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_control(c))
            return ERR_MALFORMED;
        slashes += c == '/';
        if (c != '/' || len == 0 || path[len - 1] != '/')
            path[len++] = c;
    }
    for (size_t i = 0; i < rq->raw_path.len; i++)
        raw_slashes += rq->raw_path.ptr[i] == '/';
    rq->path = str_of(path, len);
    rq->path_had_encoded_slash = slashes != raw_slashes;
    return str_is_utf8(rq->path) ? OK : ERR_MALFORMED;
}

static bool has_dot_segments(str path)
{
    if (!str_contains(path, STR("/.")))
        return false;
    struct str_pieces segments = str_pieces(path, '/');
    str segment;
    while (str_next_piece(&segments, &segment))
        if (str_equal(segment, STR(".")) || str_equal(segment, STR("..")))
            return true;
    return false;
}

enum error request_set_target(struct request *rq, str target)
{
    rq->target = target;
    if (!str_cut(target, '?', &rq->raw_path, &rq->query))
        rq->query = STR("");
    rq->path = rq->raw_path;
    if (target.len > LIMIT_TARGET_BYTES)
        return ERR_TOO_LARGE;
    if (str_equal(target, STR("*")))
        return OK;
    struct target_traits traits = target_look(rq->raw_path, rq->query);
    if (!str_starts(target, STR("/")) || traits.has_controls || str_has(target, '#'))
        return ERR_MALFORMED;
    if (!traits.is_plain) {
        enum error err = path_decode(rq);
        if (err)
            return err;
    }
    rq->path_has_dot_segments = has_dot_segments(rq->path);
    return OK;
}

static bool has_control_but_tab(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (is_control(value.ptr[i]) && value.ptr[i] != '\t')
            return true;
    return false;
}

enum error request_add_header(struct request *rq, str name, str value)
{
    if (str_has_control(value) && has_control_but_tab(value))
        return ERR_MALFORMED;
    enum header header = header_of(name);
    if (header == HEADER_COUNT)
        return OK;
    value = str_trim_blanks(value);
    if (!request_has(rq, header)) {
        request_set_header(rq, header, value);
        return OK;
    }
    if (header_is_single(header)) {
        rq->has_two_credentials = header == HEADER_AUTHORIZATION || header == HEADER_X_API_KEY;
        return ERR_MALFORMED;
    }
    str comma = header == HEADER_COOKIE ? STR("; ") : STR(", ");
    rq->headers[header] = ARENA_JOIN(&rq->arena, rq->headers[header], comma, value);
    return OK;
}

void request_set_header(struct request *rq, enum header header, str value)
{
    rq->headers[header] = value;
    rq->headers_present |= (uint64_t)1 << header;
}

str request_param(const struct request *rq, str name)
{
    for (size_t i = 0; i < rq->params.count; i++)
        if (str_equal(rq->params.items[i].name, name))
            return rq->params.items[i].value;
    return STR("");
}

bool request_query(struct request *rq, str name, str *out)
{
    struct str_pieces pairs = str_pieces(rq->query, '&');
    str pair;
    bool found = false;
    while (str_next_piece(&pairs, &pair)) {
        str key, value;
        if (!str_cut(pair, '=', &key, &value))
            value = STR("");
        if (percent_decode(&rq->arena, key, PLUS_IS_BLANK, &key) || !str_equal(key, name))
            continue;
        if (percent_decode(&rq->arena, value, PLUS_IS_BLANK, &value) || !str_is_utf8(value))
            return false;
        *out = value;
        found = true;
    }
    return found;
}

bool request_cookie(struct request *rq, str name, str *out)
{
    return cookie_find(&rq->arena, rq->headers[HEADER_COOKIE], name, out);
}
