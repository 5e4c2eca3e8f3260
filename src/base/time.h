/*
 * Time is a count of microseconds since 1970, UTC. The clock is read once where a request or a
 * command begins; below that, `now` is a parameter.
 */
#ifndef LATCHKEY_BASE_TIME_H
#define LATCHKEY_BASE_TIME_H

#include "base/arena.h"
#include "base/str.h"

typedef int64_t usec;

#define SECONDS(n) ((usec)(n)*1000000)
#define MINUTES(n) SECONDS((usec)(n)*60)
#define HOURS(n) MINUTES((usec)(n)*60)
#define DAYS(n) HOURS((usec)(n)*24)
#define USEC_NEVER INT64_MAX /* an end that never comes */

usec time_now(void);       /* the wall clock */
usec time_monotonic(void); /* for measuring and waiting; unrelated to the wall clock */

/* Whole seconds, rounded down also before 1970. */
int64_t usec_to_seconds(usec t);

/*
 * "2026-11-24T20:38:55.401635Z", with no fraction when it is 0 (RFC 3339; Label Studio's form too).
 * Years 0 to 9999; others are clamped.
 */
str time_format(struct arena *arena, usec t);
/* "Tue, 24 Nov 2026 20:38:55 GMT" (RFC 9110 5.6.7). */
str time_format_http(struct arena *arena, usec t);

/*
 * RFC 3339 with zone, or SQLite's and Django's "YYYY-MM-DD HH:MM:SS[.ffffff]" in UTC, or a bare
 * date (midnight UTC). More than six digits of fraction are cut.
 * ERR_MALFORMED  anything else, the 30th of February included
 */
enum error time_parse(str s, usec *out) MUST_CHECK;

#endif
