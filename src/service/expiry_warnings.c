#include "service/expiry_warnings.h"

#include "service/audit.h"
#include "store/expiring_tokens.h"

#define BATCH 200
#define BATCHES_MAX 25
/* Looked at again: one that was written by a transaction that ended after we had passed its end. */
#define OVERLAP MINUTES(10)
#define ENDED_LATELY DAYS(2) /* a server that was away for longer does not tell of what ended */

/* From the farthest to the last. */
static const int64_t days_before[] = {14, 3, 1, 0};
_Static_assert(COUNT_OF(days_before) == EXPIRY_STEPS, "how far each came is remembered");

static str kind_text(enum token_kind kind)
{
    return kind == TOKEN_API_KEY ? STR("api_key") : STR("pat");
}

static enum error note_one(struct worker *w, struct txn *txn, const struct expiring_token *token,
                           int64_t days, usec now, struct arena *arena)
{
    int64_t left = token->expires_at > now ? (token->expires_at - now + DAYS(1) - 1) / DAYS(1) : 0;
    const struct audit_fact facts[] = {
        {STR("expires_at"), STR(""), audit_time(arena, token->expires_at)},
        {STR("days_left"), STR(""), days == 0 ? STR("") : audit_number(arena, left)},
        {STR("kind"), STR(""), kind_text(token->kind)},
        {STR("owner"), STR(""), token->email},
    };
    const struct audit_event event = {.kind =
                                          days == 0 ? AUDIT_TOKEN_EXPIRED : AUDIT_TOKEN_EXPIRING,
                                      .organization_id = token->organization_id,
                                      .subject_kind = STR("token"),
                                      .subject_id = token->id,
                                      .subject_name = token->name,
                                      .subject_user_id = token->user_id,
                                      .facts = facts,
                                      .fact_count = COUNT_OF(facts)};
    return audit_note(w, txn, NULL, &event, now);
}

/* Marks all, then notes those that nobody else has marked: notes are a transaction's last. */
static enum error warn_of(struct worker *w, const struct expiring_list *list, int64_t days,
                          usec now, struct arena *arena)
{
    bool is_first[BATCH] = {false};
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    for (size_t i = 0; !err && i < list->count; i++)
        err = expiring_tokens_mark(txn.db, list->items[i].id, days, &is_first[i]);
    for (size_t i = 0; !err && i < list->count; i++)
        if (is_first[i])
            err = note_one(w, &txn, &list->items[i], days, now, arena);
    return err ? err : txn_commit(&txn);
}

/* Those whose ends lie between the step's own mark and the next one's, which is nearer. */
static enum error do_step(struct worker *w, size_t step, usec now, int *batches,
                          struct arena *arena)
{
    int64_t days = days_before[step];
    usec nearest =
        step + 1 < COUNT_OF(days_before) ? now + DAYS(days_before[step + 1]) : now - ENDED_LATELY;
    usec up_to = now + DAYS(days);
    usec *place = &w->shared->warned_up_to[step];
    usec after = *place - OVERLAP > nearest ? *place - OVERLAP : nearest;
    struct expiring_list list = {0};
    enum error err = OK;
    do {
        arena_reset(arena);
        /* those with the same end that are marked do not come again */
        err = expiring_tokens_list(w->db, after - 1, STR(""), up_to, days, BATCH, arena, &list);
        if (!err && list.count > 0)
            err = warn_of(w, &list, days, now, arena);
        if (!err && list.count > 0)
            after = list.items[list.count - 1].expires_at;
    } while (!err && list.count == BATCH && ++*batches < BATCHES_MAX);
    if (!err)
        *place = list.count == BATCH ? after : up_to;
    return err;
}

enum error expiry_warnings(struct worker *w, usec now)
{
    struct arena arena;
    int batches = 0;
    enum error err = OK;
    arena_init(&arena);
    for (size_t i = 0; !err && i < COUNT_OF(days_before); i++)
        err = do_step(w, i, now, &batches, &arena);
    arena_release(&arena);
    return err;
}
