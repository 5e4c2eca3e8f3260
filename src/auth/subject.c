#include "auth/authenticate.h"

/* A user's state is asked for again after so long even if no change was announced. */
#define SUBJECT_AGE MINUTES(10)

/* `token_id` empty: the token is of no interest. */
static enum error read_once(struct db *db, int64_t user_id, str token_id, struct arena *arena,
                            struct subject_and_token *out)
{
    if (!str_is_empty(token_id))
        return subjects_find_with_token(db, user_id, token_id, arena, out);
    *out = (struct subject_and_token){0};
    return subjects_find(db, user_id, &out->subject);
}

static enum error load(struct auth *auth, struct db *db, int64_t user_id, str token_id,
                       int64_t token_key, usec now, struct arena *arena,
                       struct subject_and_token *out, struct basis *basis)
{
    const struct subject *subject = &out->subject;
    str key = {(const char *)&user_id, sizeof(user_id)};
    /*
     * The organization is only known once the user was read, and its counter must be read before
     * the truth that it stands for: hence a guess, and a second read when it was wrong.
     */
    int64_t organization_id = atomic_load_explicit(&auth->last_organization, memory_order_relaxed);
    for (int i = 0; i < 3; i++) {
        *basis = basis_take(auth->page, (uint64_t)user_id, (uint64_t)organization_id,
                            (uint64_t)token_key);
        enum error err = read_once(db, user_id, token_id, arena, out);
        if (err)
            return err;
        if (subject->active_organization_id == organization_id) {
            decision_keep(auth->decisions, auth->page, TAG_SUBJECT, key, basis, now + SUBJECT_AGE,
                          (str){(const char *)subject, sizeof(*subject)});
            return OK;
        }
        organization_id = subject->active_organization_id;
        atomic_store_explicit(&auth->last_organization, organization_id, memory_order_relaxed);
    }
    return ERR_BUSY; /* somebody moves the user about faster than we can read */
}

enum error subject_load(struct auth *auth, struct db *db, int64_t user_id, int64_t token_key,
                        usec now, struct subject *out, struct basis *basis)
{
    struct subject subject;
    size_t len;
    str key = {(const char *)&user_id, sizeof(user_id)};
    char answer[DECISION_ANSWER_MAX], again[DECISION_ANSWER_MAX];
    _Static_assert(sizeof(subject) <= sizeof(answer), "a subject fits an answer");

    if (decision_find(auth->decisions, auth->page, TAG_SUBJECT, key, now, answer, sizeof(answer),
                      &len) &&
        len == sizeof(subject)) {
        memcpy(&subject, answer, sizeof(subject));
        *basis = basis_take(auth->page, (uint64_t)user_id, (uint64_t)subject.active_organization_id,
                            (uint64_t)token_key);
        /* still there after the basis was taken: then it is as good as read after it */
        if (decision_find(auth->decisions, auth->page, TAG_SUBJECT, key, now, again, sizeof(again),
                          &len) &&
            len == sizeof(subject) && memcmp(again, answer, sizeof(subject)) == 0) {
            *out = subject;
            return OK;
        }
    }
    if (!db)
        return ERR_WOULD_BLOCK;
    struct subject_and_token read;
    enum error err = load(auth, db, user_id, STR(""), token_key, now, NULL, &read, basis);
    if (!err)
        *out = read.subject;
    return err;
}

enum error subject_load_with_token(struct auth *auth, struct db *db, int64_t user_id, str token_id,
                                   int64_t token_key, usec now, struct arena *arena,
                                   struct subject_and_token *out, struct basis *basis)
{
    return load(auth, db, user_id, token_id, token_key, now, arena, out, basis);
}
