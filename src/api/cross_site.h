/*
 * Requests that another site made a browser send. Only where a session or HTTP Basic is the
 * credential that counts: a browser adds these by itself, and nothing else.
 */
#ifndef LATCHKEY_API_CROSS_SITE_H
#define LATCHKEY_API_CROSS_SITE_H

#include "http/request.h"
#include "service/context.h"

/*
 * An unsafe request with a session needs the same origin, or the CSRF token in X-CSRFToken; a
 * foreign Origin, or Sec-Fetch-Site: cross-site, is refused whatever else it carries.
 * ERR_CROSS_SITE
 */
enum error cross_site_check(const struct shared *shared, struct request *rq) MUST_CHECK;

/*
 * The same for HTTP Basic: a browser that once was given it adds it by itself, too, but knows no
 * CSRF token to go with it; programs do not say from where they come, and pass.
 * ERR_CROSS_SITE
 */
enum error cross_site_check_basic(const struct shared *shared, struct request *rq) MUST_CHECK;

/* The half of it that needs no session: a foreign sender is refused. For signing in. */
enum error cross_site_check_sender(const struct shared *shared, struct request *rq) MUST_CHECK;

/* The scheme and host that the client used, "https://host:port"; --public-url counts more. */
str origin_of(const struct shared *shared, struct request *rq);

/*
 * Django's CSRF tokens: 32 characters in the cookie `csrftoken`; in forms and headers the same, or
 * masked, in 64 characters.
 */
str csrf_new(struct arena *arena);
str csrf_mask(str secret, struct arena *arena); /* 64 characters, different each time */
bool csrf_matches(str cookie, str token, struct arena *arena);

#endif
