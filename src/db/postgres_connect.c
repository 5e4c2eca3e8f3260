#include <errno.h>
#include <poll.h>

#include "base/log.h"
#include "db/postgres.h"

#define CONNECT_WAIT SECONDS(3)            /* for a server that restarts */
#define CONNECT_WAIT_DOWN (SECONDS(1) / 5) /* while it is known to be down */
#define KNOWN_DOWN_FOR SECONDS(2)
#define ANSWER_WAIT SECONDS(15) /* more than statement_timeout: only a dead server takes longer */

/* What PostgreSQL's errors mean */

static const struct {
    const char *sqlstate; /* or the beginning of it */
    enum error err;
} meanings[] = {
    {"08", ERR_UNAVAILABLE},  /* the connection */
    {"23", ERR_CONFLICT},     /* a constraint */
    {"25006", ERR_READ_ONLY}, /* a read-only transaction, a standby */
    {"40", ERR_BUSY},         /* serialization, deadlock */
    {"53100", ERR_FULL},      /* the disk */
    {"53", ERR_UNAVAILABLE},  /* memory, connections */
    {"55P03", ERR_BUSY},      /* lock_timeout */
    {"57014", ERR_BUSY},      /* statement_timeout */
    {"57P", ERR_UNAVAILABLE}, /* shutting down, starting up */
    {"58", ERR_IO},           /* the server's files */
    {"XX001", ERR_MALFORMED}, /* data damaged */
    {"XX002", ERR_MALFORMED}, /* an index damaged */
};

static enum error meaning_of(str sqlstate)
{
    for (size_t i = 0; i < COUNT_OF(meanings); i++)
        if (str_starts(sqlstate, str_from(meanings[i].sqlstate)))
            return meanings[i].err;
    return ERR_INTERNAL;
}

/* Only the message's first part is logged: the detail quotes values. */
static enum error failed(struct postgres_db *db, const PGresult *result, const char *sql)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    bool is_lost = PQstatus(db->connection) != CONNECTION_OK;
    enum error err = is_lost ? ERR_UNAVAILABLE : meaning_of(str_from(sqlstate));
    if (err != ERR_CONFLICT) { /* which is an answer, not a fault */
        db_note_failure();
        log_error("PostgreSQL: %s (%s): %s", message ? message : "the connection was lost",
                  error_name(err), sql);
    }
    if (err == ERR_UNAVAILABLE)
        postgres_forget(db);
    return err;
}

/* Waiting */

static bool wait_for(PGconn *connection, short events, usec deadline)
{
    for (;;) {
        usec left = deadline - time_monotonic();
        if (left <= 0)
            return false;
        int milliseconds = left > SECONDS(60) ? 60000 : (int)(left / 1000) + 1;
        struct pollfd fd = {.fd = PQsocket(connection), .events = events};
        int ready = poll(&fd, 1, milliseconds);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

static bool is_failure(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY;
}

/* All results up to the end; the first failure, else the last one. NULL: none, or not in time. */
static PGresult *collect(PGconn *connection, usec deadline)
{
    PGresult *kept = NULL;
    for (;;) {
        while (PQisBusy(connection))
            if (!wait_for(connection, POLLIN, deadline) || !PQconsumeInput(connection)) {
                PQclear(kept);
                return NULL;
            }
        PGresult *next = PQgetResult(connection);
        if (!next)
            return kept;
        if (kept && is_failure(kept)) {
            PQclear(next);
        } else {
            PQclear(kept);
            kept = next;
        }
    }
}

enum error postgres_answer(struct postgres_db *db, int sent, const char *sql,
                           enum patience patience, PGresult **out)
{
    bool is_endless = patience == PATIENCE_ENDLESS ||
                      ((struct postgres_database *)db->base.database)->mode == DB_READ_ONLY;
    usec deadline = is_endless ? USEC_NEVER : time_monotonic() + ANSWER_WAIT;
    PGresult *result = sent ? collect(db->connection, deadline) : NULL;
    if (!result) {
        db_note_failure();
        log_error("PostgreSQL: no answer (%s): %s", error_name(ERR_UNAVAILABLE), sql);
        postgres_forget(db);
        return ERR_UNAVAILABLE;
    }
    if (is_failure(result)) {
        enum error err = failed(db, result, sql);
        PQclear(result);
        return err;
    }
    *out = result;
    return OK;
}

enum error postgres_exec(struct postgres_db *db, const char *sql, enum patience patience)
{
    PGresult *result = NULL;
    enum error err = postgres_answer(db, PQsendQuery(db->connection, sql), sql, patience, &result);
    PQclear(result);
    return err;
}

/* Connections */

static void drop_notice(void *nothing, const char *message)
{
    (void)nothing;
    log_debug("PostgreSQL: %s", message);
}

/* Never NULL but when out of memory; it may have failed. */
static PGconn *connect_before(const char *url, usec deadline)
{
    /* what stands before the URL is a default, what stands behind it is fixed */
    static const char *const names[] = {
        "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "application_name", "dbname",          "client_encoding",     NULL,
    };
    const char *const values[] = {
        "5000", "5", "2", "3", "latchkey", url, "UTF8", NULL,
    };
    PGconn *connection = PQconnectStartParams(names, values, 1);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (connection && PQstatus(connection) != CONNECTION_BAD &&
           (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING)) {
        if (!wait_for(connection, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            break;
        next = PQconnectPoll(connection);
    }
    return connection;
}

/*
 * What a session is set to. Outside a transaction nothing is written, as on SQLite's reading
 * connections. An answered commit is on the server's disk, whatever the server's default is.
 */
#define SESSION                                                                                    \
    "SET default_transaction_read_only = on;"                                                      \
    "SET default_transaction_isolation = 'read committed';"                                        \
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex';"                       \
    "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s';"                    \
    "SELECT set_config('synchronous_commit', 'on', false)"                                         \
    " WHERE current_setting('synchronous_commit') = 'off';"

static const char service_session[] = SESSION "SET statement_timeout = '10s'";
static const char import_session[] = SESSION "SET statement_timeout = '10min'";

/* One try. `why` (may be NULL) is given a line that lives in `arena`. */
static enum error connect_once(struct postgres_db *db, usec deadline, struct arena *arena, str *why)
{
    struct postgres_database *database = (struct postgres_database *)db->base.database;
    db->connection = connect_before(database->url, deadline);
    if (PQstatus(db->connection) != CONNECTION_OK) {
        str message = str_trim(str_from(PQerrorMessage(db->connection))), rest;
        str_cut(message, '\n', &message, &rest);
        *why = arena_copy(arena, message.len > 0 ? message : STR("no answer in time"));
        postgres_forget(db);
        return ERR_UNAVAILABLE;
    }
    db->session++;
    PQsetNoticeProcessor(db->connection, drop_notice, NULL);
    *why = STR("the session could not be set up");
    return postgres_exec(db, database->mode == DB_READ_ONLY ? import_session : service_session,
                         PATIENCE_NORMAL);
}

static void pause_for(usec duration)
{
    struct timespec t = {.tv_sec = duration / SECONDS(1),
                         .tv_nsec = (long)(duration % SECONDS(1)) * 1000};
    nanosleep(&t, NULL);
}

/* Tries until `deadline`. */
static enum error connect_with_patience(struct postgres_db *db, usec deadline, struct arena *arena,
                                        str *why)
{
    usec pause = SECONDS(1) / 20;
    for (;;) {
        enum error err = connect_once(db, deadline, arena, why);
        if (!err || time_monotonic() + pause >= deadline)
            return err;
        pause_for(pause);
        pause = pause < SECONDS(1) / 2 ? pause * 2 : pause;
    }
}

enum error postgres_ready(struct postgres_db *db)
{
    if (db->connection && PQstatus(db->connection) == CONNECTION_OK)
        return OK;
    postgres_forget(db);
    if (db->is_in_txn)
        return ERR_UNAVAILABLE;

    struct postgres_database *database = (struct postgres_database *)db->base.database;
    usec now = time_monotonic();
    usec down_since = atomic_load(&database->down_since);
    bool is_known_down = down_since && now - down_since < KNOWN_DOWN_FOR;
    struct arena arena = {0};
    str why = STR("");
    enum error err = connect_with_patience(
        db, now + (is_known_down ? CONNECT_WAIT_DOWN : CONNECT_WAIT), &arena, &why);
    if (err && !is_known_down) {
        db_note_failure();
        log_error("PostgreSQL: %.*s", STR_ARG(why));
        atomic_store(&database->down_since, time_monotonic());
    } else if (!err) {
        atomic_store(&database->down_since, 0);
    }
    arena_release(&arena);
    return err;
}

void postgres_forget(struct postgres_db *db)
{
    PQfinish(db->connection);
    db->connection = NULL;
}

/* The database */

/*
 * libpq quotes a URL's parts in its messages, and takes a part of the password for a host when its
 * '@', '/', '?' or '#' are not encoded: such a URL is refused before libpq sees it.
 */
static bool password_would_show(str url)
{
    str scheme, rest, host;
    str_cut(url, '/', &scheme, &rest);
    str credentials;
    if (!str_cut(rest, '@', &credentials, &host))
        return false;
    credentials = str_from_at(credentials, 1); /* the second '/' */
    return str_has(host, '@') || str_has(credentials, '/') || str_has(credentials, '?') ||
           str_has(credentials, '#');
}

static enum error check_url(const char *url, struct arena *arena, str *problem)
{
    PQconninfoOption *options =
        password_would_show(str_from(url)) ? NULL : PQconninfoParse(url, NULL);
    if (options) {
        PQconninfoFree(options);
        return OK;
    }
    PROBLEM(arena, problem,
            "the database's URL is not well formed; it is postgresql://user:password@host/name,"
            " where a password's @ : / ? # %% are written as %%40 %%3A %%2F %%3F %%23 %%25");
    return ERR_MALFORMED;
}

static enum error try_first(struct postgres_database *database, struct arena *arena, str *problem)
{
    struct postgres_db db = {.base.database = &database->base};
    str why = STR("");
    enum error err = connect_with_patience(&db, time_monotonic() + CONNECT_WAIT, arena, &why);
    if (err)
        PROBLEM(arena, problem, "PostgreSQL cannot be reached: %.*s", STR_ARG(why));
    postgres_forget(&db);
    return err;
}

enum error postgres_database_open(str url, enum db_mode mode, struct arena *arena, str *problem,
                                  struct database **out)
{
    struct postgres_database *database = allocate(sizeof(*database));
    database_setup(&database->base, &postgres_driver, true);
    database->mode = mode;
    database->url = allocate(url.len + 1);
    memcpy(database->url, url.ptr, url.len);

    enum error err = check_url(database->url, arena, problem);
    if (!err)
        err = try_first(database, arena, problem);
    if (err) {
        database_close(&database->base);
        return err;
    }
    *out = &database->base;
    return OK;
}
