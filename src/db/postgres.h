/*
 * What the files of the PostgreSQL driver share.
 *
 *   db_postgres.c        statements, rows, transactions
 *   postgres_connect.c   URLs, connections, what PostgreSQL's errors mean
 */
#ifndef LATCHKEY_DB_POSTGRES_H
#define LATCHKEY_DB_POSTGRES_H

#include <libpq-fe.h>

#include "db/internal.h"

struct postgres_database {
    struct database base;
    char *url; /* holds a password, perhaps: never shown */
    enum db_mode mode;
    _Atomic usec down_since; /* monotonic time of the last failure to connect, 0: none since */
};

struct postgres_db {
    struct db base;
    PGconn *connection; /* NULL until first used, and when it is lost */
    uint64_t session;   /* counts connections: a statement is prepared in one of them */
    uint64_t names;     /* counts statements */
    bool is_in_txn;
};

/* How long an answer is waited for. */
enum patience { PATIENCE_NORMAL, PATIENCE_ENDLESS };

/* db_postgres.c */
extern const struct driver postgres_driver;

/* postgres_connect.c */
/*
 * Makes the connection if there is none. ERR_UNAVAILABLE within 3 s when it cannot, and at once
 * while others have just failed, or when a transaction was lost with it.
 */
enum error postgres_ready(struct postgres_db *db) MUST_CHECK;
/* Gives the connection up. */
void postgres_forget(struct postgres_db *db);
/*
 * The answer to what was just sent (`sent`: libpq's word that it was), the first failure if there
 * are several. `out` is the caller's to clear, and NULL when this fails; failures are logged.
 */
enum error postgres_answer(struct postgres_db *db, int sent, const char *sql,
                           enum patience patience, PGresult **out) MUST_CHECK;
/* Sends `sql` as it is and drops the answer's rows. */
enum error postgres_exec(struct postgres_db *db, const char *sql,
                         enum patience patience) MUST_CHECK;

#endif
