#include "gateway/upstream.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/log.h"

#define ANSWER_MAX 65536
#define VALUE_MAX 4096

struct upstream {
    char *whoami; /* its address; owned */
    unsigned calls;
    atomic_uint under_way;
};

enum error upstream_new(str url, unsigned calls, struct upstream **out)
{
    static const char path[] = "/api/current-user/whoami";
    while (str_ends(url, STR("/")))
        url = str_slice(url, 0, url.len - 1);
    struct upstream *upstream = calloc(1, sizeof(*upstream));
    char *whoami = malloc(url.len + sizeof(path));
    if (!upstream || !whoami || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(upstream);
        free(whoami);
        return ERR_INTERNAL;
    }
    memcpy(whoami, url.ptr, url.len);
    memcpy(whoami + url.len, path, sizeof(path));
    upstream->whoami = whoami;
    upstream->calls = calls > 0 ? calls : 1;
    *out = upstream;
    return OK;
}

void upstream_free(struct upstream *upstream)
{
    if (!upstream)
        return;
    free(upstream->whoami);
    free(upstream);
    curl_global_cleanup();
}

static size_t take(char *data, size_t size, size_t count, void *into)
{
    struct buf *body = into;
    return buf_add(body, str_of(data, size * count)) ? 0 : size * count;
}

/* Neither may leave its header: no control character, no blank, no separator. */
static bool is_one_value(str value)
{
    if (str_is_empty(value) || value.len > VALUE_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] <= ' ' || (unsigned char)value.ptr[i] >= 0x7f ||
            value.ptr[i] == ';' || value.ptr[i] == ',')
            return false;
    return true;
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

/* The status of the answer, whose body is in `body`. */
static enum error get(const struct upstream *upstream, const char *credential, struct buf *body,
                      long *status)
{
    CLEANUP(release_curl) CURL *curl = curl_easy_init();
    CLEANUP(release_list) struct curl_slist *headers = curl_slist_append(NULL, credential);
    struct curl_slist *all =
        headers ? curl_slist_append(headers, "Accept: application/json") : NULL;
    if (!curl || !all)
        return ERR_INTERNAL;
    curl_easy_setopt(curl, CURLOPT_URL, upstream->whoami);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, all);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* it is a neighbour, whatever the environment */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)UPSTREAM_SECONDS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "latchkey/" LATCHKEY_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        log_warning("the upstream could not be asked: %s", curl_easy_strerror(code));
        return ERR_UNAVAILABLE;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    return OK;
}

static str member(const json_t *object, const char *name, struct arena *arena)
{
    const json_t *value = json_object_get(object, name);
    return arena_copy(arena, str_of(json_string_value(value), json_string_length(value)));
}

static enum error read_user(str text, struct arena *arena, struct upstream_user *out)
{
    json_t *user = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *meta = json_object_get(user, "active_organization_meta");
    const json_t *organization = json_object_get(user, "active_organization");
    *out = (struct upstream_user){
        .id = json_integer_value(json_object_get(user, "id")),
        .email = member(user, "email", arena),
        .username = member(user, "username", arena),
        .first_name = member(user, "first_name", arena),
        .last_name = member(user, "last_name", arena),
        .organization_id = json_integer_value(organization),
        .organization_title = member(meta, "title", arena),
        .organization_email = member(meta, "email", arena),
    };
    json_decref(user);
    return out->id > 0 && !str_is_empty(out->email) ? OK : ERR_UNAVAILABLE;
}

static enum error ask(const struct upstream *upstream, const char *credential, struct arena *arena,
                      struct upstream_user *out)
{
    CLEANUP(buf_release) struct buf body;
    long status = 0;
    buf_init(&body, ANSWER_MAX);
    enum error err = get(upstream, credential, &body, &status);
    if (err)
        return err;
    if (status == 401 || status == 403)
        return ERR_UNAUTHENTICATED;
    if (status == 200)
        err = read_user(buf_str(&body), arena, out);
    if (status != 200 || err) {
        log_warning("the upstream's whoami answered %ld, and no user", status);
        return ERR_UNAVAILABLE;
    }
    return OK;
}

enum error upstream_whoami(struct upstream *upstream, enum upstream_credential credential,
                           str value, struct arena *arena, struct upstream_user *out)
{
    if (!is_one_value(value))
        return ERR_UNAUTHENTICATED;
    arena_mark_secret(arena);
    str header = ARENA_JOIN(arena,
                            credential == UPSTREAM_COOKIE ? STR("Cookie: sessionid=")
                                                          : STR("Authorization: Bearer "),
                            value);
    if (atomic_fetch_add(&upstream->under_way, 1) >= upstream->calls) {
        atomic_fetch_sub(&upstream->under_way, 1);
        return ERR_BUSY;
    }
    enum error err = ask(upstream, header.ptr, arena, out);
    atomic_fetch_sub(&upstream->under_way, 1);
    return err;
}
