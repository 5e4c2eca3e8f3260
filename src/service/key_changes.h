/*
 * Changing the keys that sign tokens, so that no token within its life stops counting.
 *
 *   next ──rotate──▶ current ──rotate──▶ retiring ──retire──▶ retired
 *
 * There are two families. The HS256 keys sign PATs and the access tokens for a Label Studio: one of
 * them is current always. The keys with a public half (EdDSA, ES256, RS256) sign access tokens for
 * clients as long as one of them is current; without one an HS256 key signs these too.
 * A public key that retires ends by itself once the last access token that it can have signed has
 * ended. An HS256 key signs PATs, which live for years: it retires until somebody says otherwise.
 *
 * All of it works beside running daemons, which know of it with their next request.
 */
#ifndef LATCHKEY_SERVICE_KEY_CHANGES_H
#define LATCHKEY_SERVICE_KEY_CHANGES_H

#include "crypto/signature.h"
#include "service/context.h"
#include "store/signing_keys.h"

/* How long verifiers may go without looking at the JWKS: what its Cache-Control says. */
#define JWKS_AGE_SECONDS 300
/* From then on a key that was published is known to whoever keeps to that. */
#define KEY_PUBLISHED_FIRST SECONDS(2 * JWKS_AGE_SECONDS)
/* No access token lives longer than --access-token-ttl can say, with the most leeway and skew. */
#define ACCESS_TOKENS_END_AFTER (DAYS(1) + MINUTES(10))

/* The command line and answers call Label Studio's SECRET_KEY, which has no kid, by this name. */
#define SECRET_KEY_NAME "secret-key"
str key_shown_name(str kid);
str key_state_name(enum key_state state); /* "next", … */

/*
 * Makes a key. `state` KEY_NEXT: published, and signing after the next rotation; KEY_CURRENT:
 * signing at once, and its family's current one retires.
 * ERR_CONFLICT  KEY_NEXT, and the family has a next key
 * ERR_LIMIT     there are SIGNING_KEYS_MAX that are not retired
 */
enum error key_add(struct worker *w, const struct principal *who, enum jwt_algorithm algorithm,
                   enum key_state state, usec now, struct arena *arena,
                   struct signing_key_row *out) MUST_CHECK;

enum rotation_patience { PUBLISH_FIRST, ROTATE_NOW };

struct key_rotation {
    struct signing_key_row current; /* what signs now; kid and algorithm empty: nothing changed */
    struct signing_key_row next;    /* what will after the next rotation; empty: none */
    usec ready_at; /* nothing changed, or ERR_TOO_EARLY: when `next` may begin to sign */
};

/*
 * The family's next key begins to sign, and the current one retires. A family with public halves
 * gets another next key; where it has none yet, one is made, and that is all: it has to be
 * published first. An HS256 key is made and signs in one go. `algorithm` is that of a key which is
 * made; its family is the one that rotates.
 * ERR_TOO_EARLY  PUBLISH_FIRST, and the next key was published less than KEY_PUBLISHED_FIRST ago
 * ERR_LIMIT      as key_add
 */
enum error key_rotate(struct worker *w, const struct principal *who, enum jwt_algorithm algorithm,
                      enum rotation_patience patience, usec now, struct arena *arena,
                      struct key_rotation *out) MUST_CHECK;

/* What `key rotate` means without an algorithm: that of the key which signs access tokens. */
enum error key_rotating_algorithm(struct worker *w, struct arena *arena,
                                  enum jwt_algorithm *out) MUST_CHECK;

enum retirement { RETIRE_WHEN_DONE, RETIRE_BY_FORCE };

struct key_retirement {
    enum key_state state; /* that it has now: KEY_RETIRED, or KEY_RETIRING for a while */
    int64_t living_pats;  /* with ERR_CONFLICT, or that were ended by force */
    usec ends_at;         /* when its last access tokens have ended; 0: no matter */
};

/*
 * `name` is a kid or SECRET_KEY_NAME. A next key is withdrawn; a retiring one ends; a current one
 * with a public half retires, HS256 signs again, and it ends by itself.
 * ERR_NOT_FOUND  no such key, or it is retired
 * ERR_FORBIDDEN  the HS256 key that signs: rotate first
 * ERR_CONFLICT   RETIRE_WHEN_DONE, and PATs or access tokens that it signed can still live
 */
enum error key_retire(struct worker *w, const struct principal *who, str name,
                      enum retirement retirement, usec now, struct arena *arena,
                      struct key_retirement *out) MUST_CHECK;

/* Ends the public keys whose last access tokens have ended. For housekeeping. */
enum error keys_retire_done(struct worker *w, usec now, struct arena *arena) MUST_CHECK;

#endif
