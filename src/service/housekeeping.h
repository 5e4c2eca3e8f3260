/*
 * What the daemon does every half minute, beside requests: dead decisions are wiped, sessions that
 * are over and changes that everybody has heard of are deleted.
 */
#ifndef LATCHKEY_SERVICE_HOUSEKEEPING_H
#define LATCHKEY_SERVICE_HOUSEKEEPING_H

#include "service/context.h"

/* On a thread that may block. A failure is logged and tried again next time. */
void housekeeping(struct shared *shared, usec now);

#endif
