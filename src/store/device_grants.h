/*
 * Devices that ask to be let in (RFC 8628), until they have their token or their time is over.
 */
#ifndef LATCHKEY_STORE_DEVICE_GRANTS_H
#define LATCHKEY_STORE_DEVICE_GRANTS_H

#include "db/db.h"

/* As stored. */
enum device_state { DEVICE_ASKED = 1, DEVICE_APPROVED, DEVICE_DENIED, DEVICE_DONE };

struct device_row {
    str device_mac; /* of the device code; not read back */
    str user_code;  /* 8 letters, without the dash */
    str client_name;
    str scopes; /* a list; "all" when it did not say */
    str address;
    str user_agent;
    enum device_state state;
    int64_t user_id;         /* who approved or denied; 0: nobody yet */
    int64_t organization_id; /* that he acted in */
    usec created_at;
    usec expires_at;
    usec polled_at;           /* 0: never */
    int64_t interval_seconds; /* between two questions of the device */
};

/* ERR_CONFLICT: the user code is in use. */
enum error device_grants_insert(struct db *db, const struct device_row *row) MUST_CHECK;
/* Expired ones too. */
enum error device_grants_find(struct db *db, str device_mac, struct arena *arena,
                              struct device_row *out) MUST_CHECK;
enum error device_grants_find_by_code(struct db *db, str user_code, struct arena *arena,
                                      struct device_row *out) MUST_CHECK;
/* Only from the one state into the other; *changed says whether. */
enum error device_grants_decide(struct db *db, str user_code, enum device_state state,
                                int64_t user_id, int64_t organization_id, bool *changed) MUST_CHECK;
enum error device_grants_finish(struct db *db, str device_mac, bool *changed) MUST_CHECK;
/* That the device has asked, and how long it must wait from now on. */
enum error device_grants_polled(struct db *db, str device_mac, int64_t interval_seconds,
                                usec now) MUST_CHECK;
enum error device_grants_count(struct db *db, usec now, int64_t *out) MUST_CHECK;
enum error device_grants_purge(struct db *db, usec before) MUST_CHECK;

#endif
