#include "service/members.h"
#include "service/token_roll.h"

/* Figures are kept for so many times as long as they took to count. */
#define TAG_SUMMARY 'F'
#define KEPT_FACTOR 20

/* A sample of a large organization: blocks of neighbours, evenly spread over all members. */
#define SAMPLE_BLOCKS 100
#define SAMPLE_BLOCK (FEW_MEMBERS / SAMPLE_BLOCKS) /* members */

static bool recall(struct worker *w, int64_t organization_id, usec now, struct token_summary *out)
{
    char answer[BODY_KEPT_MAX];
    size_t len;
    str key = str_of((const char *)&organization_id, sizeof(organization_id));
    if (!decision_find(w->shared->bodies, w->shared->page, TAG_SUMMARY, key, now, answer,
                       sizeof(answer), &len) ||
        len != sizeof(*out))
        return false;
    memcpy(out, answer, sizeof(*out));
    return true;
}

static void scale(int64_t *figure, int64_t all, int64_t seen)
{
    *figure = (*figure * all + seen / 2) / seen;
}

static void scale_kind(struct kind_figures *figures, int64_t all, int64_t seen)
{
    scale(&figures->tokens, all, seen);
    scale(&figures->people, all, seen);
    for (size_t i = 0; i < TOKEN_AGES; i++)
        scale(&figures->by_age[i], all, seen);
}

static void scale_all(struct token_figures *figures, int64_t all, int64_t seen)
{
    scale_kind(&figures->pat, all, seen);
    scale_kind(&figures->api_key, all, seen);
    scale(&figures->legacy, all, seen);
    scale(&figures->never_used, all, seen);
    scale(&figures->unused_90d, all, seen);
    scale(&figures->expiring_14d, all, seen);
}

static enum error estimate(struct worker *w, int64_t organization_id, usec now,
                           struct token_figures *figures)
{
    struct member_range all, block;
    int64_t seen = 0, next = 0;
    enum error err = member_range_all(w->db, organization_id, &all);
    for (int64_t i = 0; !err && i < SAMPLE_BLOCKS; i++) {
        int64_t from = all.first + (all.last - all.first) / SAMPLE_BLOCKS * i;
        err = member_range_from(w->db, organization_id, from > next ? from : next, SAMPLE_BLOCK,
                                &block);
        if (err == ERR_NOT_FOUND) { /* the blocks before have reached the last one */
            err = OK;
            break;
        }
        if (!err)
            err = token_figures_add(w->db, organization_id, block.first, block.last, now, figures);
        seen += block.count;
        next = block.last + 1;
    }
    if (!err && seen > 0)
        scale_all(figures, all.count, seen);
    return err;
}

static enum error count(struct worker *w, int64_t organization_id, usec now,
                        struct token_summary *out)
{
    enum error err = members_are_more_than(w->db, organization_id, FEW_MEMBERS, &out->is_estimate);
    if (err)
        return err;
    return out->is_estimate
               ? estimate(w, organization_id, now, &out->figures)
               : token_figures_add(w->db, organization_id, 0, INT64_MAX, now, &out->figures);
}

enum error token_summary_read(struct worker *w, const struct principal *who,
                              int64_t organization_id, usec now, struct token_summary *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    if (recall(w, organization_id, now, out))
        return OK;
    const struct basis basis = basis_take(w->shared->page, 0, (uint64_t)organization_id, 0);
    struct token_summary summary;
    memset(&summary, 0, sizeof(summary)); /* its padding too: it is kept as its bytes */
    summary.as_of = now;
    usec begun = time_monotonic();
    enum error err = count(w, organization_id, now, &summary);
    if (err)
        return err;
    usec until = now + (time_monotonic() - begun) * (KEPT_FACTOR + 1);
    decision_keep(w->shared->bodies, w->shared->page, TAG_SUMMARY,
                  str_of((const char *)&organization_id, sizeof(organization_id)), &basis, until,
                  str_of((const char *)&summary, sizeof(summary)));
    memcpy(out, &summary, sizeof(summary));
    return OK;
}
