#include "service/import/internal.h"

#include "crypto/digest.h"

const char *import_subject_name(enum import_subject subject)
{
    switch (subject) {
    case IMPORT_ORGANIZATIONS:
        return "organizations";
    case IMPORT_USERS:
        return "users";
    case IMPORT_MEMBERS:
        return "memberships";
    case IMPORT_SETTINGS:
        return "token settings";
    case IMPORT_LEGACY_TOKENS:
        return "legacy tokens";
    case IMPORT_TOKENS:
        return "personal access tokens";
    case IMPORT_SUBJECT_COUNT:
        break;
    }
    return "";
}

static const char *table_of(enum import_subject subject)
{
    switch (subject) {
    case IMPORT_ORGANIZATIONS:
        return "organization";
    case IMPORT_USERS:
        return "htx_user";
    case IMPORT_MEMBERS:
        return "organizations_organizationmember";
    case IMPORT_SETTINGS:
        return "jwt_auth_jwtsettings";
    case IMPORT_LEGACY_TOKENS:
        return "authtoken_token";
    case IMPORT_TOKENS:
        return "token_blacklist_outstandingtoken";
    case IMPORT_SUBJECT_COUNT:
        break;
    }
    return "";
}

/* Sets of ids */

bool id_set_has(const struct id_set *set, int64_t id)
{
    const int64_t *ids = set->ids.items;
    size_t low = 0, high = set->ids.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->ids.count && ids[low] == id;
}

void id_set_add(struct id_set *set, int64_t id)
{
    *(int64_t *)many_add(&set->ids) = id;
}

/* What is said */

void progress(struct import *im, enum import_subject subject)
{
    const int64_t totals[] = {
        [IMPORT_ORGANIZATIONS] = im->size.organizations,
        [IMPORT_USERS] = im->size.users,
        [IMPORT_MEMBERS] = im->size.members,
        [IMPORT_SETTINGS] = im->size.settings,
        [IMPORT_LEGACY_TOKENS] = im->size.legacy_tokens,
        [IMPORT_TOKENS] = im->size.tokens,
    };
    _Static_assert(COUNT_OF(totals) == IMPORT_SUBJECT_COUNT, "every subject has a total");
    int64_t done = count_of(im, subject)->read;
    if (im->order->progress)
        im->order->progress(im->order->context, subject, done,
                            done > totals[subject] ? done : totals[subject]);
}

static void note(struct import *im, enum import_subject subject, str row, str text, bool is_skipped)
{
    struct import_note *new = ARENA_NEW(im->arena, struct import_note);
    *new = (struct import_note){.table = table_of(subject),
                                .row = arena_copy(im->arena, row),
                                .text = text,
                                .is_skipped = is_skipped};
    if (im->last_note)
        im->last_note->next = new;
    else
        im->report->notes = new;
    im->last_note = new;
    im->report->note_count++;
}

void leave_out(struct import *im, enum import_subject subject, str row, str text)
{
    count_of(im, subject)->skipped++;
    note(im, subject, row, text, true);
}

void remark(struct import *im, enum import_subject subject, str row, str text)
{
    note(im, subject, row, text, false);
}

str id_text(struct import *im, int64_t id)
{
    return arena_printf(im->arena, "%lld", (long long)id);
}

/* Transactions */

enum error batch_begin(struct import *im, struct batch *batch)
{
    batch->is_dry = im->order->dry_run;
    batch->db = im->worker->db;
    if (batch->is_dry)
        return OK;
    change_init(&batch->change, im->worker->shared->page, im->order->now);
    change_of_everything(&batch->change);
    enum error err = txn_begin(im->worker->db, &batch->txn);
    if (!err)
        batch->db = batch->txn.db;
    return err;
}

enum error batch_commit(struct batch *batch)
{
    return batch->is_dry ? OK : change_commit(&batch->change, &batch->txn);
}

void batch_end(struct batch *batch)
{
    txn_rollback(&batch->txn);
    if (batch->change.page)
        change_end(&batch->change);
}

/* Fingerprints */

/* in bytes; what is longer is told apart by its beginning */
#define PRINTED_MAX ((size_t)1024 * 1024)

void print_begin(struct print *print)
{
    buf_init(&print->text, PRINTED_MAX);
}

void print_number(struct print *print, int64_t number)
{
    (void)buf_addf(&print->text, "%lld,", (long long)number);
}

void print_text(struct print *print, str text)
{
    print_number(print, (int64_t)text.len); /* so that "a", "bc" is not "ab", "c" */
    (void)buf_add(&print->text, text);
}

int64_t print_end(struct print *print)
{
    unsigned char digest[DIGEST_BYTES];
    int64_t number;
    sha256(buf_str(&print->text), digest);
    buf_release(&print->text);
    memcpy(&number, digest, sizeof(number));
    return number == PRINT_GONE ? PRINT_GONE + 1 : number;
}

enum drift compare(int64_t theirs, int64_t seen, int64_t ours)
{
    if (theirs == seen || theirs == ours)
        return NOTHING_NEW;
    return ours == seen ? TAKE_THEIRS : BOTH_CHANGED;
}

bool seen_find(struct seen_walk *walk, int64_t id, int64_t *fingerprint)
{
    while (walk->next < walk->list.count && walk->list.items[walk->next].id < id)
        walk->next++;
    if (walk->next == walk->list.count || walk->list.items[walk->next].id != id)
        return false;
    *fingerprint = walk->list.items[walk->next].fingerprint;
    return true;
}
