/*
 * What the forms of signing in and up have in common: their CSRF token, where to go afterwards, and
 * the cookies.
 */
#ifndef LATCHKEY_API_PAGE_SESSION_H
#define LATCHKEY_API_PAGE_SESSION_H

#include "http/form.h"
#include "http/request.h"
#include "http/response.h"
#include "service/sign_in.h"

/* Reads the form and checks its CSRF token and its origin. ERR_CROSS_SITE, ERR_MALFORMED, … */
enum error form_read_checked(const struct shared *shared, struct request *rq,
                             struct form *out) MUST_CHECK;
/* A field's value; empty when it is not there. */
str form_text(const struct form *form, str name);

/* A hidden field with the CSRF token, whose cookie is set. */
str form_csrf_field(const struct shared *shared, struct request *rq, struct response *rs);

/* `?next=` if it is a path of this host, else "/". */
str next_page(const struct shared *shared, struct request *rq);
/* To the page that asks to sign in, and back to this one afterwards. */
enum error redirect_to_login(const struct shared *shared, struct request *rq, struct response *rs);

/* The cookies of a new session and, with it, a new CSRF token; then to `location`. */
enum error enter(const struct shared *shared, struct request *rq, struct response *rs,
                 const struct session *session, str location);
/* The cookies alone; gives the CSRF token for headers. */
str session_cookies(const struct shared *shared, struct request *rq, struct response *rs,
                    const struct session *session);
/* The CSRF token for headers, of the cookie that came, or of a new one. */
str csrf_token_given(const struct shared *shared, struct request *rq, struct response *rs);
/* Who signs in, and from where. */
struct sign_in_order sign_in_order_of(struct request *rq, str email, str password,
                                      bool is_persistent);

#endif
