/*
 * Takes over the accounts and tokens of a Label Studio, so that each of its tokens goes on working.
 *
 * From its database (SQLite or PostgreSQL, only read) come organizations, users with their password
 * hashes, memberships, token settings, legacy tokens and personal access tokens, issued and
 * revoked; its SECRET_KEY becomes the key that signs. Ids stay what they were. Nothing is
 * shortened.
 *
 * It may be run again, after an interruption or after months. What happened on one side since the
 * last time counts. What happened on both sides stays as it is here, but whatever ends something
 * counts from either side: a token revoked, a member removed, a user deactivated or deleted. What
 * was deleted here does not come back.
 *
 * It writes a few thousand rows in each transaction, and each is announced to running daemons as
 * it is committed. Memory does not grow with the number of rows, save for what is left out.
 */
#ifndef LATCHKEY_SERVICE_IMPORT_IMPORT_H
#define LATCHKEY_SERVICE_IMPORT_IMPORT_H

#include "service/context.h"

enum import_subject {
    IMPORT_ORGANIZATIONS,
    IMPORT_USERS,
    IMPORT_MEMBERS,
    IMPORT_SETTINGS,
    IMPORT_LEGACY_TOKENS,
    IMPORT_TOKENS,
    IMPORT_SUBJECT_COUNT
};

/* Every row that was read is in one of the other five. */
struct import_count {
    int64_t read;
    int64_t added;
    int64_t updated;   /* changed there since the last import */
    int64_t unchanged; /* is here as it is there */
    int64_t kept;      /* changed or deleted here since, and left so */
    int64_t skipped;   /* not taken over; `notes` says why */
};

/* What the administrator should know of one row. */
struct import_note {
    const char *table; /* in Label Studio's database */
    str row;           /* its primary key */
    str text;          /* why it was left out or taken over otherwise; no full stop */
    bool is_skipped;   /* left out */
    struct import_note *next;
};

struct import_report {
    struct import_count counts[IMPORT_SUBJECT_COUNT];
    struct import_note *notes; /* in the arena, in the order of the tables; NULL: nothing to say */
    int64_t note_count;
    bool took_key; /* SECRET_KEY was not here before */
};

struct import_order {
    str source;     /* "postgresql://…" or the path of an SQLite file */
    str secret_key; /* a secret */
    bool dry_run;   /* reads and counts all, writes nothing */
    usec now;
    int64_t page_rows; /* how many of the source in one transaction; 0: as many as is best */
    /* Called often, if not NULL; `total` may grow while Label Studio runs. */
    void (*progress)(void *context, enum import_subject subject, int64_t done, int64_t total);
    void *context;
};

/* "users", "personal access tokens", … */
const char *import_subject_name(enum import_subject subject);

/*
 * Whether it can be read and is Label Studio's database, for a caller that has something to make
 * before it imports. Errors as below.
 */
enum error import_look(str source, struct arena *arena, str *problem) MUST_CHECK;

/*
 * `out` is filled as far as it came, also on an error; what was committed stays, and the next run
 * goes on from there. `problem` gets a sentence with the remedy.
 *
 * ERR_NOT_FOUND    there is no such source, or it is no Label Studio's database
 * ERR_CONFLICT     what is here did not come from this Label Studio, or another SECRET_KEY is here
 * ERR_INVALID      the SECRET_KEY cannot be one
 * and those of the store, for either database
 */
enum error import_label_studio(struct worker *w, const struct import_order *order,
                               struct arena *arena, str *problem,
                               struct import_report *out) MUST_CHECK;

#endif
