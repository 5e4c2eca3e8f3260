#include "auth/internal.h"
#include "base/log.h"
#include "store/sessions.h"

#define SEEN_STEP MINUTES(1) /* "last seen" is kept to this, so that not every request writes */
#define COOKIE_MAX 128       /* bytes; ours have 64 */

/* That a session was used just now. Not worth a refusal: on a full disk, reading goes on. */
static void touch(struct asking *ask, const struct session_row *row)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(ask->db, &txn);
    if (!err)
        err = sessions_touch(txn.db, row->mac, ask->now);
    if (!err)
        err = txn_commit(&txn);
    if (err)
        log_warning("a session's last use could not be stored: %s", error_name(err));
}

static bool is_over(const struct session_row *row, usec now)
{
    return row->expires_at <= now || row->seen_at + SESSION_IDLE <= now;
}

enum error check_session(struct asking *ask, str cookie, struct principal *out)
{
    struct session_row row;
    struct subject subject;
    struct basis basis;
    unsigned char mac_bytes[MAC_BYTES];
    if (cookie.len > COOKIE_MAX)
        return ERR_UNAUTHENTICATED;
    if (principal_recall(ask, TAG_SESSION, cookie, out))
        return OK;
    if (!ask->db)
        return ERR_WOULD_BLOCK;
    mac_compute(&ask->auth->session_mac, cookie, mac_bytes);
    str mac = str_of((const char *)mac_bytes, sizeof(mac_bytes));

    enum error err = sessions_find(ask->db, mac, ask->arena, &row);
    if (!err)
        err = subject_load(ask->auth, ask->db, row.user_id, 0, ask->now, &subject, &basis);
    if (!err) /* whose it is was needed for the basis; what counts is read after it */
        err = sessions_find(ask->db, mac, ask->arena, &row);
    if (err == ERR_NOT_FOUND || (!err && (is_over(&row, ask->now) || !subject.is_active)))
        return ERR_UNAUTHENTICATED;
    if (err)
        return err;
    if (ask->now - row.seen_at >= SEEN_STEP)
        touch(ask, &row);
    *out = (struct principal){
        .kind = CREDENTIAL_SESSION,
        .user_id = row.user_id,
        .organization_id = subject.organization_id,
        .role = subject.role,
        .expires_at = row.expires_at,
        .token_id = STR(""),
        .scopes = STR(""),
    };
    usec until = ask->now + SEEN_STEP < row.expires_at ? ask->now + SEEN_STEP : row.expires_at;
    principal_keep(ask, TAG_SESSION, cookie, &basis, until, out);
    return OK;
}
