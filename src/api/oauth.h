/*
 * The endpoints of the OAuth standards: introspection (RFC 7662), revocation (RFC 7009), tokens
 * (RFC 6749 6, RFC 8693, RFC 8628), metadata (RFC 8414) and public keys (RFC 7517).
 * Clients are public and not registered: a token is the only credential there is.
 */
#ifndef LATCHKEY_API_OAUTH_H
#define LATCHKEY_API_OAUTH_H

#include "http/form.h"
#include "http/request.h"
#include "http/response.h"

struct shared;
struct worker;

#define OAUTH_BODY_MAX 65536

/* The grant types of /oauth/token. */
#define GRANT_REFRESH_TOKEN "refresh_token"
#define GRANT_TOKEN_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define GRANT_DEVICE_CODE "urn:ietf:params:oauth:grant-type:device_code"

/*
 * The form in the body. No parameter may be there twice (RFC 6749 3.1); an empty one counts as
 * absent. The arena is marked: tokens are in it.
 * ERR_UNSUPPORTED_TYPE, ERR_MALFORMED
 */
enum error oauth_form_read(struct request *rq, struct form *out) MUST_CHECK;
/* A parameter; empty when it is not there. */
str oauth_param(const struct form *form, str name);
/* The same for one that must be there: ERR_MALFORMED that names it. */
enum error oauth_require(struct request *rq, const struct form *form, const char *name,
                         str *out) MUST_CHECK;
/* 400 with `name` (static) from the standards' lists; returns the error to return. */
enum error oauth_fail(struct request *rq, const char *name, str description);
/* A `scope` parameter as a list of scopes; `*out` is empty where it is not there. 400 invalid_scope
 * for a malformed one. */
enum error oauth_scope_read(struct request *rq, const struct form *form, str *out) MUST_CHECK;
/* Every name of the list is a scope here. Empty: fine. */
enum error oauth_check_scopes_known(struct shared *shared, struct request *rq,
                                    str scopes) MUST_CHECK;
/* "https://host/base": what clients know this server by. */
str oauth_issuer(const struct shared *shared, struct request *rq);

enum error oauth_token(struct shared *shared, struct request *rq, struct response *rs);
enum error oauth_token_load(struct worker *w, struct request *rq, struct response *rs);
/* The device's side of /oauth/token; `form` is the body. */
enum error oauth_token_of_device(struct worker *w, struct request *rq, const struct form *form,
                                 struct response *rs) MUST_CHECK;
enum error oauth_device_authorization(struct worker *w, struct request *rq, struct response *rs);
enum error oauth_introspect(struct shared *shared, struct request *rq, struct response *rs);
enum error oauth_introspect_load(struct worker *w, struct request *rq, struct response *rs);
enum error oauth_revoke(struct worker *w, struct request *rq, struct response *rs);
enum error oauth_metadata(struct shared *shared, struct request *rq, struct response *rs);
enum error oauth_jwks(struct shared *shared, struct request *rq, struct response *rs);
enum error oauth_jwks_load(struct worker *w, struct request *rq, struct response *rs);

#endif
