/*
 * How far a long command is, on standard error: a bar on a terminal, a line every few seconds
 * elsewhere, nothing at all for what is over soon. Standard output stays free for results.
 */
#ifndef LATCHKEY_CLI_PROGRESS_H
#define LATCHKEY_CLI_PROGRESS_H

#include "base/compiler.h"
#include "base/time.h"

struct progress {
    const char *what; /* "importing tokens" */
    int64_t total;    /* 0: not known */
    int64_t done;
    usec began, shown;
    bool is_terminal;
    bool is_drawn; /* a bar stands on the terminal's last line */
};

/* `what` must outlive it. `total` 0: only a count is shown. */
void progress_begin(struct progress *progress, const char *what, int64_t total);
/* Cheap: may be called for each row. `done` counts from the beginning. */
void progress_show(struct progress *progress, int64_t done);
/* Takes the bar away. Before anything else is written to the terminal. */
void progress_end(struct progress *progress);

#endif
