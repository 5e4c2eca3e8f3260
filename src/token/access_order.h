/*
 * Access tokens that are not simply a PAT's: narrower ones, and those of API keys. The same form,
 * and their parent's key in their jti likewise.
 */
#ifndef LATCHKEY_TOKEN_ACCESS_ORDER_H
#define LATCHKEY_TOKEN_ACCESS_ORDER_H

#include "token/access.h"

struct access_order {
    uint64_t parent_key; /* see token_parent_key; not 0 */
    int64_t user_id;
    str user_id_json; /* as its parent has it; empty: a text, "7" */
    str scopes;       /* a list of scopes, the claim `scope`; empty: no claim, not restricted */
    bool of_api_key;  /* said in a claim: which of the organization's switches it hangs on */
    usec ends_at;     /* it ends then at the latest: with what it came from */
};

/* Lives for `ttl_seconds` at most. ERR_EXPIRED: it would have ended; and those of jwt_sign. */
enum error access_sign_order(const struct access_order *order, const struct signing_key *key,
                             usec now, int64_t ttl_seconds, struct arena *arena,
                             struct new_access *out) MUST_CHECK;

/* It was exchanged for an API key. */
bool access_is_of_api_key(const struct access *access);

#endif
