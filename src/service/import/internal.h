/*
 * What the files of the import share.
 *
 *   import.c          the order of things, the source's identity, the key
 *   source.c          Label Studio's tables
 *   merge.c           pages, transactions, fingerprints, notes
 *   organizations.c   organizations and their settings
 *   users.c           users
 *   belongings.c      memberships and legacy tokens
 *   tokens.c          personal access tokens
 *   token_row.c       what one row of a token becomes
 *   secret_key.c      Label Studio's SECRET_KEY out of a file
 */
#ifndef LATCHKEY_SERVICE_IMPORT_INTERNAL_H
#define LATCHKEY_SERVICE_IMPORT_INTERNAL_H

#include "base/buf.h"
#include "cluster/change.h"
#include "service/import/import.h"
#include "service/import/source.h"
#include "store/imported.h"
#include "store/many.h"
#include "store/tokens.h"

/*
 * Rows of the source in one transaction. The first import has nobody to keep waiting, and a big
 * transaction writes each page of the database less often.
 */
#define PAGE_ROWS_FIRST 20000
#define PAGE_ROWS_REPEAT 4000

/* Ids, ascending, added in that order. */
struct id_set {
    struct many ids; /* of int64_t */
};
bool id_set_has(const struct id_set *set, int64_t id);
void id_set_add(struct id_set *set, int64_t id);

struct import {
    struct worker *worker;
    const struct import_order *order;
    struct import_report *report;
    struct arena *arena; /* for the import as a whole */
    struct source source;
    struct source_size size;
    struct import_note *last_note;

    bool is_repeat; /* else what is here was empty, and there is nothing to compare with */
    size_t page_rows;
    struct source_organizations organizations;

    struct id_set left_out_organizations; /* their ids are others' here */
    struct id_set left_out_users;         /* their ids are others' here */
    struct id_set deleted_users;          /* deleted here */
    struct id_set doublets; /* users whose e-mail another one has in other letters, and owns */
    int64_t last_user;      /* the highest that was read: those above came while we ran */
};

/* merge.c */

static inline struct import_count *count_of(struct import *im, enum import_subject subject)
{
    return &im->report->counts[subject];
}
void progress(struct import *im, enum import_subject subject);
/* Says why a row was left out (and counts it), or taken over otherwise. `text` lives on. */
void leave_out(struct import *im, enum import_subject subject, str row, str text);
void remark(struct import *im, enum import_subject subject, str row, str text);
str id_text(struct import *im, int64_t id);

/*
 * A transaction and its announcement, or with a dry run neither: then `db` only reads.
 *
 *     CLEANUP(batch_end) struct batch batch = {0};
 *     err = batch_begin(im, &batch);  ...  batch.db  ...  err = batch_commit(&batch);
 */
struct batch {
    struct db *db;
    bool is_dry;
    struct change change;
    struct txn txn;
};
enum error batch_begin(struct import *im, struct batch *batch) MUST_CHECK;
enum error batch_commit(struct batch *batch) MUST_CHECK;
void batch_end(struct batch *batch);

/* The fingerprint of some texts and numbers, in their order. */
#define PRINT_GONE 1 /* of what was deleted there: no fingerprint is that */
struct print {
    struct buf text;
};
void print_begin(struct print *print);
void print_text(struct print *print, str text);
void print_number(struct print *print, int64_t number);
int64_t print_end(struct print *print);

/* What two sides that have drifted apart call for; `seen` is of the last import. */
enum drift {
    NOTHING_NEW,  /* there it is as it was */
    TAKE_THEIRS,  /* changed there only */
    BOTH_CHANGED, /* ours stays, but for what ends something */
};
enum drift compare(int64_t theirs, int64_t seen, int64_t ours);

/* Fingerprints in order of id, walked along with rows in the same order. */
struct seen_walk {
    struct imported_list list;
    size_t next;
};
/* False: never seen. Ids must ascend from call to call. */
bool seen_find(struct seen_walk *walk, int64_t id, int64_t *fingerprint);

/* organizations.c */
/* In the transaction that begins everything. */
enum error import_organizations(struct import *im, struct db *db) MUST_CHECK;
enum error import_settings(struct import *im, struct db *db) MUST_CHECK;
/* NULL: it was not read, or left out. */
const struct source_organization *organization_find(const struct import *im, int64_t id);

/* users.c */
enum error import_users(struct import *im) MUST_CHECK;
/* What becomes of a row that belongs to a user. */
enum owner_state {
    OWNER_HERE,
    OWNER_MISSING,  /* there is no such user, in Label Studio neither */
    OWNER_DELETED,  /* here, since the last import */
    OWNER_LEFT_OUT, /* the id is another person's here */
    OWNER_TOO_NEW,  /* the user came while we ran */
};
enum owner_state owner_state(const struct import *im, int64_t user_id, bool has_no_user);
#define OWNER_TOO_NEW_TEXT STR("its user was made while the import ran; run it again")
/* The text may be kept by either engine. */
bool text_is_sound(str text);

/* belongings.c */
enum error import_members(struct import *im) MUST_CHECK;
enum error import_legacy_tokens(struct import *im) MUST_CHECK;

/* tokens.c */
enum error import_tokens(struct import *im) MUST_CHECK;

/*
 * The row for a token of the source. False, and `why`, when it cannot be kept. Its name, and
 * whether it holds it, are for the caller.
 */
bool token_row_make(const struct source_token *token, usec now, struct arena *arena,
                    struct token_row *out, str *why);

#endif
