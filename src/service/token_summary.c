#include "service/members.h"
#include "service/token_roll.h"

/*
 * Reading every token of a large organization takes seconds: the figures are kept for twenty times
 * as long as they took, so that a worker spends a twentieth of its time on them at most, and while
 * somebody counts the others are told the ones before.
 */
#define TAG_SUMMARY 'F'
#define KEPT_FACTOR 20
#define OUTDATED_KEPT HOURS(24)
#define COUNTING_AT_MOST MINUTES(10)

enum part { CURRENT, OUTDATED, COUNTING };

struct summary_key {
    int64_t organization_id;
    int64_t part; /* enum part */
};

static bool recall(struct worker *w, int64_t organization_id, enum part part, usec now,
                   struct token_summary *out)
{
    const struct summary_key key = {organization_id, part};
    char answer[BODY_KEPT_MAX];
    size_t len;
    if (!decision_find(w->shared->bodies, w->shared->page, TAG_SUMMARY,
                       str_of((const char *)&key, sizeof(key)), now, answer, sizeof(answer), &len))
        return false;
    if (len == sizeof(*out))
        memcpy(out, answer, sizeof(*out));
    return true;
}

static void keep(struct worker *w, int64_t organization_id, enum part part,
                 const struct basis *basis, usec until, const struct token_summary *summary)
{
    const struct summary_key key = {organization_id, part};
    decision_keep(w->shared->bodies, w->shared->page, TAG_SUMMARY,
                  str_of((const char *)&key, sizeof(key)), basis, until,
                  str_of((const char *)summary, sizeof(*summary)));
}

static void forget_counting(struct worker *w, int64_t organization_id)
{
    const struct summary_key key = {organization_id, COUNTING};
    decision_forget(w->shared->bodies, TAG_SUMMARY, str_of((const char *)&key, sizeof(key)));
}

static enum error count(struct worker *w, int64_t organization_id, usec now,
                        struct token_summary *out)
{
    const struct basis nobody = basis_take(w->shared->page, 0, 0, 0);
    const struct basis basis = basis_take(w->shared->page, 0, (uint64_t)organization_id, 0);
    struct token_summary summary = {.as_of = now};
    keep(w, organization_id, COUNTING, &nobody, now + COUNTING_AT_MOST, &summary);
    usec begun = time_monotonic();
    enum error err = token_figures_read(w->db, organization_id, now, &summary.figures);
    usec took = time_monotonic() - begun;
    forget_counting(w, organization_id);
    if (err)
        return err;
    keep(w, organization_id, CURRENT, &basis, now + took * (KEPT_FACTOR + 1), &summary);
    keep(w, organization_id, OUTDATED, &nobody, now + OUTDATED_KEPT, &summary);
    *out = summary;
    return OK;
}

enum error token_summary_read(struct worker *w, const struct principal *who,
                              int64_t organization_id, usec now, struct token_summary *out)
{
    struct token_summary ignored;
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    if (recall(w, organization_id, CURRENT, now, out))
        return OK;
    bool is_large;
    enum error err = members_are_more_than(w->db, organization_id, FEW_MEMBERS, &is_large);
    if (!err && is_large && recall(w, organization_id, COUNTING, now, &ignored))
        return recall(w, organization_id, OUTDATED, now, out) ? OK : ERR_BUSY;
    return err ? err : count(w, organization_id, now, out);
}
