#include "service/import/import.h"

#include "service/audit.h"
#include "service/import/internal.h"
#include "service/keys.h"
#include "store/counters.h"
#include "store/organizations.h"
#include "token/key_ring.h"

/* What tells one Label Studio from another: its oldest organization and when that was made. */
static int64_t print_of_source(const struct import *im)
{
    struct print print;
    print_begin(&print);
    if (im->organizations.count > 0) {
        print_number(&print, im->organizations.items[0].id);
        print_number(&print, im->organizations.items[0].created_at);
    }
    return print_end(&print);
}

static enum error check_is_empty(struct import *im, struct db *db, str *problem)
{
    struct organization_row first;
    int64_t users = 0;
    enum error err = organizations_first(db, im->arena, &first);
    if (err && err != ERR_NOT_FOUND)
        return err;
    bool has_organization = !err;
    err = users_count(db, &users);
    if (err || (!has_organization && users == 0))
        return err;
    *problem =
        STR("there are accounts here that no import brought (the first start of 'latchkey serve' "
            "makes one): their numbers are other people's in Label Studio; name a new folder with "
            "--data (with --database: an empty database) and import before the first start");
    return ERR_CONFLICT;
}

/* Whether this is the first import, or another one from the same Label Studio. */
static enum error check_target(struct import *im, struct db *db, str *problem)
{
    int64_t print = print_of_source(im), seen;
    enum error err = imported_find(db, IMPORTED_DATABASE, 0, &seen);
    if (err == ERR_NOT_FOUND)
        return check_is_empty(im, db, problem);
    im->is_repeat = true;
    if (err || print == seen)
        return err;
    *problem = STR("what is here came from another Label Studio, whose numbers are other people's; "
                   "name a new folder with --data (with --database: an empty database) for this "
                   "one");
    return ERR_CONFLICT;
}

static enum error take_key(struct import *im, struct db *db, str *problem)
{
    const struct shared *shared = im->worker->shared;
    const struct signing_key *known = key_ring_find(shared->keys, STR(""));
    im->report->took_key = !known;
    if (!im->order->dry_run)
        return keys_adopt(shared, db, im->order->secret_key, im->order->now, im->arena, problem);
    if (!known || equal_secret(known->secret, im->order->secret_key))
        return OK;
    *problem = STR("this is another SECRET_KEY than the one that was taken over before; give the "
                   "file of that key");
    return ERR_CONFLICT;
}

/* Numbers that are given out while we run must not be those that we bring. */
static enum error reserve_ids(struct import *im, struct db *db)
{
    const struct source_size *size = &im->size;
    enum error err = counter_skip(db, COUNTER_USER, size->last_user);
    if (!err)
        err = counter_skip(db, COUNTER_ORGANIZATION, size->last_organization);
    return err ? err : counter_skip(db, COUNTER_MEMBER, size->last_member);
}

/*
 * In one transaction, so that a daemon that starts in our midst finds either nothing at all, or an
 * organization and no need to found one.
 */
static enum error begin(struct import *im, str *problem)
{
    CLEANUP(batch_end) struct batch batch = {0};
    enum error err = source_read_organizations(&im->source, im->arena, &im->organizations);
    if (!err)
        err = batch_begin(im, &batch);
    if (!err)
        err = check_target(im, batch.db, problem);
    if (!err)
        err = take_key(im, batch.db, problem);
    if (!err && !im->order->dry_run) {
        struct imported_row row = {.id = 0, .fingerprint = print_of_source(im)};
        err = imported_save(batch.db, IMPORTED_DATABASE, &row, 1);
        if (!err)
            err = reserve_ids(im, batch.db);
    }
    if (!err)
        err = import_organizations(im, batch.db);
    if (!err)
        err = import_settings(im, batch.db);
    im->page_rows = im->order->page_rows > 0 ? (size_t)im->order->page_rows
                    : im->is_repeat          ? PAGE_ROWS_REPEAT
                                             : PAGE_ROWS_FIRST;
    return err ? err : batch_commit(&batch);
}

/* One entry for all of it; what was added is what Label Studio had noted, or not, in its time. */
static enum error note_done(struct import *im)
{
    struct audit_fact facts[IMPORT_SUBJECT_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < IMPORT_SUBJECT_COUNT; i++) {
        const struct import_count *c = &im->report->counts[i];
        facts[count++] = (struct audit_fact){
            .name = str_from(import_subject_name((enum import_subject)i)),
            .before = STR(""),
            .after =
                arena_printf(im->arena, "%lld added, %lld updated, %lld skipped",
                             (long long)c->added, (long long)c->updated, (long long)c->skipped)};
    }
    if (im->report->took_key)
        facts[count++] = (struct audit_fact){STR("SECRET_KEY"), STR(""), STR("sealed")};
    const struct principal operator= principal_operator();
    const struct audit_event event = {.kind = AUDIT_IMPORT_DONE,
                                      .subject_kind = STR("import"),
                                      .subject_id = STR(""),
                                      .subject_name = STR("Label Studio"),
                                      .facts = facts,
                                      .fact_count = count};
    return audit_note_alone(im->worker, &operator, & event, im->order->now);
}

static enum error run(struct import *im, str *problem)
{
    enum error err = source_open(im->order->source, im->arena, problem, &im->source);
    if (!err)
        err = source_measure(&im->source, &im->size);
    if (!err && !im->order->dry_run)
        database_expect_bulk(im->worker->shared->database);
    if (!err)
        err = begin(im, problem);
    if (!err)
        err = import_users(im);
    if (!err)
        err = import_members(im);
    if (!err)
        err = import_legacy_tokens(im);
    if (!err)
        err = import_tokens(im);
    if (!err && !im->order->dry_run)
        err = note_done(im);
    return err;
}

enum error import_look(str source_name, struct arena *arena, str *problem)
{
    struct source source = {0};
    enum error err = source_open(source_name, arena, problem, &source);
    source_release(&source);
    return err;
}

enum error import_label_studio(struct worker *w, const struct import_order *order,
                               struct arena *arena, str *problem, struct import_report *out)
{
    struct import im = {.worker = w, .order = order, .report = out, .arena = arena};
    struct id_set *sets[] = {&im.left_out_organizations, &im.left_out_users, &im.deleted_users,
                             &im.doublets};
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        sets[i]->ids = (struct many){.arena = arena, .item_bytes = sizeof(int64_t)};
    *out = (struct import_report){0};
    *problem = STR("");
    enum error err = run(&im, problem);
    source_release(&im.source);
    return err;
}
