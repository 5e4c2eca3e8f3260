/*
 * Text inside the program: a pointer and a length, passed by value, borrowed, never NULL.
 * Parsing happens with these functions; pointer arithmetic stays in base/.
 */
#ifndef LATCHKEY_BASE_STR_H
#define LATCHKEY_BASE_STR_H

#include "base/compiler.h"
#include "base/error.h"

typedef struct str {
    const char *ptr; /* never NULL; not NUL-terminated */
    size_t len;      /* in bytes */
} str;

/* A literal. */
#define STR(literal) ((str){"" literal, sizeof(literal) - 1})
/* A literal in a static initializer. */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* For "%.*s"; never for a secret. */
#define STR_ARG(s) (int)(s).len, (s).ptr

str str_from(const char *nul_terminated); /* NULL gives the empty text */
str str_of(const char *ptr, size_t len);  /* NULL gives the empty text */

bool str_is_empty(str s);
bool str_equal(str a, str b);
bool str_equal_nocase(str a, str b); /* ASCII letters only */
int str_compare(str a, str b);       /* by bytes: <0, 0, >0 */
bool str_starts(str s, str prefix);
bool str_starts_nocase(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_contains(str s, str part);
bool str_has(str s, char c);
bool str_has_control(str s); /* a byte below 0x20, or 0x7F */
bool str_is_visible(str s);  /* bytes from 0x21 to 0x7E only; the empty text too */

str str_from_at(str s, size_t from); /* without the first `from` bytes; empty past the end */
str str_slice(str s, size_t from, size_t n); /* at most `n` bytes from `from` on */
str str_trim(str s);                         /* without blanks, tabs, CR and LF at both ends */
str str_trim_blanks(str s); /* without blanks and tabs at both ends (RFC 9110 OWS) */

/* Cuts at the first (last) `sep`. False, and `*before` is all of `s`, when there is none. */
bool str_cut(str s, char sep, str *before, str *after);
bool str_cut_last(str s, char sep, str *before, str *after);
/* Cuts at the first `sep`, a text that is not empty. False, and both untouched, when there is none.
 */
bool str_cut_at(str s, str sep, str *before, str *after);

/* Walks the pieces between `sep`: false when `*rest` is used up. "a,,b" has three, "" has one. */
struct str_pieces {
    str rest;
    char sep;
    bool done;
};
struct str_pieces str_pieces(str s, char sep);
bool str_next_piece(struct str_pieces *pieces, str *piece);

/*
 * Decimal digits with an optional '-', the whole of `s`, no blanks, no '+'.
 * ERR_MALFORMED  anything else, or out of range
 */
enum error str_to_i64(str s, int64_t *out) MUST_CHECK;

/* True if `s` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(str s);
/* Number of code points in well-formed UTF-8. */
size_t str_utf8_length(str s);

/* Same length and bytes, in a time that depends on the lengths only. */
bool equal_secret(str a, str b);
/* Overwrites memory in a way that the compiler keeps. */
void wipe(void *memory, size_t bytes);

#endif
