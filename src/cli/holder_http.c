#include "cli/holder_http.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/encoding.h"

#define ANSWER_MAX 262144
#define CONNECT_SECONDS 10
#define CALL_SECONDS 30

static bool is_loopback(str host)
{
    return str_equal_nocase(host, STR("localhost")) || str_starts(host, STR("127.")) ||
           str_equal(host, STR("[::1]"));
}

/* "host" of "host:port/path" or "[::1]:port/path" */
static str host_of(str rest)
{
    str host, ignored;
    (void)str_cut(rest, '/', &host, &ignored);
    if (str_starts(host, STR("["))) {
        str before, after;
        return str_cut(host, ']', &before, &after) ? str_slice(host, 0, before.len + 1) : STR("");
    }
    (void)str_cut(host, ':', &host, &ignored);
    return host;
}

enum error holder_server_read(str url, enum http_secrecy secrecy, struct arena *arena, str *problem,
                              str *out)
{
    while (str_ends(url, STR("/")))
        url = str_slice(url, 0, url.len - 1);
    bool is_https = str_starts(url, STR("https://")), is_http = str_starts(url, STR("http://"));
    str rest = str_from_at(url, is_https ? 8 : 7);
    str host = host_of(rest);
    if ((!is_https && !is_http) || str_is_empty(host) || !str_is_visible(url) ||
        str_has(url, '@') || str_has(url, '?') || str_has(url, '#')) {
        *problem =
            arena_printf(arena,
                         "'%.*s' is no address of a server; write it as https://example.com or "
                         "https://example.com/path",
                         STR_ARG(url));
        return ERR_INVALID;
    }
    /* "127.example.com" is a name that anybody may own */
    bool is_here = is_loopback(host);
    for (size_t i = 0; i < host.len && str_starts(host, STR("127.")); i++)
        is_here = is_here && (host.ptr[i] == '.' || (host.ptr[i] >= '0' && host.ptr[i] <= '9'));
    if (is_http && !is_here && secrecy == HTTPS_ONLY) {
        *problem = arena_printf(arena,
                                "'%.*s' would send your token readable by all on the way; use "
                                "https, or --insecure-http where you trust the network",
                                STR_ARG(url));
        return ERR_INVALID;
    }
    *out = arena_copy(arena, url);
    return OK;
}

static size_t take(char *data, size_t size, size_t count, void *into)
{
    struct buf *body = into;
    return buf_add(body, str_of(data, size * count)) ? 0 : size * count;
}

static void release_curl(CURL **curl)
{
    if (*curl)
        curl_easy_cleanup(*curl);
}

static void release_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static bool add_header(struct curl_slist **list, const char *name, str value, struct arena *arena)
{
    if (str_is_empty(value))
        return true;
    struct curl_slist *longer = curl_slist_append(
        *list, arena_cstr(arena, ARENA_JOIN(arena, str_from(name), STR(": "), value)));
    if (longer)
        *list = longer;
    return longer != NULL;
}

static void set_up(CURL *curl, const struct holder_server *server, str path, struct arena *arena)
{
    curl_easy_setopt(curl, CURLOPT_URL, arena_cstr(arena, ARENA_JOIN(arena, server->url, path)));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)CALL_SECONDS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "latchkey/" LATCHKEY_VERSION);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    if (str_starts(server->url, STR("http://"))) /* a proxy would read along */
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (!str_is_empty(server->ca_file))
        curl_easy_setopt(curl, CURLOPT_CAINFO, arena_cstr(arena, server->ca_file));
}

enum error holder_call(const struct holder_server *server, str path, const char *type, str body,
                       str authorization, struct arena *arena, str *problem,
                       struct holder_answer *out)
{
    CLEANUP(release_curl) CURL *curl = curl_easy_init();
    CLEANUP(release_list) struct curl_slist *headers = NULL;
    CLEANUP(buf_release) struct buf answer;
    char words[CURL_ERROR_SIZE] = "";
    buf_init(&answer, ANSWER_MAX);
    if (!curl || !add_header(&headers, "Accept", STR(TYPE_JSON), arena) ||
        !add_header(&headers, "Content-Type", str_from(type), arena) ||
        !add_header(&headers, "Authorization", authorization, arena))
        return ERR_INTERNAL;
    set_up(curl, server, path, arena);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (!str_is_empty(str_from(type))) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.ptr);
    }
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        *problem = arena_printf(arena, "%.*s: %s", STR_ARG(server->url),
                                words[0] ? words : curl_easy_strerror(code));
        return ERR_UNAVAILABLE;
    }
    str text = buf_str(&answer);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    out->body = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    return OK;
}

void holder_answer_release(struct holder_answer *answer)
{
    json_decref(answer->body);
    *answer = (struct holder_answer){0};
}

str holder_answer_text(const struct holder_answer *answer, const char *name)
{
    const json_t *value = json_object_get(answer->body, name);
    return str_of(json_string_value(value), json_string_length(value));
}

str form_pair(struct arena *arena, const char *name, str value)
{
    if (str_is_empty(value))
        return STR("");
    return ARENA_JOIN(arena, STR("&"), str_from(name), STR("="),
                      percent_encode(arena, value, ESCAPE_SLASH));
}
