#include "http/request.h"

/* May a field come more than once? A list's values are joined (RFC 9110 5.3). */
enum repetition { LIST, SINGLE };

struct header_row {
    str name;
    enum repetition repetition;
};

#define ROW(header, name, repetition) [HEADER_##header] = {STR_INIT(name), repetition}

// clang-format off
static const struct header_row rows[HEADER_COUNT] = {
    ROW(ACCEPT,                          "Accept",                          LIST),
    ROW(ACCEPT_ENCODING,                 "Accept-Encoding",                 LIST),
    ROW(ACCEPT_LANGUAGE,                 "Accept-Language",                 LIST),
    ROW(ACCESS_CONTROL_REQUEST_HEADERS,  "Access-Control-Request-Headers",  LIST),
    ROW(ACCESS_CONTROL_REQUEST_METHOD,   "Access-Control-Request-Method",   SINGLE),
    ROW(AUTHORIZATION,                   "Authorization",                   SINGLE),
    ROW(CONTENT_ENCODING,                "Content-Encoding",                SINGLE),
    ROW(CONTENT_LENGTH,                  "Content-Length",                  SINGLE),
    ROW(CONTENT_TYPE,                    "Content-Type",                    SINGLE),
    ROW(COOKIE,                          "Cookie",                          LIST),
    ROW(EXPECT,                          "Expect",                          LIST),
    ROW(FORWARDED,                       "Forwarded",                       LIST),
    ROW(HOST,                            "Host",                            SINGLE),
    ROW(IDEMPOTENCY_KEY,                 "Idempotency-Key",                 SINGLE),
    ROW(IF_MODIFIED_SINCE,               "If-Modified-Since",               LIST),
    ROW(IF_NONE_MATCH,                   "If-None-Match",                   LIST),
    ROW(ORIGIN,                          "Origin",                          SINGLE),
    ROW(RANGE,                           "Range",                           SINGLE),
    ROW(REFERER,                         "Referer",                         SINGLE),
    ROW(SEC_FETCH_DEST,                  "Sec-Fetch-Dest",                  SINGLE),
    ROW(SEC_FETCH_MODE,                  "Sec-Fetch-Mode",                  SINGLE),
    ROW(SEC_FETCH_SITE,                  "Sec-Fetch-Site",                  SINGLE),
    ROW(TRANSFER_ENCODING,               "Transfer-Encoding",               SINGLE),
    ROW(USER_AGENT,                      "User-Agent",                      LIST),
    ROW(X_API_KEY,                       "X-API-Key",                       SINGLE),
    ROW(X_CSRFTOKEN,                     "X-CSRFToken",                     SINGLE),
    ROW(X_ENVOY_ORIGINAL_PATH,           "X-Envoy-Original-Path",           SINGLE),
    ROW(X_FORWARDED_FOR,                 "X-Forwarded-For",                 LIST),
    ROW(X_FORWARDED_HOST,                "X-Forwarded-Host",                LIST),
    ROW(X_FORWARDED_METHOD,              "X-Forwarded-Method",              SINGLE),
    ROW(X_FORWARDED_PREFIX,              "X-Forwarded-Prefix",              LIST),
    ROW(X_FORWARDED_PROTO,               "X-Forwarded-Proto",               LIST),
    ROW(X_FORWARDED_URI,                 "X-Forwarded-Uri",                 SINGLE),
    ROW(X_HTTP_METHOD,                   "X-HTTP-Method",                   LIST),
    ROW(X_HTTP_METHOD_OVERRIDE,          "X-HTTP-Method-Override",          LIST),
    ROW(X_LATCHKEY_WANT,                 "X-Latchkey-Want",                 SINGLE),
    ROW(X_METHOD_OVERRIDE,               "X-Method-Override",               LIST),
    ROW(X_ORIGINAL_METHOD,               "X-Original-Method",               SINGLE),
    ROW(X_ORIGINAL_URI,                  "X-Original-URI",                  SINGLE),
    ROW(X_ORIGINAL_URL,                  "X-Original-URL",                  LIST),
    ROW(X_REAL_IP,                       "X-Real-IP",                       SINGLE),
    ROW(X_REQUEST_ID,                    "X-Request-ID",                    LIST),
    ROW(X_REQUESTED_WITH,                "X-Requested-With",                LIST),
    ROW(X_REWRITE_URL,                   "X-Rewrite-URL",                   LIST),
};
// clang-format on

#define MAX_NAME_BYTES 30
#define MAX_OF_A_LENGTH 7

/* The fields whose names have so many bytes. */
#define H(header) (HEADER_##header + 1)
#define END 0
// clang-format off
static const unsigned char by_length[MAX_NAME_BYTES + 1][MAX_OF_A_LENGTH] = {
    [4] = {H(HOST), END},
    [5] = {H(RANGE), END},
    [6] = {H(ACCEPT), H(COOKIE), H(EXPECT), H(ORIGIN), END},
    [7] = {H(REFERER), END},
    [9] = {H(FORWARDED), H(X_API_KEY), H(X_REAL_IP), END},
    [10] = {H(USER_AGENT), END},
    [11] = {H(X_CSRFTOKEN), END},
    [12] = {H(CONTENT_TYPE), H(X_REQUEST_ID), END},
    [13] = {H(AUTHORIZATION), H(IF_NONE_MATCH), H(X_HTTP_METHOD), H(X_REWRITE_URL), END},
    [14] = {H(CONTENT_LENGTH), H(SEC_FETCH_DEST), H(SEC_FETCH_MODE), H(SEC_FETCH_SITE),
        H(X_ORIGINAL_URI), H(X_ORIGINAL_URL), END},
    [15] = {H(ACCEPT_ENCODING), H(ACCEPT_LANGUAGE), H(IDEMPOTENCY_KEY),
        H(X_FORWARDED_FOR), H(X_FORWARDED_URI), H(X_LATCHKEY_WANT), END},
    [16] = {H(CONTENT_ENCODING), H(X_FORWARDED_HOST), H(X_REQUESTED_WITH), END},
    [17] = {H(IF_MODIFIED_SINCE), H(TRANSFER_ENCODING), H(X_FORWARDED_PROTO),
        H(X_METHOD_OVERRIDE), H(X_ORIGINAL_METHOD), END},
    [18] = {H(X_FORWARDED_METHOD), H(X_FORWARDED_PREFIX), END},
    [21] = {H(X_ENVOY_ORIGINAL_PATH), END},
    [22] = {H(X_HTTP_METHOD_OVERRIDE), END},
    [29] = {H(ACCESS_CONTROL_REQUEST_METHOD), END},
    [30] = {H(ACCESS_CONTROL_REQUEST_HEADERS), END},
};
// clang-format on

enum header header_of(str name)
{
    if (name.len > MAX_NAME_BYTES)
        return HEADER_COUNT;
    for (const unsigned char *at = by_length[name.len]; *at != END; at++)
        if (str_equal_nocase(name, rows[*at - 1].name))
            return (enum header)(*at - 1);
    return HEADER_COUNT;
}

str header_name(enum header header)
{
    return rows[header].name;
}

bool header_is_single(enum header header)
{
    return rows[header].repetition == SINGLE;
}
