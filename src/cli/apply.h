/*
 * Brings organizations, their settings, members and service accounts to what a file says: only what
 * differs is changed, by the same rules as everywhere. What the file does not name stays, unless an
 * organization is pruned.
 */
#ifndef LATCHKEY_CLI_APPLY_H
#define LATCHKEY_CLI_APPLY_H

#include "service/context.h"

/* One difference. Texts live in the arena. */
struct apply_change {
    char sign; /* '+' made, '~' changed, '-' ended, '!' cannot be made from a file: a hint */
    str what;  /* "member ann@example.com of organization 1" */
    str field; /* empty: the thing as a whole */
    str before, after;
};
typedef void apply_tell(void *context, const struct apply_change *change);

struct apply_order {
    str path;     /* of the file */
    bool dry_run; /* tell what differs, change nothing */
    apply_tell *tell;
    void *context;
};

/*
 * The file is read and compared whole before anything is changed; then each thing is changed in a
 * transaction of its own, in the order of the file, so that the same file goes on where it ended.
 * `changes` counts what was, or would be, changed.
 *
 * ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_TOO_LARGE  of the file
 * ERR_MALFORMED, ERR_INVALID                   what it says; nothing was changed
 * and those of the rules; `problem` always says what and where
 */
enum error apply_file(struct worker *w, const struct apply_order *order, usec now,
                      struct arena *arena, str *problem, int64_t *changes) MUST_CHECK;

#endif
