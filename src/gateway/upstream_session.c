#include "gateway/upstream_session.h"

#include "auth/authenticate.h"
#include "gateway/upstream.h"
#include "service/take_in.h"

static bool recall(struct shared *shared, str cookie, usec now, int64_t *user_id)
{
    char answer[DECISION_ANSWER_MAX];
    size_t len;
    if (!decision_find(shared->decisions, shared->page, TAG_UPSTREAM, cookie, now, answer,
                       sizeof(answer), &len) ||
        len != sizeof(*user_id))
        return false;
    memcpy(user_id, answer, len);
    return true;
}

static enum error ask(struct shared *shared, struct worker *w, str cookie, usec now,
                      struct arena *arena, int64_t *user_id)
{
    struct upstream_user user;
    enum error err = upstream_whoami(shared->upstream, UPSTREAM_COOKIE, cookie, arena, &user);
    if (err)
        return err;
    const struct newcomer newcomer = {
        .id = user.id,
        .email = user.email,
        .username = user.username,
        .first_name = user.first_name,
        .last_name = user.last_name,
        .organization_id = user.organization_id,
        .organization_title = user.organization_title,
        .is_owner = str_equal_nocase(user.email, user.organization_email),
    };
    err = take_in(w, &newcomer, now, arena);
    if (!err)
        *user_id = user.id;
    return err;
}

enum error upstream_session(struct shared *shared, struct worker *w, str cookie, usec now,
                            struct arena *arena, struct principal *out)
{
    struct subject subject;
    struct basis basis;
    int64_t user_id;
    bool is_known = recall(shared, cookie, now, &user_id);
    enum error err = OK;
    if (!is_known)
        err = w ? ask(shared, w, cookie, now, arena, &user_id) : ERR_WOULD_BLOCK;
    if (!err)
        err = subject_load(&shared->auth, w ? w->db : NULL, user_id, 0, now, &subject, &basis);
    if (err == ERR_NOT_FOUND || (!err && !subject.is_active))
        return ERR_UNAUTHENTICATED;
    if (err)
        return err;
    if (!is_known)
        decision_keep(shared->decisions, shared->page, TAG_UPSTREAM, cookie, &basis,
                      now + UPSTREAM_SESSION_KEPT, (str){(const char *)&user_id, sizeof(user_id)});
    *out = (struct principal){
        .kind = CREDENTIAL_SESSION,
        .user_id = user_id,
        .organization_id = subject.organization_id,
        .role = subject.role,
        .expires_at = now + UPSTREAM_SESSION_KEPT,
        .token_id = STR(""),
        .scopes = STR(""),
    };
    return OK;
}
