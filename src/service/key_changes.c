#include "service/key_changes.h"

#include "cluster/change.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "service/audit.h"
#include "service/keys.h"
#include "token/key_ring.h"

#define KID_BYTES 8

str key_shown_name(str kid)
{
    return str_is_empty(kid) ? STR(SECRET_KEY_NAME) : kid;
}

str key_state_name(enum key_state state)
{
    switch (state) {
    case KEY_NEXT:
        return STR("next");
    case KEY_CURRENT:
        return STR("current");
    case KEY_RETIRING:
        return STR("retiring");
    case KEY_RETIRED:
        return STR("retired");
    }
    return STR("");
}

static bool is_public(const struct signing_key_row *row)
{
    return !str_equal(row->algorithm, jwt_algorithm_name(JWT_HS256));
}

static bool in_family(const struct signing_key_row *row, enum jwt_algorithm algorithm)
{
    return is_public(row) == (algorithm != JWT_HS256);
}

static struct signing_key_row *find_in(struct signing_key_list *list, enum jwt_algorithm algorithm,
                                       enum key_state state)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].state == state && in_family(&list->items[i], algorithm))
            return &list->items[i];
    return NULL;
}

/* Made before any lock is held: an RSA key takes a while. */
static enum error make(const struct shared *shared, enum jwt_algorithm algorithm, usec now,
                       struct arena *arena, struct signing_key_row *out)
{
    struct signing_key *key = NULL;
    str secret;
    arena_mark_secret(arena);
    str kid = random_hex(arena, KID_BYTES);
    enum error err = signing_key_generate(algorithm, kid, &key);
    if (!err)
        err = signing_key_export(key, arena, &secret);
    if (!err)
        *out = (struct signing_key_row){
            .kid = kid,
            .algorithm = jwt_algorithm_name(algorithm),
            .state = KEY_NEXT,
            .sealed = seal(shared->vault.key_seal, arena, secret, key_seal_context(kid, arena)),
            .created_at = now,
            .changed_at = now,
        };
    signing_key_free(key);
    return err;
}

static enum error begin(struct worker *w, struct txn *txn, struct arena *arena,
                        struct signing_key_list *list)
{
    enum error err = txn_begin(w->db, txn);
    if (!err)
        err = signing_keys_lock(txn->db);
    return err ? err : signing_keys_list(txn->db, arena, list);
}

static enum error set_state(struct txn *txn, struct signing_key_row *row, enum key_state state,
                            usec now)
{
    row->state = state;
    row->changed_at = now;
    return signing_keys_set_state(txn->db, row->kid, state, now);
}

static enum error insert(struct txn *txn, const struct signing_key_list *list,
                         const struct signing_key_row *row)
{
    return list->count < SIGNING_KEYS_MAX ? signing_keys_insert(txn->db, row) : ERR_LIMIT;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       enum audit_kind kind, const struct signing_key_row *row, str state_before,
                       usec now)
{
    const struct audit_fact facts[] = {
        {.name = STR("algorithm"), .before = STR(""), .after = row->algorithm},
        {.name = STR("state"), .before = state_before, .after = key_state_name(row->state)},
    };
    const struct audit_event event = {
        .kind = kind,
        .subject_kind = STR("key"),
        .subject_id = key_shown_name(row->kid),
        .subject_name = STR(""),
        .facts = facts,
        .fact_count = COUNT_OF(facts),
    };
    return audit_note(w, txn, who, &event, now);
}

enum error key_add(struct worker *w, const struct principal *who, enum jwt_algorithm algorithm,
                   enum key_state state, usec now, struct arena *arena, struct signing_key_row *out)
{
    struct signing_key_row row;
    enum error err = make(w->shared, algorithm, now, arena, &row);
    if (err)
        return err;
    row.state = state;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_KEYS, 0);
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct signing_key_list list;
    err = begin(w, &txn, arena, &list);
    if (!err && state == KEY_NEXT && find_in(&list, algorithm, KEY_NEXT))
        err = ERR_CONFLICT;
    struct signing_key_row *old = !err ? find_in(&list, algorithm, KEY_CURRENT) : NULL;
    if (!err && state == KEY_CURRENT && old)
        err = set_state(&txn, old, KEY_RETIRING, now);
    if (!err)
        err = insert(&txn, &list, &row);
    if (!err)
        err = note(w, &txn, who, AUDIT_KEY_ADDED, &row, STR(""), now);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = row;
    return err;
}

/* `fresh` is a key that was made in case it is needed. */
static enum error rotate(struct worker *w, struct txn *txn, const struct principal *who,
                         struct signing_key_list *list, enum jwt_algorithm algorithm,
                         enum rotation_patience patience, struct signing_key_row *fresh, usec now,
                         struct key_rotation *out)
{
    struct signing_key_row *next = find_in(list, algorithm, KEY_NEXT);
    struct signing_key_row *current = find_in(list, algorithm, KEY_CURRENT);
    bool has_public_half = algorithm != JWT_HS256;
    if (!next && has_public_half && patience == PUBLISH_FIRST) {
        *out = (struct key_rotation){.current = {.kid = STR(""), .algorithm = STR("")},
                                     .next = *fresh,
                                     .ready_at = now + KEY_PUBLISHED_FIRST};
        enum error err = insert(txn, list, fresh);
        return err ? err : note(w, txn, who, AUDIT_KEY_ADDED, fresh, STR(""), now);
    }
    if (next && has_public_half && patience == PUBLISH_FIRST &&
        next->created_at + KEY_PUBLISHED_FIRST > now) {
        out->next = *next;
        out->ready_at = next->created_at + KEY_PUBLISHED_FIRST;
        return ERR_TOO_EARLY;
    }
    enum error err = OK;
    bool fresh_signs = !next;
    if (current)
        err = set_state(txn, current, KEY_RETIRING, now);
    if (!err && next)
        err = set_state(txn, next, KEY_CURRENT, now);
    if (fresh_signs)
        fresh->state = KEY_CURRENT;
    if (!err && (fresh_signs || has_public_half))
        err = insert(txn, list, fresh);
    if (err)
        return err;
    out->current = fresh_signs ? *fresh : *next;
    if (!fresh_signs && has_public_half)
        out->next = *fresh;
    return note(w, txn, who, AUDIT_KEY_ROTATED, &out->current, fresh_signs ? STR("") : STR("next"),
                now);
}

enum error key_rotate(struct worker *w, const struct principal *who, enum jwt_algorithm algorithm,
                      enum rotation_patience patience, usec now, struct arena *arena,
                      struct key_rotation *out)
{
    static const struct signing_key_row none = {
        .kid = STR_INIT(""), .algorithm = STR_INIT(""), .sealed = STR_INIT("")};
    struct signing_key_row fresh;
    *out = (struct key_rotation){.current = none, .next = none};
    enum error err = make(w->shared, algorithm, now, arena, &fresh);
    if (err)
        return err;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_KEYS, 0);
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct signing_key_list list;
    err = begin(w, &txn, arena, &list);
    if (!err)
        err = rotate(w, &txn, who, &list, algorithm, patience, &fresh, now, out);
    return err ? err : change_commit(&change, &txn);
}

enum error key_rotating_algorithm(struct worker *w, struct arena *arena, enum jwt_algorithm *out)
{
    struct signing_key_list list;
    enum error err = signing_keys_list(w->db, arena, &list);
    if (err)
        return err;
    const struct signing_key_row *row = find_in(&list, JWT_EDDSA, KEY_NEXT);
    if (!row)
        row = find_in(&list, JWT_EDDSA, KEY_CURRENT);
    *out = JWT_HS256;
    return row ? jwt_algorithm_find(row->algorithm, out) : OK;
}

/* Until when tokens that the key has signed can live. */
static enum error look_at_its_tokens(struct txn *txn, const struct signing_key_row *row, usec now,
                                     struct key_retirement *out)
{
    usec ends_at = row->changed_at + ACCESS_TOKENS_END_AFTER;
    out->ends_at = row->state == KEY_RETIRING && ends_at > now ? ends_at : 0;
    out->living_pats = 0;
    return is_public(row)
               ? OK
               : signing_keys_count_living_pats(txn->db, row->kid, now, &out->living_pats);
}

static enum error retire(struct worker *w, struct txn *txn, const struct principal *who, str name,
                         enum retirement retirement, usec now, struct arena *arena,
                         struct key_retirement *out)
{
    struct signing_key_row row;
    str kid = str_equal(name, STR(SECRET_KEY_NAME)) ? STR("") : name;
    enum error err = signing_keys_find(txn->db, kid, arena, &row);
    if (!err && row.state == KEY_RETIRED)
        err = ERR_NOT_FOUND;
    if (!err)
        err = look_at_its_tokens(txn, &row, now, out);
    if (err)
        return err;
    str before = key_state_name(row.state);
    bool by_force = retirement == RETIRE_BY_FORCE;
    if (row.state == KEY_CURRENT && !is_public(&row))
        return ERR_FORBIDDEN;
    if (row.state == KEY_CURRENT && !by_force) {
        out->ends_at = now + ACCESS_TOKENS_END_AFTER;
        out->state = KEY_RETIRING;
    } else {
        if (!by_force && (out->living_pats > 0 || out->ends_at != 0))
            return ERR_CONFLICT;
        out->state = KEY_RETIRED;
    }
    err = set_state(txn, &row, out->state, now);
    return err ? err : note(w, txn, who, AUDIT_KEY_RETIRED, &row, before, now);
}

enum error key_retire(struct worker *w, const struct principal *who, str name,
                      enum retirement retirement, usec now, struct arena *arena,
                      struct key_retirement *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of_everything(&change); /* what it signed was found good, and is remembered */
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct signing_key_list list;
    *out = (struct key_retirement){0};
    enum error err = begin(w, &txn, arena, &list);
    if (!err)
        err = retire(w, &txn, who, name, retirement, now, arena, out);
    return err ? err : change_commit(&change, &txn);
}

static bool is_done(const struct signing_key_row *row, usec now)
{
    return row->state == KEY_RETIRING && is_public(row) &&
           row->changed_at + ACCESS_TOKENS_END_AFTER <= now;
}

static enum error retire_one(struct worker *w, str kid, usec now, struct arena *arena)
{
    struct key_retirement ignored;
    return key_retire(w, NULL, kid, RETIRE_WHEN_DONE, now, arena, &ignored);
}

enum error keys_retire_done(struct worker *w, usec now, struct arena *arena)
{
    struct signing_key_list list;
    enum error err = signing_keys_list(w->db, arena, &list);
    for (size_t i = 0; !err && i < list.count; i++)
        if (is_done(&list.items[i], now)) {
            err = retire_one(w, list.items[i].kid, now, arena);
            if (err == ERR_NOT_FOUND) /* another host was quicker */
                err = OK;
        }
    return err;
}
