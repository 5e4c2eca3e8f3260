#include "service/import/internal.h"

#include "service/legacy.h"
#include "store/counters.h"
#include "store/legacy_tokens.h"
#include "store/members.h"
#include "token/legacy.h"

/* True if the row's user is here; else it is counted, with its reason. */
static bool owner_is_here(struct import *im, enum import_subject subject, enum owner_state owner,
                          int64_t row_id)
{
    switch (owner) {
    case OWNER_HERE:
        return true;
    case OWNER_DELETED:
        count_of(im, subject)->kept++;
        return false;
    case OWNER_MISSING:
        leave_out(im, subject, id_text(im, row_id), STR("it belongs to nobody"));
        return false;
    case OWNER_LEFT_OUT:
        leave_out(im, subject, id_text(im, row_id), STR("its user was left out"));
        return false;
    case OWNER_TOO_NEW:
        leave_out(im, subject, id_text(im, row_id), OWNER_TOO_NEW_TEXT);
        return false;
    }
    return false;
}

/* Memberships */

#define WAS_REMOVED 1 /* the fingerprint of a membership that had ended; none: it had not */

/*
 * One membership of several rows: Label Studio does not hold them unique. It lasts if any does.
 * Returns how many rows of the same user are left, the merged ones in front.
 */
static size_t merge_doublets(struct import *im, struct source_member *rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct source_member *row = &rows[i];
        if (row->is_removed && row->removed_at == 0)
            row->removed_at = im->order->now;
        size_t same = 0;
        while (same < kept && rows[same].organization_id != row->organization_id)
            same++;
        if (same == kept) {
            rows[kept++] = *row;
            continue;
        }
        struct source_member *first = &rows[same];
        count_of(im, IMPORT_MEMBERS)->read++;
        count_of(im, IMPORT_MEMBERS)->unchanged++; /* what it says is said by the other row */
        first->is_removed = first->is_removed && row->is_removed;
        if (row->removed_at > first->removed_at)
            first->removed_at = row->removed_at;
        if (row->updated_at > first->updated_at)
            first->updated_at = row->updated_at;
    }
    return kept;
}

static enum role role_of(const struct import *im, const struct source_member *row)
{
    const struct source_organization *organization = organization_find(im, row->organization_id);
    return organization && organization->created_by == row->user_id ? ROLE_OWNER : ROLE_MEMBER;
}

static enum error save_seen(struct db *db, int64_t id, int64_t fingerprint)
{
    struct imported_row row = {.id = id, .fingerprint = fingerprint};
    return imported_save(db, IMPORTED_MEMBER, &row, 1);
}

static enum error add_member(struct import *im, struct db *db, const struct source_member *theirs)
{
    usec now = im->order->now;
    struct member_row row = {
        .id = theirs->id,
        .organization_id = theirs->organization_id,
        .user_id = theirs->user_id,
        .role = role_of(im, theirs),
        .created_at = theirs->created_at ? theirs->created_at : now,
        .updated_at = theirs->updated_at ? theirs->updated_at : now,
        .removed_at = theirs->is_removed ? theirs->removed_at : 0,
    };
    count_of(im, IMPORT_MEMBERS)->added++;
    if (im->order->dry_run)
        return OK;
    enum error err = OK;
    if (im->is_repeat) /* a membership made here may have that number */
        err = counter_next(db, COUNTER_MEMBER, &row.id);
    if (!err)
        err = members_insert(db, &row);
    if (!err && theirs->is_removed)
        err = save_seen(db, row.id, WAS_REMOVED);
    return err;
}

/* A role is never changed: it may have been given here. */
static enum error merge_member(struct import *im, struct db *db, const struct source_member *theirs,
                               const struct member_row *ours)
{
    struct import_count *count = count_of(im, IMPORT_MEMBERS);
    bool is_removed_here = ours->removed_at != 0;
    if (theirs->is_removed == is_removed_here) {
        count->unchanged++;
        return OK;
    }
    int64_t seen = 0;
    enum error err = imported_find(db, IMPORTED_MEMBER, ours->id, &seen);
    if (err && err != ERR_NOT_FOUND)
        return err;
    bool was_removed = seen == WAS_REMOVED;
    if (was_removed == theirs->is_removed) { /* it was ended, or begun again, here */
        count->kept++;
        return OK;
    }
    count->updated++;
    if (im->order->dry_run)
        return OK;
    err = members_set_removed(db, ours->id, theirs->is_removed ? theirs->removed_at : 0,
                              im->order->now);
    return err ? err : save_seen(db, ours->id, theirs->is_removed ? WAS_REMOVED : 0);
}

static enum error import_member(struct import *im, struct db *db, const struct member_list *ours,
                                const struct source_member *theirs)
{
    count_of(im, IMPORT_MEMBERS)->read++;
    enum owner_state owner = owner_state(im, theirs->user_id, theirs->has_no_user);
    if (!owner_is_here(im, IMPORT_MEMBERS, owner, theirs->id))
        return OK;
    if (!organization_find(im, theirs->organization_id)) {
        leave_out(im, IMPORT_MEMBERS, id_text(im, theirs->id),
                  STR("its organization was left out"));
        return OK;
    }
    size_t low = 0, high = ours->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct member_row *at = &ours->items[middle];
        bool is_before =
            at->user_id < theirs->user_id ||
            (at->user_id == theirs->user_id && at->organization_id < theirs->organization_id);
        if (is_before)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < ours->count && ours->items[low].user_id == theirs->user_id &&
                    ours->items[low].organization_id == theirs->organization_id;
    return is_there ? merge_member(im, db, theirs, &ours->items[low]) : add_member(im, db, theirs);
}

/* Rows of whole users only: the rest of the last one may be on the next page. */
static enum error import_member_page(struct import *im, struct source_members *page,
                                     struct arena *arena)
{
    CLEANUP(batch_end) struct batch batch = {0};
    struct member_list ours = {0};
    enum error err = batch_begin(im, &batch);
    if (!err && im->is_repeat && page->count > 0)
        err = members_list_between(batch.db, page->items[0].user_id - 1,
                                   page->items[page->count - 1].user_id, arena, &ours);
    for (size_t i = 0, end; !err && i < page->count; i = end) {
        end = i + 1;
        while (end < page->count && page->items[end].user_id == page->items[i].user_id)
            end++;
        size_t count = merge_doublets(im, page->items + i, end - i);
        for (size_t j = 0; !err && j < count; j++)
            err = import_member(im, batch.db, &ours, &page->items[i + j]);
    }
    return err ? err : batch_commit(&batch);
}

/* Without the rows of the last user, of whom there may be more. 0: all are of one user. */
static size_t whole_users(const struct source_members *page)
{
    size_t count = page->count;
    int64_t last = page->items[count - 1].user_id;
    while (count > 0 && page->items[count - 1].user_id == last)
        count--;
    return count;
}

/* A page that ends with a user's last row. Empty: there are no more. */
static enum error read_members(struct import *im, int64_t user, int64_t id, struct arena *arena,
                               struct source_members *out)
{
    size_t limit = im->page_rows;
    for (;; limit *= 2) {
        arena_reset(arena);
        enum error err = source_read_members(&im->source, user, id, (int64_t)limit, arena, out);
        if (err || out->count < limit)
            return err;
        out->count = whole_users(out);
        if (out->count > 0)
            return OK;
    }
}

static enum error remark_ownerless(struct import *im)
{
    enum error err = OK;
    for (size_t i = 0; !err && !im->order->dry_run && i < im->organizations.count; i++) {
        int64_t id = im->organizations.items[i].id, owners = 0;
        if (!organization_find(im, id))
            continue;
        err = members_count_other_owners(im->worker->db, id, 0, &owners);
        if (!err && owners == 0)
            remark(im, IMPORT_ORGANIZATIONS, id_text(im, id),
                   STR("it has no owner who can act: give it one with 'latchkey org set-role'"));
    }
    return err;
}

enum error import_members(struct import *im)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct source_members page;
    int64_t user = 0, id = 0;
    enum error err = read_members(im, user, id, &arena, &page);
    while (!err && page.count > 0) {
        user = page.items[page.count - 1].user_id;
        id = page.items[page.count - 1].id;
        err = import_member_page(im, &page, &arena);
        progress(im, IMPORT_MEMBERS);
        if (!err)
            err = read_members(im, user, id, &arena, &page);
    }
    return err ? err : remark_ownerless(im);
}

/* Legacy tokens */

static enum error put_legacy_token(struct import *im, struct db *db,
                                   const struct source_legacy_token *theirs, struct arena *arena)
{
    struct legacy_token_row other;
    unsigned char mac[MAC_BYTES];
    str ignored;
    mac_compute(&im->worker->shared->auth.legacy_mac, theirs->key, mac);
    enum error err = ERR_NOT_FOUND;
    if (im->is_repeat)
        err = legacy_tokens_find_by_mac(db, str_of((const char *)mac, sizeof(mac)), arena, &other);
    if (!err && other.user_id != theirs->user_id) {
        leave_out(im, IMPORT_LEGACY_TOKENS, id_text(im, theirs->user_id),
                  STR("another account here has the same legacy token"));
        return OK;
    }
    if (err && err != ERR_NOT_FOUND)
        return err;
    count_of(im, IMPORT_LEGACY_TOKENS)->added++;
    if (im->order->dry_run)
        return OK;
    return legacy_token_put(im->worker->shared, db, theirs->user_id, theirs->key,
                            theirs->created_at, arena, &ignored);
}

/* Of two that were reset, the later one counts; the others are dead on both sides. */
static enum error import_legacy_token(struct import *im, struct db *db,
                                      const struct legacy_token_row *ours,
                                      struct source_legacy_token *theirs, struct arena *arena)
{
    struct import_count *count = count_of(im, IMPORT_LEGACY_TOKENS);
    unsigned char mac[MAC_BYTES];
    count->read++;
    enum owner_state owner = owner_state(im, theirs->user_id, theirs->has_no_user);
    if (!owner_is_here(im, IMPORT_LEGACY_TOKENS, owner, theirs->user_id))
        return OK;
    if (!legacy_is_well_formed(theirs->key)) {
        leave_out(im, IMPORT_LEGACY_TOKENS, id_text(im, theirs->user_id),
                  STR("it is not 6 to 40 visible ASCII characters; the user gets a new one"));
        return OK;
    }
    if (theirs->created_at == 0)
        theirs->created_at = im->order->now;
    if (!ours)
        return put_legacy_token(im, db, theirs, arena);
    mac_compute(&im->worker->shared->auth.legacy_mac, theirs->key, mac);
    if (equal_secret(str_of((const char *)mac, sizeof(mac)), ours->mac)) {
        count->unchanged++;
        return OK;
    }
    if (theirs->created_at <= ours->created_at) {
        count->kept++;
        return OK;
    }
    int64_t added = count->added;
    enum error err = put_legacy_token(im, db, theirs, arena);
    if (count->added > added) {
        count->added--;
        count->updated++;
    }
    return err;
}

static enum error import_legacy_page(struct import *im, struct source_legacy_tokens *page,
                                     struct arena *arena)
{
    CLEANUP(batch_end) struct batch batch = {0};
    struct legacy_token_list ours = {0};
    size_t next = 0;
    enum error err = batch_begin(im, &batch);
    if (!err && im->is_repeat && page->count > 0)
        err = legacy_tokens_list_between(batch.db, page->items[0].user_id - 1,
                                         page->items[page->count - 1].user_id, arena, &ours);
    for (size_t i = 0; !err && i < page->count; i++) {
        int64_t user_id = page->items[i].user_id;
        while (next < ours.count && ours.items[next].user_id < user_id)
            next++;
        bool is_there = next < ours.count && ours.items[next].user_id == user_id;
        err = import_legacy_token(im, batch.db, is_there ? &ours.items[next] : NULL,
                                  &page->items[i], arena);
    }
    return err ? err : batch_commit(&batch);
}

enum error import_legacy_tokens(struct import *im)
{
    CLEANUP(arena_release) struct arena arena = {0};
    int64_t user = 0;
    enum error err = OK;
    bool is_last = false;
    while (!err && !is_last) {
        struct source_legacy_tokens page;
        arena_reset(&arena);
        arena_mark_secret(&arena);
        err = source_read_legacy_tokens(&im->source, user, (int64_t)im->page_rows, &arena, &page);
        if (err)
            break;
        is_last = page.count < im->page_rows;
        if (page.count > 0)
            user = page.items[page.count - 1].user_id;
        err = import_legacy_page(im, &page, &arena);
        progress(im, IMPORT_LEGACY_TOKENS);
    }
    return err;
}
