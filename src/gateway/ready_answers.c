#include "gateway/ready_answers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "http/ready_answer.h"

#define WAYS 4
#define SETS (READY_ANSWERS / WAYS)
#define SHOVE 8 /* a living answer makes room for one in so many newcomers */

/* All that an answer says of its caller, but for the texts. Plain bytes: all of them are compared.
 */
struct caller {
    int64_t user_id, organization_id, token_key;
    usec expires_at; /* 0 of a session, whose end moves with each request, and is not told */
    uint32_t token_id_len, scopes_len;
    uint32_t kind, role;
};
_Static_assert(sizeof(struct caller) == 4 * 8 + 4 * 4, "no padding");

struct kept {
    struct ready_answer *answer; /* held */
    struct basis basis;
    usec until;
    struct caller caller;
    char texts[]; /* token id, scopes */
};

struct set {
    _Alignas(64) pthread_mutex_t lock;
    unsigned newcomers;        /* under lock */
    struct kept *places[WAYS]; /* under lock; NULL: empty */
};

struct ready_answers {
    struct set sets[SETS];
    struct ready_answer *_Atomic refusals[READY_REFUSAL_COUNT]; /* held; each is set once */
};

/* --- Life ------------------------------------------------------------------------------------- */

struct ready_answers *ready_answers_new(void)
{
    struct ready_answers *answers = aligned_alloc(_Alignof(struct ready_answers), sizeof(*answers));
    if (!answers)
        abort(); /* a process that is truly out of memory stops */
    memset(answers, 0, sizeof(*answers));
    for (size_t i = 0; i < SETS; i++)
        pthread_mutex_init(&answers->sets[i].lock, NULL);
    return answers;
}

static void kept_free(struct kept *kept)
{
    if (kept)
        ready_answer_drop(kept->answer);
    free(kept);
}

void ready_answers_free(struct ready_answers *answers)
{
    if (!answers)
        return;
    for (size_t i = 0; i < SETS; i++) {
        for (size_t way = 0; way < WAYS; way++)
            kept_free(answers->sets[i].places[way]);
        pthread_mutex_destroy(&answers->sets[i].lock);
    }
    for (size_t i = 0; i < READY_REFUSAL_COUNT; i++)
        ready_answer_drop(answers->refusals[i]);
    free(answers);
}

/* --- Whose ------------------------------------------------------------------------------------ */

static struct caller caller_of(const struct principal *who)
{
    return (struct caller){
        .user_id = who->user_id,
        .organization_id = who->organization_id,
        .token_key = who->token_key,
        .expires_at = who->kind == CREDENTIAL_SESSION ? 0 : who->expires_at,
        .token_id_len = (uint32_t)who->token_id.len,
        .scopes_len = (uint32_t)who->scopes.len,
        .kind = (uint32_t)who->kind,
        .role = (uint32_t)who->role,
    };
}

/*
 * By who it is and the end of the token's id, where access tokens of one parent differ. Only
 * whoever has the signing key can choose these so that they meet others.
 */
static struct set *set_of(struct ready_answers *answers, const struct principal *who)
{
    uint64_t end = 0;
    if (who->token_id.len >= sizeof(end))
        memcpy(&end, who->token_id.ptr + who->token_id.len - sizeof(end), sizeof(end));
    uint64_t h = (uint64_t)who->token_key ^ (uint64_t)who->user_id * 0x9E3779B97F4A7C15U ^
                 end * 0xC2B2AE3D27D4EB4FU ^ (uint64_t)who->kind;
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9U;
    return &answers->sets[(h >> 32) % SETS];
}

static bool is_of(const struct kept *kept, const struct principal *who)
{
    struct caller caller = caller_of(who);
    return memcmp(&kept->caller, &caller, sizeof(caller)) == 0 &&
           memcmp(kept->texts, who->token_id.ptr, who->token_id.len) == 0 &&
           memcmp(kept->texts + who->token_id.len, who->scopes.ptr, who->scopes.len) == 0;
}

static struct kept **find(struct set *set, const struct principal *who)
{
    for (size_t way = 0; way < WAYS; way++)
        if (set->places[way] && is_of(set->places[way], who))
            return &set->places[way];
    return NULL;
}

/* --- Answers ---------------------------------------------------------------------------------- */

static bool counts(const struct kept *kept, const struct generation_page *page, usec now)
{
    return now < kept->until && basis_holds(page, &kept->basis);
}

/* What was there, to be freed without the lock. */
static struct kept *replace(struct kept **place, struct kept *by)
{
    struct kept *old = *place;
    *place = by;
    return old;
}

bool ready_answers_reply(struct ready_answers *answers, const struct generation_page *page,
                         const struct principal *who, usec now, struct response *rs)
{
    if (!answers || !generation_is_current(page, now))
        return false;
    struct set *set = set_of(answers, who);
    struct ready_answer *found = NULL;
    struct kept *dead = NULL;
    pthread_mutex_lock(&set->lock);
    struct kept **place = find(set, who);
    if (place && counts(*place, page, now))
        found = ready_answer_hold((*place)->answer);
    else if (place)
        dead = replace(place, NULL);
    pthread_mutex_unlock(&set->lock);
    kept_free(dead);
    if (found)
        reply_ready(rs, found);
    return found != NULL;
}

/* NULL: no memory, or it is none that can be kept. */
static struct kept *kept_new(const struct principal *who, const struct basis *basis, usec until,
                             const struct response *rs)
{
    struct ready_answer *answer = ready_answer_new(rs);
    if (!answer)
        return NULL;
    struct kept *kept = malloc(sizeof(*kept) + who->token_id.len + who->scopes.len);
    if (!kept) {
        ready_answer_drop(answer);
        return NULL;
    }
    *kept =
        (struct kept){.answer = answer, .basis = *basis, .until = until, .caller = caller_of(who)};
    memcpy(kept->texts, who->token_id.ptr, who->token_id.len);
    memcpy(kept->texts + who->token_id.len, who->scopes.ptr, who->scopes.len);
    return kept;
}

/* The caller's own place, an empty one, one whose answer counts no more, now and then another's.
 * NULL: not this time. */
static struct kept **make_room(struct set *set, const struct principal *who,
                               const struct generation_page *page, usec now)
{
    struct kept **place = find(set, who);
    for (size_t way = 0; way < WAYS && !place; way++)
        if (!set->places[way] || !counts(set->places[way], page, now))
            place = &set->places[way];
    if (place)
        return place;
    unsigned turn = ++set->newcomers;
    return turn % SHOVE == 0 ? &set->places[turn / SHOVE % WAYS] : NULL;
}

void ready_answers_keep(struct ready_answers *answers, const struct generation_page *page,
                        const struct principal *who, const struct basis *basis, usec until,
                        usec now, const struct response *rs)
{
    if (!answers || now >= until || !basis_holds(page, basis))
        return;
    struct set *set = set_of(answers, who);
    struct kept *old = NULL;
    pthread_mutex_lock(&set->lock);
    struct kept **place = make_room(set, who, page, now);
    if (place)
        old = replace(place, kept_new(who, basis, until, rs));
    pthread_mutex_unlock(&set->lock);
    kept_free(old);
}

size_t ready_answers_sweep(struct ready_answers *answers, const struct generation_page *page,
                           usec now)
{
    size_t swept = 0;
    for (size_t i = 0; answers && i < SETS; i++) {
        struct set *set = &answers->sets[i];
        for (size_t way = 0; way < WAYS; way++) {
            struct kept *dead = NULL;
            pthread_mutex_lock(&set->lock);
            struct kept **place = &set->places[way];
            if (*place && !counts(*place, page, now))
                dead = replace(place, NULL);
            pthread_mutex_unlock(&set->lock);
            swept += dead != NULL;
            kept_free(dead);
        }
    }
    return swept;
}

/* --- Refusals --------------------------------------------------------------------------------- */

bool ready_answers_refuse(struct ready_answers *answers, enum ready_refusal which,
                          struct response *rs)
{
    struct ready_answer *kept = NULL;
    if (answers)
        kept = atomic_load_explicit(&answers->refusals[which], memory_order_acquire);
    if (kept)
        reply_ready(rs, ready_answer_hold(kept));
    return kept != NULL;
}

void ready_answers_keep_refusal(struct ready_answers *answers, enum ready_refusal which,
                                const struct response *rs)
{
    struct ready_answer *made = answers ? ready_answer_new(rs) : NULL, *before = NULL;
    if (made &&
        !atomic_compare_exchange_strong_explicit(&answers->refusals[which], &before, made,
                                                 memory_order_acq_rel, memory_order_acquire))
        ready_answer_drop(made); /* another thread was first */
}
