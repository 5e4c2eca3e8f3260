#include "service/webhook_address.h"

#include <curl/curl.h>

/* IANA's special-purpose registries (RFC 6890 and after). */
static const char *const not_public[] = {
    "0.0.0.0/8",       /* this network */
    "10.0.0.0/8",      /* private */
    "100.64.0.0/10",   /* carrier-grade NAT */
    "127.0.0.0/8",     /* loopback */
    "169.254.0.0/16",  /* link-local, and the metadata of clouds */
    "172.16.0.0/12",   /* private */
    "192.0.0.0/24",    /* protocol assignments */
    "192.0.2.0/24",    /* documentation */
    "192.88.99.0/24",  /* 6to4 relays, withdrawn */
    "192.168.0.0/16",  /* private */
    "198.18.0.0/15",   /* benchmarking */
    "198.51.100.0/24", /* documentation */
    "203.0.113.0/24",  /* documentation */
    "224.0.0.0/4",     /* multicast */
    "240.0.0.0/4",     /* reserved, broadcast */
    "2001::/23",       /* protocol assignments, Teredo */
    "2001:db8::/32",   /* documentation */
    "3fff::/20",       /* documentation */
};
#define GLOBAL_UNICAST "2000::/3" /* all of IPv6 that is given to anybody */
#define NAT64 "64:ff9b::/96"      /* an IPv4 address in the last 4 bytes */
#define SIX_TO_FOUR "2002::/16"   /* … in bytes 2 to 5 */

static bool is_in(const char *network_text, const struct ip_address *address)
{
    struct network network;
    return !network_read(str_from(network_text), &network) && network_has(&network, address);
}

static bool embedded_is_public(const struct ip_address *address, size_t at)
{
    struct ip_address inner = {.family = 4};
    memcpy(inner.bytes, address->bytes + at, 4);
    return address_is_public(&inner);
}

bool address_is_public(const struct ip_address *address)
{
    if (address->family != 4 && address->family != 6)
        return false;
    for (size_t i = 0; i < COUNT_OF(not_public); i++)
        if (is_in(not_public[i], address))
            return false;
    if (address->family == 4)
        return true;
    if (is_in(NAT64, address))
        return embedded_is_public(address, 12);
    if (is_in(SIX_TO_FOUR, address))
        return embedded_is_public(address, 2);
    return is_in(GLOBAL_UNICAST, address);
}

static void release_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

/* Copies one part of it into the arena; empty where there is none. */
static str part_of(CURLU *url, CURLUPart part, struct arena *arena)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
        return STR("");
    str copy = arena_copy(arena, str_from(text));
    curl_free(text);
    return copy;
}

static bool host_is_never_public(str host)
{
    struct ip_address address;
    str bare = str_starts(host, STR("[")) ? str_slice(host, 1, host.len - 2) : host;
    if (!ip_address_read(bare, &address))
        return !address_is_public(&address);
    return str_equal_nocase(host, STR("localhost")) || str_ends(host, STR(".localhost"));
}

static enum error refuse(str *problem, str why)
{
    *problem = why;
    return ERR_INVALID;
}

enum error webhook_url_check(str text, bool allow_private, struct arena *arena, str *problem)
{
    if (text.len == 0 || text.len > WEBHOOK_URL_MAX || !str_is_visible(text))
        return refuse(problem, STR("Must be a URL of at most 2048 visible ASCII characters."));
    CLEANUP(release_url) CURLU *url = curl_url();
    if (!url || curl_url_set(url, CURLUPART_URL, arena_cstr(arena, text), 0) != CURLUE_OK)
        return refuse(problem, STR("Must be a URL as https://example.com/hook."));
    str scheme = part_of(url, CURLUPART_SCHEME, arena);
    bool is_http = str_equal(scheme, STR("http"));
    if (!str_equal(scheme, STR("https")) && !(is_http && allow_private))
        return refuse(problem, is_http
                                   ? STR("Must be https://; http:// is for servers that run with "
                                         "--webhook-private-addresses.")
                                   : STR("Must begin with https://."));
    if (!str_is_empty(part_of(url, CURLUPART_USER, arena)) ||
        !str_is_empty(part_of(url, CURLUPART_PASSWORD, arena)))
        return refuse(problem, STR("Must hold no user name and no password: deliveries are "
                                   "signed."));
    if (str_has(text, '#'))
        return refuse(problem, STR("Must have no fragment."));
    if (!allow_private && host_is_never_public(part_of(url, CURLUPART_HOST, arena)))
        return refuse(problem,
                      STR("Must lead to a public address: loopback, private and link-local ones "
                          "are for servers that run with --webhook-private-addresses."));
    return OK;
}

str webhook_url_shown(str url, struct arena *arena)
{
    str bare, query, piece;
    if (!str_cut(url, '?', &bare, &query))
        return url;
    str shown = ARENA_JOIN(arena, bare, STR("?"));
    struct str_pieces pieces = str_pieces(query, '&');
    for (bool is_first = true; str_next_piece(&pieces, &piece); is_first = false) {
        str name, value;
        bool is_named = str_cut(piece, '=', &name, &value);
        shown = ARENA_JOIN(arena, shown, is_first ? STR("") : STR("&"), is_named ? name : STR(""),
                           is_named ? STR("=\xe2\x80\xa6") : STR("\xe2\x80\xa6"));
    }
    return shown;
}
