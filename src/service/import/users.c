#include "service/import/internal.h"

#include "store/counters.h"
#include "store/sessions.h"

bool text_is_sound(str text)
{
    return str_is_utf8(text) && !str_has(text, '\0');
}

enum owner_state owner_state(const struct import *im, int64_t user_id, bool has_no_user)
{
    if (has_no_user)
        return OWNER_MISSING;
    if (user_id > im->last_user)
        return OWNER_TOO_NEW;
    if (id_set_has(&im->left_out_users, user_id))
        return OWNER_LEFT_OUT;
    return id_set_has(&im->deleted_users, user_id) ? OWNER_DELETED : OWNER_HERE;
}

/* E-mails that differ in letter case only */

/* Who of the group may sign in with the e-mail: who has it in small letters, else the first. */
static int64_t owner_of(const struct source_doublets *list, str folded, struct arena *arena)
{
    int64_t first = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct source_doublet *one = &list->items[i];
        if (!str_equal(email_fold(arena, one->email), folded))
            continue;
        if (str_equal(one->email, folded))
            return one->user_id;
        first = first ? first : one->user_id;
    }
    return first;
}

static enum error find_doublets(struct import *im)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct source_doublets list;
    enum error err = source_read_doublets(&im->source, &arena, &list);
    for (size_t i = 0; !err && i < list.count; i++) {
        const struct source_doublet *one = &list.items[i];
        if (owner_of(&list, email_fold(&arena, one->email), &arena) != one->user_id)
            id_set_add(&im->doublets, one->user_id);
    }
    return err;
}

/*
 * What sign-in finds the user by. Of a doublet it has capital letters, and what is typed is
 * compared in small ones: nobody can type it. Its tokens work all the same.
 */
static enum error choose_folded(struct import *im, struct db *db, const struct user_row *user,
                                struct arena *arena, str *out)
{
    bool is_doublet = id_set_has(&im->doublets, user->id);
    str text = STR("its e-mail is another user's in other letters, who owns it: it cannot sign in "
                   "until one of the two is changed; its tokens work");
    if (!is_doublet && im->is_repeat) {
        struct user_row other;
        enum error err = users_find_by_email(db, user->email, arena, &other);
        if (err && err != ERR_NOT_FOUND)
            return err;
        is_doublet = !err && other.id != user->id;
        text = STR("another account here has its e-mail: it cannot sign in until one of the two is "
                   "changed; its tokens work");
    }
    *out = email_fold(arena, user->email);
    if (is_doublet) {
        *out = arena_printf(arena, "DOUBLET %lld %.*s", (long long)user->id, STR_ARG(*out));
        remark(im, IMPORT_USERS, id_text(im, user->id), text);
    }
    return OK;
}

/* One user */

/* All that may be changed on either side, but the password and the time of the last activity. */
static int64_t print_of(const struct user_row *user)
{
    const str texts[] = {user->email, user->username, user->first_name,    user->last_name,
                         user->phone, user->avatar,   user->custom_hotkeys};
    struct print print;
    print_begin(&print);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        print_text(&print, texts[i]);
    print_number(&print, user->is_active);
    print_number(&print, user->active_organization_id);
    print_number(&print, user->allow_newsletters);
    return print_end(&print);
}

static bool is_sound(const struct user_row *user)
{
    const str texts[] = {user->email, user->username, user->first_name, user->last_name,
                         user->phone, user->avatar,   user->password,   user->custom_hotkeys};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!text_is_sound(texts[i]))
            return false;
    return true;
}

/* A hash that was made here is the newer one; any other came from Label Studio. */
static bool is_own_hash(str password)
{
    return str_starts(password, STR("$argon2id$"));
}

static enum error add(struct import *im, struct db *db, const struct user_row *user,
                      struct arena *arena)
{
    str folded;
    enum error err = choose_folded(im, db, user, arena, &folded);
    count_of(im, IMPORT_USERS)->added++;
    return err || im->order->dry_run ? err : users_insert_folded(db, user, folded);
}

static enum error save(struct import *im, struct db *db, const struct user_row *ours,
                       const struct user_row *merged, struct arena *arena)
{
    str folded;
    enum error err = users_update(db, merged);
    if (!err && !str_equal(merged->email, ours->email)) {
        err = choose_folded(im, db, merged, arena, &folded);
        if (!err)
            err = users_set_email(db, merged->id, merged->email, folded);
    }
    if (!err && !str_equal(merged->password, ours->password)) {
        /* whoever signed in with the old one signs in again */
        err = users_set_password(db, merged->id, merged->password);
        if (!err)
            err = sessions_delete_of_user(db, merged->id);
    }
    return err;
}

/* Returns whether anything is to be written. `changed`: and more than the last activity. */
static bool merge_rows(const struct user_row *theirs, const struct user_row *ours, int64_t seen,
                       struct user_row *merged, bool *changed)
{
    enum drift drift = compare(print_of(theirs), seen, print_of(ours));
    *merged = drift == TAKE_THEIRS ? *theirs : *ours;
    *changed = drift == TAKE_THEIRS;
    if (drift == BOTH_CHANGED && ours->is_active && !theirs->is_active) {
        merged->is_active = false;
        *changed = true;
    }
    merged->password = ours->password;
    if (!is_own_hash(ours->password) && !str_equal(ours->password, theirs->password)) {
        merged->password = theirs->password;
        *changed = true;
    }
    bool is_fresher = theirs->last_activity > ours->last_activity;
    merged->last_activity = is_fresher ? theirs->last_activity : ours->last_activity;
    return *changed || is_fresher;
}

static enum error merge(struct import *im, struct db *db, const struct user_row *theirs,
                        const struct user_row *ours, int64_t seen, struct arena *arena)
{
    struct import_count *count = count_of(im, IMPORT_USERS);
    struct user_row merged, held;
    bool changed;
    enum error err = OK;
    if (merge_rows(theirs, ours, seen, &merged, &changed) && !im->order->dry_run) {
        /* once more, with the row held: somebody may be changing it right now */
        err = users_lock(db, ours->id);
        if (!err)
            err = users_find(db, ours->id, arena, &held);
        if (err == ERR_NOT_FOUND) { /* deleted this very moment */
            count->kept++;
            return OK;
        }
        if (!err && merge_rows(theirs, &held, seen, &merged, &changed))
            err = save(im, db, &held, &merged, arena);
    }
    if (changed)
        count->updated++;
    else if (print_of(theirs) != print_of(ours))
        count->kept++;
    else
        count->unchanged++;
    return err;
}

/* A page of users */

struct user_page {
    struct arena *arena;
    struct user_list theirs, ours;
    size_t next; /* of ours */
    struct seen_walk seen;
    struct many prints; /* to be saved: struct imported_row */
};

static const struct user_row *find_ours(struct user_page *page, int64_t id)
{
    while (page->next < page->ours.count && page->ours.items[page->next].id < id)
        page->next++;
    bool is_there = page->next < page->ours.count && page->ours.items[page->next].id == id;
    return is_there ? &page->ours.items[page->next] : NULL;
}

static void save_print(struct user_page *page, int64_t id, int64_t fingerprint)
{
    *(struct imported_row *)many_add(&page->prints) =
        (struct imported_row){.id = id, .fingerprint = fingerprint};
}

static enum error leave_user_out(struct import *im, int64_t id, str text)
{
    id_set_add(&im->left_out_users, id);
    leave_out(im, IMPORT_USERS, id_text(im, id), text);
    return OK;
}

static enum error import_one(struct import *im, struct db *db, struct user_page *page,
                             struct user_row *theirs)
{
    int64_t seen = 0;
    bool is_seen = seen_find(&page->seen, theirs->id, &seen);
    const struct user_row *ours = find_ours(page, theirs->id);
    if (!is_sound(theirs))
        return leave_user_out(im, theirs->id, STR("it has text that is not UTF-8"));
    if (theirs->active_organization_id && !organization_find(im, theirs->active_organization_id))
        theirs->active_organization_id = 0;
    if (theirs->date_joined == 0)
        theirs->date_joined = im->order->now;

    if (ours && !is_seen &&
        !str_equal(email_fold(page->arena, ours->email), email_fold(page->arena, theirs->email)))
        return leave_user_out(im, theirs->id,
                              STR("another person's account was made here under its number; the "
                                  "memberships and tokens are left out too"));
    if (!ours && is_seen) {
        id_set_add(&im->deleted_users, theirs->id);
        count_of(im, IMPORT_USERS)->kept++;
        return OK;
    }
    int64_t print = print_of(theirs);
    if (!is_seen || seen != print)
        save_print(page, theirs->id, print);
    return ours ? merge(im, db, theirs, ours, seen, page->arena) : add(im, db, theirs, page->arena);
}

/* Who was there at the last import and is no longer: once, so that an activation here lasts. */
static enum error deactivate_gone(struct import *im, struct db *db, struct user_page *page)
{
    enum error err = OK;
    size_t next = 0;
    page->next = 0;
    for (size_t i = 0; !err && i < page->seen.list.count; i++) {
        const struct imported_row *seen = &page->seen.list.items[i];
        while (next < page->theirs.count && page->theirs.items[next].id < seen->id)
            next++;
        if (next < page->theirs.count && page->theirs.items[next].id == seen->id)
            continue;
        const struct user_row *ours = find_ours(page, seen->id);
        if (seen->fingerprint == PRINT_GONE || !ours)
            continue;
        save_print(page, seen->id, PRINT_GONE);
        if (!ours->is_active)
            continue;
        remark(im, IMPORT_USERS, id_text(im, seen->id),
               STR("was deleted in Label Studio since the last import; deactivated here"));
        if (!im->order->dry_run)
            err = users_set_active(db, seen->id, false);
    }
    return err;
}

static enum error import_page(struct import *im, struct user_page *page, int64_t after,
                              int64_t up_to)
{
    CLEANUP(batch_end) struct batch batch = {0};
    enum error err = batch_begin(im, &batch);
    if (!err && im->is_repeat)
        err = users_list_between(batch.db, after, up_to, page->arena, &page->ours);
    if (!err && im->is_repeat)
        err =
            imported_between(batch.db, IMPORTED_USER, after, up_to, page->arena, &page->seen.list);
    for (size_t i = 0; !err && i < page->theirs.count; i++) {
        count_of(im, IMPORT_USERS)->read++;
        im->last_user = page->theirs.items[i].id;
        err = import_one(im, batch.db, page, &page->theirs.items[i]);
    }
    if (!err)
        err = deactivate_gone(im, batch.db, page);
    if (!err && !im->order->dry_run)
        err = counter_skip(batch.db, COUNTER_USER, im->last_user);
    if (!err && !im->order->dry_run)
        err = imported_save(batch.db, IMPORTED_USER, page->prints.items, page->prints.count);
    return err ? err : batch_commit(&batch);
}

enum error import_users(struct import *im)
{
    CLEANUP(arena_release) struct arena arena = {0};
    enum error err = find_doublets(im);
    int64_t after = 0;
    bool is_last = false;
    while (!err && !is_last) {
        arena_reset(&arena);
        struct user_page page = {
            .arena = &arena,
            .prints = {.arena = &arena, .item_bytes = sizeof(struct imported_row)}};
        err = source_read_users(&im->source, after, (int64_t)im->page_rows, &arena, &page.theirs);
        if (err)
            break;
        is_last = page.theirs.count < im->page_rows;
        int64_t up_to = is_last ? INT64_MAX : page.theirs.items[page.theirs.count - 1].id;
        err = import_page(im, &page, after, up_to);
        after = up_to;
        progress(im, IMPORT_USERS);
    }
    return err;
}
