/*
 * From where a credential counts: the networks of its token, and of its organization.
 *
 * Looked at on each request, from memory; the lists are kept by token and by organization. A
 * browser's session is bound to none.
 */
#ifndef LATCHKEY_AUTH_GUARD_H
#define LATCHKEY_AUTH_GUARD_H

#include "auth/authenticate.h"
#include "base/network.h"

#define ALLOWED_IPS_MAX 50 /* networks of one list */
/* An answer in auth->addresses: a list. */
#define GUARD_LIST_BYTES (ALLOWED_IPS_MAX * sizeof(struct network))

/*
 * `address` is the client's, as text: the peer's, or as a trusted proxy says. `db` NULL: the fast
 * lane. Whoever asks looks at `who->guards` first: mostly it is 0, and there is nothing to ask.
 * OK
 * ERR_ADDRESS      not from there; also when the address is not known ("unix", "unknown")
 * ERR_WOULD_BLOCK  only in the fast lane
 * and what the store says
 */
enum error guard_check_address(struct auth *auth, struct db *db, const struct principal *who,
                               str address, usec now, struct arena *arena) MUST_CHECK;

/*
 * A list as text, as it is stored: networks, one space apart, in the order given, each once, in one
 * spelling ("10.0.0.0/8", "192.0.2.1", IPv4 never within IPv6).
 * ERR_MALFORMED  `problem` is a sentence with the remedy
 */
enum error allowed_ips_make(const str *texts, size_t count, struct arena *arena, str *problem,
                            str *out) MUST_CHECK;
/* Every address of `to` is in one network of `from`. Empty: from anywhere. */
bool allowed_ips_narrow(str from, str to);
/* The address is in the list; an empty list has all. */
bool allowed_ips_have(str list, str address);

#endif
