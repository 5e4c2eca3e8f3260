/*
 * gzip (RFC 1952) of a text whose beginning was packed by the build and whose end is known only
 * now.
 */
#ifndef LATCHKEY_HTTP_GZIP_H
#define LATCHKEY_HTTP_GZIP_H

#include "base/arena.h"
#include "base/str.h"

#define GZIP_END_MAX 65535 /* bytes of an end, and of each text that is not packed */

/*
 * `begun` is a gzip header, whole blocks of which none is the last, and eight bytes: CRC-32 and
 * length of what is in them (tools/openapi). `end` follows as it is, in a block of its own.
 */
str gzip_finish(struct arena *arena, str begun, str end);

/*
 * `begin`, then the pieces that the build packed one by one with `between` between each two, then
 * `end`. Before each piece stand its bytes when packed, the CRC-32 and the bytes of what is in it,
 * as 32 bits each; it consists of whole blocks, none of them the last (tools/openapi).
 */
str gzip_between(struct arena *arena, str begin, str pieces, str between, str end);

#endif
