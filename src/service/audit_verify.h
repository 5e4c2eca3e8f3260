/*
 * Whether the audit log is whole: a walk along its chain, from the first entry or from a checkpoint
 * that was kept outside, to the head.
 *
 * It finds entries that were changed, removed, inserted, put in another order or cut off the end by
 * whoever can write the database but has not the master key. It cannot tell a whole database that
 * was put back to an older state: for that there are checkpoints. Others may add entries meanwhile.
 */
#ifndef LATCHKEY_SERVICE_AUDIT_VERIFY_H
#define LATCHKEY_SERVICE_AUDIT_VERIFY_H

#include "service/context.h"

enum audit_fault {
    AUDIT_HOLDS = 0,
    AUDIT_MISSING,      /* no entry with that number, though later ones are there */
    AUDIT_CHANGED,      /* a field, the MAC or the place of that entry is not as it was written */
    AUDIT_CUT,          /* the head knows of that entry, and it and all after it are gone */
    AUDIT_BEYOND_HEAD,  /* that entry is there, and the head knows nothing of it */
    AUDIT_NO_BEGINNING, /* the first entry is not the key that every first start notes: the log was
                           emptied, head and all, and began anew */
    AUDIT_HEAD_CHANGED, /* the head itself is not as it was written */
    AUDIT_NOT_THE_CHECKPOINT, /* that entry is another one than at the checkpoint */
};

struct audit_report {
    enum audit_fault fault;
    int64_t number;  /* of the first entry that is wrong; 0: none is, or it is the head */
    int64_t checked; /* how many entries are right */
    int64_t last;    /* number of the last right one; 0: none */
    str last_mac;    /* its MAC: with its number a checkpoint to be kept outside; in the arena */
};

struct audit_verification {
    int64_t from; /* 0: the first entry; else that number has `mac`, and the walk begins there */
    str mac;
    /* Called after each page, if not NULL; `total` may grow. */
    void (*progress)(void *context, int64_t done, int64_t total);
    void *context;
};

/* OK also when something is wrong: `out` says what. Errors are the store's. */
enum error audit_verify(struct worker *w, const struct audit_verification *order,
                        struct arena *arena, struct audit_report *out) MUST_CHECK;

/* "entry 7 was changed", a whole sentence without a full stop. */
str audit_fault_text(const struct audit_report *report, struct arena *arena);

#endif
