/*
 * A growing buffer with a ceiling. What goes over the ceiling is dropped and remembered, so that a
 * writer checks once, at the end. One thread at a time.
 */
#ifndef LATCHKEY_BASE_BUF_H
#define LATCHKEY_BASE_BUF_H

#include "base/str.h"

struct buf {
    char *ptr;      /* owned */
    size_t len;     /* bytes in use */
    size_t room;    /* bytes allocated */
    size_t ceiling; /* never more than this */
    bool overflown; /* something was dropped */
};

void buf_init(struct buf *buf, size_t ceiling_bytes);
void buf_release(struct buf *buf); /* wipes first */
void buf_clear(struct buf *buf);

/* ERR_TOO_LARGE if this or anything before went over the ceiling; may be looked at once, at the
 * end. */
enum error buf_add(struct buf *buf, str s);
enum error buf_add_byte(struct buf *buf, char c);
enum error buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Borrowed until the next change. */
str buf_str(const struct buf *buf);

#endif
