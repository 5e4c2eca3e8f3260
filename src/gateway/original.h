/*
 * The request that a proxy asks about, in the proxies' dialects.
 *
 *   nginx           X-Original-Method, X-Original-URI
 *   Caddy, Traefik  X-Forwarded-Method, X-Forwarded-Uri
 *   Envoy           the request itself, its path behind /auth
 *
 * Whoever may say these is a proxy of ours: from anybody else they are refused, for then a client
 * is asking in another's name.
 */
#ifndef LATCHKEY_GATEWAY_ORIGINAL_H
#define LATCHKEY_GATEWAY_ORIGINAL_H

#include "base/error.h"
#include "http/request.h"

enum proxy_dialect { PROXY_NONE, PROXY_NGINX, PROXY_FORWARDED, PROXY_ENVOY };

struct original {
    enum proxy_dialect dialect;
    enum method method;
    bool has_method; /* somebody said it: it is not that of the question itself */
    str path;        /* decoded once, "//" collapsed; empty when nobody said it */
    str raw_path;    /* as sent, escapes and all; empty when nobody said it */
    str query;       /* as sent, without the '?' */
};

/*
 * ERR_FORBIDDEN  an untrusted peer sent such headers
 * ERR_MALFORMED  two dialects disagree, a path cannot be read, or it has "." or ".." segments or
 *                encoded slashes: what the upstream makes of those, nobody knows
 */
enum error original_read(struct request *rq, bool peer_is_trusted, struct original *out) MUST_CHECK;

#endif
