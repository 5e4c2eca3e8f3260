#include "service/tokens.h"

#include "service/import/internal.h"

/* Names are given to the living tokens of a user: the newest has the first, the others "… 2", … */
struct naming {
    int64_t user_id;
    int64_t last;            /* number that was given last */
    struct token_list taken; /* names held here, by user */
    size_t next;             /* of them */
};

struct token_page {
    struct arena *arena;
    struct source_tokens theirs;
    struct token_row *rows; /* side by side with `theirs` */
    bool *is_done;          /* the same: known here, or left out */
    struct many added;      /* struct token_row */
};

static str name_of(int64_t number, struct arena *arena)
{
    return number == 1 ? STR(TOKEN_DEFAULT_NAME)
                       : arena_printf(arena, TOKEN_DEFAULT_NAME " %lld", (long long)number);
}

static bool is_taken(struct naming *naming, int64_t user_id, str name)
{
    while (naming->next < naming->taken.count &&
           naming->taken.items[naming->next].user_id < user_id)
        naming->next++;
    for (size_t i = naming->next;
         i < naming->taken.count && naming->taken.items[i].user_id == user_id; i++)
        if (str_equal(naming->taken.items[i].name, name))
            return true;
    return false;
}

static void give_name(struct naming *naming, struct token_row *row, struct arena *arena)
{
    if (naming->user_id != row->user_id) {
        naming->user_id = row->user_id;
        naming->last = 0;
    }
    do
        row->name = name_of(++naming->last, arena);
    while (is_taken(naming, row->user_id, row->name));
    row->holds_name = true;
}

static bool is_living(const struct import *im, const struct token_row *row)
{
    return row->user_id != 0 && row->revoked_at == 0 && row->expires_at > im->order->now;
}

/* A known one: what ended it there ends it here. */
static enum error merge(struct import *im, struct db *db, const struct token_row *theirs,
                        const struct token_row *ours, struct naming *naming, struct arena *arena)
{
    struct import_count *count = count_of(im, IMPORT_TOKENS);
    bool is_orphaned = theirs->user_id == 0 && ours->user_id != 0;
    bool ended_there = theirs->revoked_at != 0 || is_orphaned;
    if (ended_there && ours->revoked_at == 0) {
        bool changed;
        usec at = theirs->revoked_at ? theirs->revoked_at : im->order->now;
        count->updated++;
        return im->order->dry_run ? OK : tokens_revoke(db, ours->id, at, &changed);
    }
    if (theirs->user_id != 0 && ours->user_id == 0 && ours->revoked_at == 0) {
        /* its user was left out until now */
        struct token_row row = *theirs;
        row.name = STR(TOKEN_DEFAULT_NAME);
        if (is_living(im, &row))
            give_name(naming, &row, arena);
        count->updated++;
        return im->order->dry_run ? OK : tokens_give(db, &row);
    }
    if ((ours->revoked_at != 0) != ended_there)
        count->kept++;
    else
        count->unchanged++;
    return OK;
}

/* True if the row is to go on; a user who is not here has no tokens that count. */
static bool check_owner(struct import *im, const struct source_token *theirs, struct token_row *row)
{
    if (theirs->user_id == 0)
        return true;
    switch (owner_state(im, theirs->user_id, theirs->has_no_user)) {
    case OWNER_HERE:
    case OWNER_MISSING:
        return true;
    case OWNER_DELETED:
        row->user_id = 0;
        return true;
    case OWNER_LEFT_OUT:
        /* unknown, it would count as a token of the person who has that number here */
        row->user_id = 0;
        remark(im, IMPORT_TOKENS, id_text(im, theirs->id),
               STR("its user was left out: it is known, and does not count"));
        return true;
    case OWNER_TOO_NEW:
        leave_out(im, IMPORT_TOKENS, id_text(im, theirs->id), OWNER_TOO_NEW_TEXT);
        return false;
    }
    return false;
}

static void make_rows(struct import *im, struct token_page *page)
{
    for (size_t i = 0; i < page->theirs.count; i++) {
        const struct source_token *theirs = &page->theirs.items[i];
        str why;
        count_of(im, IMPORT_TOKENS)->read++;
        bool is_good = token_row_make(theirs, im->order->now, page->arena, &page->rows[i], &why);
        if (!is_good)
            leave_out(im, IMPORT_TOKENS, id_text(im, theirs->id), why);
        page->is_done[i] = !is_good || !check_owner(im, theirs, &page->rows[i]);
    }
}

static const struct token_row *find_known(const struct token_list *known, str id)
{
    for (size_t i = 0; i < known->count; i++)
        if (str_equal(known->items[i].id, id))
            return &known->items[i];
    return NULL;
}

/* Looks up the rows of a page, a few dozen with each question. */
static enum error merge_known(struct import *im, struct db *db, struct token_page *page,
                              struct naming *naming)
{
    enum error err = OK;
    for (size_t from = 0; !err && from < page->theirs.count; from += TOKENS_ASKED) {
        size_t count = page->theirs.count - from;
        count = count < TOKENS_ASKED ? count : TOKENS_ASKED;
        str ids[TOKENS_ASKED];
        struct token_list known;
        for (size_t i = 0; i < count; i++)
            ids[i] = page->is_done[from + i] ? STR("") : page->rows[from + i].id;
        err = tokens_find_many(db, ids, count, page->arena, &known);
        for (size_t i = from; !err && i < from + count; i++) {
            const struct token_row *ours =
                page->is_done[i] ? NULL : find_known(&known, page->rows[i].id);
            if (!ours)
                continue;
            page->is_done[i] = true;
            err = merge(im, db, &page->rows[i], ours, naming, page->arena);
        }
    }
    return err;
}

static enum error read_names(struct db *db, const struct token_page *page, struct naming *naming)
{
    naming->next = 0;
    return tokens_list_names(db, page->theirs.items[0].user_id,
                             page->theirs.items[page->theirs.count - 1].user_id, page->arena,
                             &naming->taken);
}

static enum error import_page(struct import *im, struct token_page *page, struct naming *naming)
{
    CLEANUP(batch_end) struct batch batch = {0};
    naming->taken = (struct token_list){0};
    naming->next = 0;
    make_rows(im, page);
    enum error err = batch_begin(im, &batch);
    if (!err && im->is_repeat && page->theirs.items[0].user_id != 0)
        err = read_names(batch.db, page, naming);
    if (!err && im->is_repeat)
        err = merge_known(im, batch.db, page, naming);
    naming->next = 0;
    for (size_t i = 0; !err && i < page->theirs.count; i++) {
        struct token_row *row = &page->rows[i];
        if (page->is_done[i])
            continue;
        row->name = STR(TOKEN_DEFAULT_NAME);
        if (is_living(im, row))
            give_name(naming, row, page->arena);
        *(struct token_row *)many_add(&page->added) = *row;
    }
    if (!err && !im->order->dry_run)
        err = tokens_insert_many(batch.db, page->added.items, page->added.count);
    if (!err)
        count_of(im, IMPORT_TOKENS)->added += (int64_t)page->added.count;
    return err ? err : batch_commit(&batch);
}

/* The page that was just read. */
static enum error handle(struct import *im, struct source_tokens theirs, struct naming *naming,
                         struct arena *arena)
{
    if (theirs.count == 0)
        return OK;
    struct token_page page = {.arena = arena,
                              .theirs = theirs,
                              .rows = ARENA_ARRAY(arena, struct token_row, theirs.count),
                              .is_done = ARENA_ARRAY(arena, bool, theirs.count),
                              .added = {.arena = arena, .item_bytes = sizeof(struct token_row)}};
    enum error err = import_page(im, &page, naming);
    progress(im, IMPORT_TOKENS);
    return err;
}

/* What is left of a user in whose midst a page ended. */
static enum error import_rest_of_user(struct import *im, int64_t user_id, int64_t before_id,
                                      struct naming *naming)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct source_tokens page = {.count = im->page_rows};
    enum error err = OK;
    while (!err && page.count == im->page_rows) {
        arena_reset(&arena);
        err = source_read_tokens_of(&im->source, user_id, before_id, (int64_t)im->page_rows, &arena,
                                    &page);
        if (!err && page.count > 0)
            before_id = page.items[page.count - 1].id;
        if (!err)
            err = handle(im, page, naming, &arena);
    }
    return err;
}

static enum error import_owned(struct import *im)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct source_tokens page = {.count = im->page_rows};
    struct naming naming = {0};
    int64_t user_id = 0, id = 0;
    enum error err = OK;
    while (!err && page.count == im->page_rows) {
        arena_reset(&arena);
        err = source_read_tokens(&im->source, user_id, (int64_t)im->page_rows, &arena, &page);
        if (!err && page.count > 0) {
            user_id = page.items[page.count - 1].user_id;
            id = page.items[page.count - 1].id;
        }
        if (!err)
            err = handle(im, page, &naming, &arena);
        if (!err && page.count == im->page_rows)
            err = import_rest_of_user(im, user_id, id, &naming);
    }
    return err;
}

static enum error import_orphans(struct import *im)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct source_tokens page = {.count = im->page_rows};
    struct naming naming = {0};
    int64_t id = 0;
    enum error err = OK;
    while (!err && page.count == im->page_rows) {
        arena_reset(&arena);
        err = source_read_orphans(&im->source, id, (int64_t)im->page_rows, &arena, &page);
        if (!err && page.count > 0)
            id = page.items[page.count - 1].id;
        if (!err)
            err = handle(im, page, &naming, &arena);
    }
    return err;
}

enum error import_tokens(struct import *im)
{
    if (!im->source.has_tokens)
        return OK;
    enum error err = import_owned(im);
    return err ? err : import_orphans(im);
}
