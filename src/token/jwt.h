/*
 * JSON Web Tokens in compact form (RFC 7515 7.1, RFC 7519), read strictly and written in Label
 * Studio's form. Pure functions, any thread.
 *
 * The signature is checked before any claim is read, with the algorithm of the key and never that
 * of the header (RFC 8725 3.1). A header's `kid` chooses the key; an unknown one, or none, means
 * the keys without a kid, for Label Studio ignores it. Refused whatever the signature: padding and
 * non-canonical base64url, `none`, `crit`, members given twice, deep nesting, bytes after the end,
 * bad UTF-8.
 */
#ifndef LATCHKEY_TOKEN_JWT_H
#define LATCHKEY_TOKEN_JWT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "token/claims.h"
#include "token/key_ring.h"

#define JWT_MAX_BYTES 8192 /* a longer token is refused unread */

/*
 * The claims of a token that a key of the ring has signed. They are not yet checked: see
 * claims_check. The texts live in the arena; a token in our own form needs little of it.
 *
 * ERR_MALFORMED  not a JWT, or one of the refused forms above
 * ERR_FORGED     no key of ours made this signature
 */
enum error jwt_verify(str token, const struct key_ring *keys, struct arena *arena,
                      struct claims *out) MUST_CHECK;

/*
 * Signs token_type, exp, iat, jti and user_id, in this order, and then `extra`: equal input gives
 * equal bytes, the bytes of Label Studio (given user_id_json `"7"`). An empty user_id_json is made
 * of user_id. The token is a secret and lives in the arena.
 *
 * ERR_MALFORMED  a text has characters that need escapes, or the token would get too long
 * ERR_FORBIDDEN  the key verifies only
 * ERR_INTERNAL   the library failed; the log has its words
 */
enum error jwt_sign(const struct claims *claims, const struct signing_key *key, struct arena *arena,
                    str *out) MUST_CHECK;

/* header.payload of the token that jwt_sign would make. ERR_MALFORMED as there. */
enum error jwt_write_unsigned(const struct claims *claims, enum jwt_algorithm algorithm, str kid,
                              struct arena *arena, str *out) MUST_CHECK;

/* The part that may be stored and listed: header.payload. Empty if there is no dot. */
str jwt_unsigned_part(str token);

/*
 * The claims of a whole or truncated token with NO LOOK AT THE SIGNATURE: anybody can have written
 * them. For showing a token, and for finding the row of a jti.
 * ERR_MALFORMED  as jwt_verify, the signature part apart
 */
enum error jwt_peek_unverified(str text, struct arena *arena, struct claims *out) MUST_CHECK;

#endif
