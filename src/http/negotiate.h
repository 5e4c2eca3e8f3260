/*
 * What a client wants of a file: which coding, and whether it has it already (RFC 9110 12.5.3,
 * 13.1.2).
 */
#ifndef LATCHKEY_HTTP_NEGOTIATE_H
#define LATCHKEY_HTTP_NEGOTIATE_H

#include "base/arena.h"
#include "base/str.h"

/*
 * How much an Accept-Encoding header wants `coding` ("br", "gzip", "identity"): 0 (not at all) to
 * 1000. Without the header, or with an empty one, only "identity" is wanted; "identity" is refused
 * only by name or by "*;q=0". What cannot be read is passed over.
 */
unsigned coding_quality(str accept_encoding, str coding);

/* If-None-Match names `etag` (with its quotes), strong or weak, or is "*". */
bool none_match_names(str if_none_match, str etag);

/* A strong entity tag, with its quotes, of a content that consists of two parts. No secret's. */
str etag_of(struct arena *arena, str first, str second);

#endif
