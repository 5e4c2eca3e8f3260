#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void buf_init(struct buf *buf, size_t ceiling_bytes)
{
    *buf = (struct buf){.ceiling = ceiling_bytes};
}

void buf_release(struct buf *buf)
{
    if (buf->ptr)
        wipe(buf->ptr, buf->room);
    free(buf->ptr);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflown = false;
}

static bool make_room(struct buf *buf, size_t more)
{
    if (more > buf->ceiling || buf->len > buf->ceiling - more) {
        buf->overflown = true;
        return false;
    }
    if (buf->len + more <= buf->room)
        return true;
    size_t room = buf->room ? buf->room : 256;
    while (room < buf->len + more)
        room *= 2;
    if (room > buf->ceiling)
        room = buf->ceiling;
    /* not realloc: the old place may hold a secret, and is wiped before it is given back */
    char *bigger = malloc(room);
    if (!bigger) {
        fputs("latchkey: out of memory\n", stderr);
        abort();
    }
    if (buf->ptr) {
        memcpy(bigger, buf->ptr, buf->len);
        wipe(buf->ptr, buf->room);
        free(buf->ptr);
    }
    buf->ptr = bigger;
    buf->room = room;
    return true;
}

enum error buf_add(struct buf *buf, str s)
{
    if (buf->overflown || (s.len > 0 && !make_room(buf, s.len)))
        return ERR_TOO_LARGE;
    if (s.len > 0)
        memcpy(buf->ptr + buf->len, s.ptr, s.len);
    buf->len += s.len;
    return OK;
}

enum error buf_add_byte(struct buf *buf, char c)
{
    return buf_add(buf, (str){&c, 1});
}

enum error buf_addf(struct buf *buf, const char *format, ...)
{
    char small[512];
    va_list first, second;
    va_start(first, format);
    va_copy(second, first);
    int len = vsnprintf(small, sizeof(small), format, first);
    va_end(first);
    if (len < 0)
        abort(); /* a format of our own that libc does not know */
    enum error err;
    if ((size_t)len < sizeof(small)) {
        err = buf_add(buf, (str){small, (size_t)len});
    } else if (buf->overflown || !make_room(buf, (size_t)len)) {
        err = ERR_TOO_LARGE;
    } else {
        char *large = malloc((size_t)len + 1);
        if (!large)
            abort();
        vsnprintf(large, (size_t)len + 1, format, second);
        err = buf_add(buf, (str){large, (size_t)len});
        wipe(large, (size_t)len);
        free(large);
    }
    wipe(small, sizeof(small));
    va_end(second);
    return err;
}

str buf_str(const struct buf *buf)
{
    return str_of(buf->ptr, buf->len);
}
