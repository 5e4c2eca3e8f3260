#include "service/import/internal.h"

#include "service/organizations.h"
#include "store/organizations.h"
#include "store/token_settings.h"

const struct source_organization *organization_find(const struct import *im, int64_t id)
{
    const struct source_organizations *all = &im->organizations;
    size_t low = 0, high = all->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_known = low < all->count && all->items[low].id == id;
    return is_known && !id_set_has(&im->left_out_organizations, id) ? &all->items[low] : NULL;
}

/* The invitation is compared by itself: it may have been made here. */
static int64_t print_of(const struct organization_row *row)
{
    struct print print;
    print_begin(&print);
    print_text(&print, row->title);
    print_text(&print, row->contact_info);
    print_number(&print, row->created_by);
    return print_end(&print);
}

static int64_t print_of_invitation(str invitation)
{
    struct print print;
    print_begin(&print);
    print_text(&print, invitation);
    return print_end(&print);
}

static enum error save_seen(struct db *db, enum imported_kind kind, int64_t id, int64_t fingerprint)
{
    struct imported_row row = {.id = id, .fingerprint = fingerprint};
    return imported_save(db, kind, &row, 1);
}

/* Their invitation, or a new one where they have none or another organization here has the same. */
static enum error choose_invitation(struct import *im, struct db *db,
                                    const struct source_organization *theirs, str *out)
{
    struct organization_row other;
    enum error err = ERR_NOT_FOUND;
    *out = theirs->invitation;
    if (str_is_empty(*out)) {
        *out = invitation_new(im->arena);
        return OK;
    }
    if (im->is_repeat)
        err = organizations_find_by_invitation(db, *out, im->arena, &other);
    if (err == ERR_NOT_FOUND)
        return OK;
    if (err || other.id == theirs->id)
        return err;
    *out = invitation_new(im->arena);
    remark(im, IMPORT_ORGANIZATIONS, id_text(im, theirs->id),
           STR("another organization here has its invitation; it was given a new one"));
    return OK;
}

static struct organization_row row_of(const struct import *im,
                                      const struct source_organization *theirs)
{
    usec now = im->order->now;
    return (struct organization_row){
        .id = theirs->id,
        .title = theirs->title,
        .contact_info = theirs->contact_info,
        .created_by = theirs->created_by,
        .created_at = theirs->created_at ? theirs->created_at : now,
        .updated_at = theirs->updated_at ? theirs->updated_at : now,
    };
}

static enum error add(struct import *im, struct db *db, const struct source_organization *theirs)
{
    struct organization_row row = row_of(im, theirs);
    enum error err = choose_invitation(im, db, theirs, &row.invitation);
    count_of(im, IMPORT_ORGANIZATIONS)->added++;
    if (err || im->order->dry_run)
        return err;
    err = organizations_insert(db, &row);
    if (!err)
        err = save_seen(db, IMPORTED_ORGANIZATION, row.id, print_of(&row));
    if (!err)
        err = save_seen(db, IMPORTED_INVITATION, row.id, print_of_invitation(theirs->invitation));
    return err;
}

/* An invitation that was reset there is dead here too. */
static enum error merge_invitation(struct import *im, struct db *db,
                                   const struct source_organization *theirs,
                                   const struct organization_row *ours, bool *changed)
{
    int64_t print = print_of_invitation(theirs->invitation), seen;
    enum error err = imported_find(db, IMPORTED_INVITATION, theirs->id, &seen);
    if (err || print == seen)
        return err;
    str invitation;
    bool is_taken = compare(print, seen, print_of_invitation(ours->invitation)) == TAKE_THEIRS;
    if (is_taken)
        err = choose_invitation(im, db, theirs, &invitation);
    *changed = *changed || is_taken;
    if (!err && is_taken && !im->order->dry_run)
        err = organizations_set_invitation(db, theirs->id, invitation, im->order->now);
    if (!err && !im->order->dry_run)
        err = save_seen(db, IMPORTED_INVITATION, theirs->id, print);
    return err;
}

static enum error merge(struct import *im, struct db *db, const struct source_organization *theirs,
                        const struct organization_row *ours, int64_t seen)
{
    struct organization_row row = row_of(im, theirs);
    int64_t print = print_of(&row);
    enum drift drift = compare(print, seen, print_of(ours));
    bool changed = drift == TAKE_THEIRS;
    enum error err = OK;
    if (changed && !im->order->dry_run) {
        row.updated_at = im->order->now;
        err = organizations_update(db, &row);
    }
    if (!err && print != seen && !im->order->dry_run)
        err = save_seen(db, IMPORTED_ORGANIZATION, row.id, print);
    if (!err)
        err = merge_invitation(im, db, theirs, ours, &changed);
    struct import_count *count = count_of(im, IMPORT_ORGANIZATIONS);
    if (changed)
        count->updated++;
    else if (drift == BOTH_CHANGED || print != print_of(ours))
        count->kept++;
    else
        count->unchanged++;
    return err;
}

static enum error import_one(struct import *im, struct db *db,
                             const struct source_organization *theirs)
{
    struct organization_row ours;
    int64_t seen;
    if (!text_is_sound(theirs->title) || !text_is_sound(theirs->invitation) ||
        !text_is_sound(theirs->contact_info)) {
        id_set_add(&im->left_out_organizations, theirs->id);
        leave_out(im, IMPORT_ORGANIZATIONS, id_text(im, theirs->id), STR("it is not in UTF-8"));
        return OK;
    }
    if (!im->is_repeat)
        return add(im, db, theirs);
    /* held until the end, against whoever changes it or its settings right now */
    enum error err = im->order->dry_run ? OK : organizations_lock(db, theirs->id);
    if (err && err != ERR_NOT_FOUND)
        return err;
    enum error is_seen = imported_find(db, IMPORTED_ORGANIZATION, theirs->id, &seen);
    if (is_seen && is_seen != ERR_NOT_FOUND)
        return is_seen;
    enum error is_here = organizations_find(db, theirs->id, im->arena, &ours);
    if (is_here && is_here != ERR_NOT_FOUND)
        return is_here;
    if (!is_here && !is_seen)
        return merge(im, db, theirs, &ours, seen);
    if (is_here && is_seen)
        return add(im, db, theirs);
    id_set_add(&im->left_out_organizations, theirs->id);
    if (is_here)
        count_of(im, IMPORT_ORGANIZATIONS)->kept++;
    else
        leave_out(im, IMPORT_ORGANIZATIONS, id_text(im, theirs->id),
                  STR("another organization was made here under its number; its members and "
                      "settings are left out too"));
    return OK;
}

enum error import_organizations(struct import *im, struct db *db)
{
    enum error err = OK;
    for (size_t i = 0; !err && i < im->organizations.count; i++) {
        count_of(im, IMPORT_ORGANIZATIONS)->read++;
        err = import_one(im, db, &im->organizations.items[i]);
        progress(im, IMPORT_ORGANIZATIONS);
    }
    return err;
}

/* Settings */

static int64_t print_of_settings(const struct token_settings *settings)
{
    struct print print;
    print_begin(&print);
    print_number(&print, settings->api_tokens_enabled);
    print_number(&print, settings->legacy_api_tokens_enabled);
    print_number(&print, settings->api_token_ttl_days);
    return print_end(&print);
}

static int64_t within_limits(int64_t days)
{
    return days < 1 ? 1 : days > API_TOKEN_TTL_DAYS_MAX ? API_TOKEN_TTL_DAYS_MAX : days;
}

static enum error merge_settings(struct import *im, struct db *db,
                                 const struct source_settings *theirs)
{
    struct import_count *count = count_of(im, IMPORT_SETTINGS);
    struct token_settings defaults = token_settings_default(), ours, merged;
    int64_t seen = print_of_settings(&defaults); /* what a missing row means, there as here */
    enum error err = token_settings_find(db, theirs->organization_id, &ours);
    if (!err && im->is_repeat)
        err = imported_find(db, IMPORTED_SETTINGS, theirs->organization_id, &seen);
    if (err && err != ERR_NOT_FOUND)
        return err;
    bool is_new = !im->is_repeat || err == ERR_NOT_FOUND;
    merged = ours;
    merged.api_tokens_enabled = theirs->api_tokens_enabled;
    merged.legacy_api_tokens_enabled = theirs->legacy_api_tokens_enabled;
    merged.api_token_ttl_days = within_limits(theirs->api_token_ttl_days);
    merged.updated_at = theirs->updated_at ? theirs->updated_at : im->order->now;
    int64_t print = print_of_settings(&merged), here = print_of_settings(&ours);
    bool is_taken = compare(print, seen, here) == TAKE_THEIRS;
    if (is_new && (is_taken || print == here))
        count->added++;
    else if (is_taken)
        count->updated++;
    else if (print == here)
        count->unchanged++;
    else
        count->kept++;
    if (im->order->dry_run)
        return OK;
    err = is_taken || (is_new && print == here)
              ? token_settings_save(db, theirs->organization_id, &merged)
              : OK;
    if (!err && (is_new || print != seen))
        err = save_seen(db, IMPORTED_SETTINGS, theirs->organization_id, print);
    return err;
}

enum error import_settings(struct import *im, struct db *db)
{
    struct source_settings_list list;
    enum error err = source_read_settings(&im->source, im->arena, &list);
    for (size_t i = 0; !err && i < list.count; i++) {
        const struct source_settings *theirs = &list.items[i];
        count_of(im, IMPORT_SETTINGS)->read++;
        if (organization_find(im, theirs->organization_id))
            err = merge_settings(im, db, theirs);
        else
            leave_out(im, IMPORT_SETTINGS, id_text(im, theirs->organization_id),
                      STR("its organization was left out"));
        progress(im, IMPORT_SETTINGS);
    }
    return err;
}
