/*
 * The answers of /auth that are asked for again and again, kept ready to be sent.
 *
 * An answer is found by all that it says of the caller, which was looked up anew by then: it saves
 * the work of telling, never that of deciding. What is not in the caller (the e-mail, the
 * upstream's token) rests on the counters that it is kept with.
 *
 * Memory is bounded: so many answers. Any thread; a short lock inside. They hold secrets, which are
 * wiped when an answer makes room, is found dead or swept, and has been sent by all who are at it.
 */
#ifndef LATCHKEY_GATEWAY_READY_ANSWERS_H
#define LATCHKEY_GATEWAY_READY_ANSWERS_H

#include "auth/principal.h"
#include "decision/generation.h"
#include "http/response.h"

struct ready_answers;

/* Each takes some 3 KiB: 6 MiB when all places are taken. */
#define READY_ANSWERS 2048

struct ready_answers *ready_answers_new(void);
void ready_answers_free(struct ready_answers *answers); /* NULL is let pass */

/*
 * The answer becomes the one that was kept for `who`. False: there is none that still counts, and
 * `rs` is as it was. In all of these `answers` may be NULL, where nothing is kept.
 */
bool ready_answers_reply(struct ready_answers *answers, const struct generation_page *page,
                         const struct principal *who, usec now, struct response *rs);

/*
 * Keeps `rs` as it stands for `who`, until `until`. `basis` was taken before anything that it says
 * was read. Not kept when it no longer holds, and mostly not where all places are taken by living
 * answers; the caller need not know.
 */
void ready_answers_keep(struct ready_answers *answers, const struct generation_page *page,
                        const struct principal *who, const struct basis *basis, usec until,
                        usec now, const struct response *rs);

/* What is said of any token that does not count: the same for everybody, so it is kept for good. */
enum ready_refusal { READY_REFUSAL, READY_REFUSAL_WITHOUT_BODY, READY_REFUSAL_COUNT };
/* As ready_answers_reply and ready_answers_keep. */
bool ready_answers_refuse(struct ready_answers *answers, enum ready_refusal which,
                          struct response *rs);
void ready_answers_keep_refusal(struct ready_answers *answers, enum ready_refusal which,
                                const struct response *rs);

/* Lets go of what no longer counts; returns how many. */
size_t ready_answers_sweep(struct ready_answers *answers, const struct generation_page *page,
                           usec now);

#endif
