/*
 * The good answer of /auth: what a proxy is told of a caller who may pass.
 */
#ifndef LATCHKEY_GATEWAY_ADMISSION_H
#define LATCHKEY_GATEWAY_ADMISSION_H

#include "service/context.h"

struct request;
struct response;

struct admission {
    struct shared *shared;
    struct db *db;              /* NULL: the fast lane */
    struct request *rq;         /* its principal is who may pass */
    const struct basis *module; /* what nginx's module may keep the answer on; NULL: it may not */
    bool is_known;              /* the credential was shown before */
};

/* The counters that whatever is said of a principal rests on, as they are now. */
struct basis basis_of(const struct shared *shared, const struct principal *who);

/*
 * 200 without a body.
 * ERR_WOULD_BLOCK (in the fast lane only), ERR_NOT_FOUND (the user is gone), and the store's
 */
enum error admit(const struct admission *admission, struct response *rs) MUST_CHECK;

#endif
