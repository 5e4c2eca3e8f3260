/*
 * Bytes as text and back. The decoders are strict: one text for each value, nothing ignored.
 */
#ifndef LATCHKEY_BASE_ENCODING_H
#define LATCHKEY_BASE_ENCODING_H

#include "base/arena.h"
#include "base/str.h"

/* Lower-case hexadecimal. */
str hex_encode(struct arena *arena, str bytes);
enum error hex_decode(struct arena *arena, str text, str *out) MUST_CHECK;

/* RFC 4648 5 without padding. Decoding refuses padding, other characters and unused bits that are
 * set. */
str base64url_encode(struct arena *arena, str bytes);
enum error base64url_decode(struct arena *arena, str text, str *out) MUST_CHECK;
/* Into memory of the caller's, which has room for 4/3 of `bytes`, rounded up; returns the length.
 */
size_t base64url_encode_into(char *to, str bytes);
/* Into memory of the caller's, which has room for 3/4 of `text`. */
enum error base64url_decode_into(unsigned char *to, str text, size_t *len) MUST_CHECK;

/* RFC 4648 4 with padding. */
str base64_encode(struct arena *arena, str bytes);
enum error base64_decode(struct arena *arena, str text, str *out) MUST_CHECK;

/*
 * %XX decoding of a URL's part; with PLUS_IS_BLANK also '+', for forms and queries.
 * ERR_MALFORMED  a '%' without two hexadecimal digits
 */
enum percent_mode { PLUS_IS_PLUS, PLUS_IS_BLANK };
enum error percent_decode(struct arena *arena, str text, enum percent_mode mode,
                          str *out) MUST_CHECK;
/* Leaves RFC 3986's unreserved characters, and '/' with KEEP_SLASH. */
enum slash_mode { ESCAPE_SLASH, KEEP_SLASH };
str percent_encode(struct arena *arena, str text, enum slash_mode mode);

/* & < > " ' as character references ("&amp;", "&#x27;"), as Django writes them. */
str html_escape(struct arena *arena, str text);

#endif
