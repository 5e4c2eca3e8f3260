#include "service/internal.h"

#include "crypto/seal.h"
#include "service/authority.h"
#include "store/idempotent_answers.h"
#include "store/users.h"

/*
 * The successor's secret, for a client that did not get the answer and asks again: a PAT is signed
 * again, an API key is kept sealed for as long. No caller's own key begins with a blank.
 */
static str secret_key(str old_id, struct arena *arena)
{
    return ARENA_JOIN(arena, STR(" rotation of "), old_id);
}

static enum error keep_secret(const struct shared *shared, struct txn *txn, str old_id,
                              const struct new_token *token, usec now, struct arena *arena)
{
    struct idempotent_answer answer = {
        .user_id = token->row.user_id,
        .key = secret_key(old_id, arena),
        .fingerprint = STR(""),
        .status = 201,
        .sealed = seal(shared->vault.answer_seal, arena, token->secret, token->row.id),
        .created_at = now,
    };
    bool added;
    if (token->row.kind == TOKEN_PAT)
        return OK;
    enum error err = idempotent_answers_add(txn->db, &answer, &added);
    return err ? err : added ? OK : ERR_INTERNAL; /* a token is rotated once */
}

static enum error find_secret(const struct shared *shared, struct db *db, str old_id,
                              const struct token_row *successor, struct arena *arena, str *out)
{
    struct idempotent_answer answer;
    if (successor->kind == TOKEN_PAT)
        return token_sign_again(shared, successor, arena, out);
    enum error err =
        idempotent_answers_find(db, successor->user_id, secret_key(old_id, arena), arena, &answer);
    if (err)
        return err;
    arena_mark_secret(arena);
    return unseal(shared->vault.answer_seal, arena, answer.sealed, successor->id, out);
}

/* Itself a restricted token may carry on; another it would lend a longer life than its own. */
static usec latest_end(const struct principal *who, const struct token_power *power,
                       const struct token_row *old)
{
    return old->token_key == who->token_key ? USEC_NEVER : power->expires_at;
}

/* The answer of a rotation that was made already, while the grace lasts. */
static enum error repeat(struct worker *w, struct db *db, const struct token_row *old, usec latest,
                         usec now, struct arena *arena, struct new_token *out)
{
    struct new_token token = {.secret = STR("")};
    enum error err = tokens_find(db, old->replaced_by, arena, &token.row);
    if (!err && !token_row_lives(&token.row, now))
        err = ERR_REVOKED;
    if (!err && token.row.expires_at > latest)
        err = ERR_FORBIDDEN;
    if (!err)
        err = find_secret(w->shared, db, old->id, &token.row, arena, &token.secret);
    if (!err)
        *out = token;
    return err == ERR_NOT_FOUND ? ERR_REVOKED : err;
}

static struct token_draft draft_of(struct worker *w, const struct principal *who,
                                   const struct token_row *old, const struct subject *subject,
                                   usec now)
{
    usec life =
        old->issued_at != 0 ? old->expires_at - old->issued_at : DAYS(API_TOKEN_TTL_DAYS_MAX);
    usec limit = DAYS(token_limit_days(w->shared, subject));
    int64_t by = user_behind(who);
    return (struct token_draft){
        .kind = old->kind,
        .user_id = old->user_id,
        .name = old->name,
        .scopes = old->scopes,
        .allowed_ips = old->allowed_ips,
        .expires_at = whole_second(now) + (life < limit ? life : limit),
        .made_by = by != old->user_id ? by : 0,
        .family = w->shared->config->strict ? STR("") : token_row_family(old),
        .rotated_from = w->shared->config->strict ? STR("") : old->id,
    };
}

static enum error put_in_place(struct worker *w, struct txn *txn, const struct principal *who,
                               const struct token_row *old, const struct new_token *token,
                               usec grace, usec now, struct arena *arena)
{
    bool changed = false;
    enum error err =
        w->shared->config->strict
            ? tokens_end(txn->db, old->id, end_reason(who, old->user_id), user_behind(who), now,
                         &changed)
            : tokens_replace(txn->db, old->id, token->row.id, now + grace, now, &changed);
    if (!err && !changed)
        err = ERR_REVOKED;
    if (!err)
        err = tokens_insert(txn->db, &token->row);
    if (!err && grace > 0)
        err = keep_secret(w->shared, txn, old->id, token, now, arena);
    return err;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       const struct token_row *old, const struct new_token *token,
                       int64_t organization_id, usec grace, usec now, struct arena *arena)
{
    const struct audit_fact facts[] = {
        {STR("id"), old->id, token->row.id},
        {STR("expires_at"), audit_time(arena, old->expires_at),
         audit_time(arena, token->row.expires_at)},
        {STR("grace_seconds"), STR(""), audit_number(arena, usec_to_seconds(grace))},
    };
    struct audit_event event = token_event(AUDIT_TOKEN_ROTATED, old, organization_id);
    event.facts = facts;
    event.fact_count = COUNT_OF(facts);
    return audit_note(w, txn, who, &event, now);
}

/*
 * Whoever rotates a token gets its successor's secret, and acts as its user with it. Another
 * person's an administrator may end and not take; a program's he makes anyway.
 */
static enum error check_may_hold(struct txn *txn, const struct principal *who, int64_t user_id,
                                 struct arena *arena)
{
    struct user_row user;
    if (who->kind == CREDENTIAL_OPERATOR || who->user_id == user_id)
        return OK;
    enum error err = users_find(txn->db, user_id, arena, &user);
    return err ? err : user.is_service ? OK : ERR_FORBIDDEN;
}

/* With the user's row held, the old token is as it was last committed: two at once make one. */
static enum error succeed(struct worker *w, struct txn *txn, struct change *change,
                          const struct principal *who, str id, usec grace, usec now,
                          struct arena *arena, struct new_token *out, bool *is_new)
{
    struct token_row old;
    struct subject subject;
    struct token_power power;
    enum error err = tokens_find(txn->db, id, arena, &old);
    if (!err)
        err = subject_hold(txn, old.user_id, &subject);
    if (!err) /* again: it may have been replaced while the user's row was waited for */
        err = tokens_find(txn->db, id, arena, &old);
    if (!err)
        err = authority_over_tokens(txn, who, old.user_id);
    if (!err)
        err = check_may_hold(txn, who, old.user_id, arena);
    if (!err && token_kind_is_off(w->shared, &subject, old.kind))
        err = ERR_KIND_OFF;
    if (!err)
        err = token_power_of(w, who, arena, &power);
    if (!err && !token_power_covers(&power, old.scopes, old.allowed_ips))
        err = ERR_FORBIDDEN;
    if (err)
        return err;
    if (!token_row_lives(&old, now))
        return old.revoked_at == 0 && str_is_empty(old.replaced_by) ? ERR_EXPIRED : ERR_REVOKED;
    *is_new = str_is_empty(old.replaced_by);
    if (!*is_new)
        return repeat(w, txn->db, &old, latest_end(who, &power, &old), now, arena, out);

    struct token_draft draft = draft_of(w, who, &old, &subject, now);
    if (draft.expires_at > latest_end(who, &power, &old))
        draft.expires_at = whole_second(latest_end(who, &power, &old));
    change_of(change, OWNER_TOKEN, (uint64_t)old.token_key);
    err = token_draft_make(w->shared, &draft, now, arena, out);
    if (!err)
        err = put_in_place(w, txn, who, &old, out, grace, now, arena);
    return err ? err
               : note(w, txn, who, &old, out, subject.active_organization_id, grace, now, arena);
}

enum error token_succeed(struct worker *w, const struct principal *who, const struct token_row *old,
                         usec grace, usec now, struct arena *arena, struct new_token *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    bool is_new = false;
    if (w->shared->config->strict)
        grace = 0;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = succeed(w, &txn, &change, who, old->id, grace, now, arena, &token, &is_new);
    if (!err && is_new)
        err = change_commit(&change, &txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_rotate(struct worker *w, const struct principal *who, str id, usec grace, usec now,
                        struct arena *arena, struct new_token *out)
{
    struct token_row row;
    enum error err = token_show(w, who, id, arena, &row);
    return err ? err : token_succeed(w, who, &row, grace, now, arena, out);
}
