#include "service/housekeeping.h"

#include "base/log.h"
#include "service/expiry_warnings.h"
#include "service/key_changes.h"
#include "service/usage.h"
#include "service/shortening.h"
#include "store/changes.h"
#include "store/idempotent_answers.h"
#include "store/device_grants.h"
#include "store/sessions.h"
#include "store/webhooks.h"

#define CHANGES_KEPT HOURS(24)   /* longer than any other host can lag behind and still follow */
#define DEVICES_KEPT HOURS(1)    /* so that a device which asks late hears that it is late */
#define DELIVERIES_KEPT DAYS(30) /* of webhooks, once there is nothing more to do */

#define ANSWERS_KEPT HOURS(24) /* a rotation's grace is no longer */

static enum error purge(struct worker *w, usec now)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = sessions_purge(txn.db, now, now - SESSION_IDLE);
    if (!err)
        err = changes_purge(txn.db, now - CHANGES_KEPT);
    if (!err)
        err = idempotent_answers_purge(txn.db, now - ANSWERS_KEPT);
    if (!err)
        err = deliveries_purge(txn.db, now - DELIVERIES_KEPT);
    if (!err)
        err = device_grants_purge(txn.db, now - DEVICES_KEPT);
    return err ? err : txn_commit(&txn);
}

void housekeeping(struct shared *shared, usec now)
{
    struct worker *worker = NULL;
    decision_sweep(shared->decisions, shared->page, now);
    decision_sweep(shared->bodies, shared->page, now);
    decision_sweep(shared->identities, shared->page, now);
    enum error err = worker_open(shared, -1, &worker);
    if (!err)
        err = purge(worker, now);
    if (!err)
        err = shortening_finish_all(worker, now);
    if (err)
        log_warning("old sessions and changes could not be deleted: %s", error_name(err));
    if (!err) {
        struct arena arena = {0};
        err = keys_retire_done(worker, now, &arena);
        if (err)
            log_warning("keys that sign no longer could not be ended: %s", error_name(err));
        arena_release(&arena);
    }
    if (worker && usage_housekeeping(worker, now))
        log_warning("what tokens did long ago could not be deleted");
    if (worker && expiry_warnings(worker, now))
        log_warning("the ends of tokens could not be looked at; it is tried again");
    worker_close(worker);
}
