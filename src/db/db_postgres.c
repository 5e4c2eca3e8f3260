#include "base/encoding.h"
#include "base/log.h"
#include "db/postgres.h"

#define MAX_PARAMETERS 256
#define DIGITS 24

/* Types of columns, from the server's pg_type.dat; they never change. */
enum { TYPE_BOOL = 16, TYPE_BYTEA = 17, TYPE_TIMESTAMPTZ = 1184 };

struct parameter {
    const char *value; /* NULL for NULL */
    int len;
    int is_binary;
    char digits[DIGITS];
};

struct postgres_statement {
    struct statement base;
    char name[DIGITS];
    uint64_t session; /* in which it was prepared; 0: not yet */
    PGresult *result;
    int row;
    struct parameter parameters[];
};

static struct postgres_db *postgres_of(struct db *db)
{
    return (struct postgres_db *)db;
}

static struct postgres_statement *statement_of(struct statement *statement)
{
    return (struct postgres_statement *)statement;
}

/* Connections */

static enum error postgres_connect(struct database *database, struct db **out)
{
    struct postgres_db *db = allocate(sizeof(*db));
    db->base.database = database;
    *out = &db->base;
    return OK;
}

static void postgres_db_free(struct db *db)
{
    postgres_forget(postgres_of(db));
    free(db);
}

static void postgres_database_free(struct database *database)
{
    struct postgres_database *mine = (struct postgres_database *)database;
    wipe(mine->url, strlen(mine->url));
    free(mine->url);
    free(mine);
}

/*
 * Outside a transaction nothing is lost with a connection, and nothing was written on it: what
 * failed is run once more on a new one.
 */
static bool may_run_again(struct postgres_db *db, enum error err, int tries)
{
    return err == ERR_UNAVAILABLE && !db->connection && !db->is_in_txn && tries == 1;
}

static enum error control(struct postgres_db *db, const char *sql, enum patience patience)
{
    enum error err;
    int tries = 0;
    do {
        err = postgres_ready(db);
        if (err)
            return err;
        err = postgres_exec(db, sql, patience);
    } while (may_run_again(db, err, ++tries));
    return err;
}

static enum error postgres_ping(struct db *db)
{
    return control(postgres_of(db), "SELECT 1", PATIENCE_NORMAL) ? ERR_UNAVAILABLE : OK;
}

/* Statements */

/* The highest $n outside of 'quotes'. */
static int count_parameters(const char *sql)
{
    int highest = 0;
    bool is_quoted = false;
    for (const char *c = sql; *c; c++) {
        is_quoted ^= *c == '\'';
        if (is_quoted || *c != '$')
            continue;
        int number = 0;
        while (c[1] >= '0' && c[1] <= '9' && number <= MAX_PARAMETERS)
            number = number * 10 + (*++c - '0');
        highest = number > highest ? number : highest;
    }
    return highest;
}

static enum error postgres_prepare(struct db *db, const char *sql, struct statement **out)
{
    int count = count_parameters(sql);
    if (count > MAX_PARAMETERS) {
        log_error("more than %d parameters: %s", MAX_PARAMETERS, sql);
        return ERR_INTERNAL;
    }
    struct postgres_statement *statement =
        allocate(sizeof(*statement) + sizeof(statement->parameters[0]) * (size_t)count);
    statement->base.sql = sql;
    statement->base.parameter_count = count;
    snprintf(statement->name, sizeof(statement->name), "s%llu",
             (unsigned long long)++postgres_of(db)->names);
    *out = &statement->base;
    return OK;
}

static void postgres_reset(struct db *db, struct statement *statement)
{
    (void)db;
    struct postgres_statement *mine = statement_of(statement);
    PQclear(mine->result);
    mine->result = NULL;
    for (int i = 0; i < statement->parameter_count; i++)
        mine->parameters[i].value = NULL;
}

static void postgres_finalize(struct db *db, struct statement *statement)
{
    struct postgres_statement *mine = statement_of(statement);
    struct postgres_db *connection = postgres_of(db);
    postgres_reset(db, statement);
    bool server_keeps_it = connection->connection && mine->session == connection->session;
    if (server_keeps_it && !db->is_closing) {
        char sql[DIGITS + 16];
        snprintf(sql, sizeof(sql), "DEALLOCATE %s", mine->name);
        if (postgres_exec(connection, sql, PATIENCE_NORMAL))
            postgres_forget(connection);
    }
    free(mine);
}

static enum error postgres_bind(struct statement *statement, int parameter,
                                const struct value *value)
{
    struct parameter *p = &statement_of(statement)->parameters[parameter - 1];
    if (value->bytes.len > INT32_MAX)
        return ERR_TOO_LARGE;
    switch (value->kind) {
    case VALUE_NULL:
        p->value = NULL;
        return OK;
    case VALUE_I64: /* as text, so that it fits SMALLINT and BIGINT alike */
        snprintf(p->digits, sizeof(p->digits), "%lld", (long long)value->number);
        p->value = p->digits;
        p->is_binary = 0;
        return OK;
    case VALUE_TEXT: /* the binary form of a text is the text, and needs no NUL behind it */
    case VALUE_BYTES:
        p->value = value->bytes.ptr;
        p->len = (int)value->bytes.len;
        p->is_binary = 1;
        return OK;
    }
    return ERR_INTERNAL;
}

static enum error prepare_on_server(struct postgres_db *db, struct postgres_statement *statement)
{
    if (statement->session == db->session)
        return OK;
    PGresult *result = NULL;
    const char *sql = statement->base.sql;
    int sent = PQsendPrepare(db->connection, statement->name, sql, 0, NULL);
    enum error err = postgres_answer(db, sent, sql, PATIENCE_NORMAL, &result);
    PQclear(result);
    if (!err)
        statement->session = db->session;
    return err;
}

static enum error run_prepared(struct postgres_db *db, struct postgres_statement *statement)
{
    const char *values[MAX_PARAMETERS];
    int lengths[MAX_PARAMETERS];
    int formats[MAX_PARAMETERS];
    int count = statement->base.parameter_count;
    for (int i = 0; i < count; i++) {
        values[i] = statement->parameters[i].value;
        lengths[i] = statement->parameters[i].len;
        formats[i] = statement->parameters[i].is_binary;
    }
    int sent =
        PQsendQueryPrepared(db->connection, statement->name, count, values, lengths, formats, 0);
    return postgres_answer(db, sent, statement->base.sql, PATIENCE_NORMAL, &statement->result);
}

static enum error run(struct postgres_db *db, struct postgres_statement *statement)
{
    enum error err;
    int tries = 0;
    do {
        err = postgres_ready(db);
        if (err)
            return err;
        err = prepare_on_server(db, statement);
        if (!err)
            err = run_prepared(db, statement);
    } while (may_run_again(db, err, ++tries));
    return err;
}

static enum error postgres_step(struct db *db, struct statement *statement)
{
    struct postgres_statement *mine = statement_of(statement);
    if (statement->has_run) {
        mine->row++;
    } else {
        enum error err = run(postgres_of(db), mine);
        if (err)
            return err;
        mine->row = 0;
    }
    return mine->row < PQntuples(mine->result) ? OK : ERR_NOT_FOUND;
}

static int64_t postgres_changed(const struct statement *statement)
{
    PGresult *result = ((const struct postgres_statement *)statement)->result;
    int64_t count = 0;
    bool is_query = !result || str_starts(str_from(PQcmdStatus(result)), STR("SELECT"));
    return is_query || str_to_i64(str_from(PQcmdTuples(result)), &count) ? 0 : count;
}

/* Rows, which come as text */

static str text_of(struct statement *statement, int column)
{
    struct postgres_statement *mine = statement_of(statement);
    return str_of(PQgetvalue(mine->result, mine->row, column),
                  (size_t)PQgetlength(mine->result, mine->row, column));
}

static bool postgres_is_null(struct statement *statement, int column)
{
    struct postgres_statement *mine = statement_of(statement);
    return !mine->result || mine->row >= PQntuples(mine->result) ||
           PQgetisnull(mine->result, mine->row, column);
}

static int64_t postgres_i64(struct statement *statement, int column)
{
    str text = text_of(statement, column);
    int64_t number = 0;
    if (PQftype(statement_of(statement)->result, column) == TYPE_BOOL)
        return str_equal(text, STR("t"));
    return str_to_i64(text, &number) ? 0 : number; /* a text that is no number is 0 in SQLite too */
}

static str postgres_bytes(struct statement *statement, int column, struct arena *arena)
{
    str text = text_of(statement, column);
    Oid type = PQftype(statement_of(statement)->result, column);
    str bytes = STR("");
    if (type == TYPE_BYTEA && str_starts(text, STR("\\x")))
        return hex_decode(arena, str_from_at(text, 2), &bytes) ? STR("") : bytes;
    if (type == TYPE_TIMESTAMPTZ && str_ends(text, STR("+00"))) /* the session's zone is UTC */
        text = str_slice(text, 0, text.len - 3);
    return arena_copy(arena, text);
}

/* What is not one statement of a caller's */

static enum error postgres_script(struct db *db, const char *sql)
{
    return control(postgres_of(db), sql, PATIENCE_ENDLESS);
}

static enum error postgres_lock_schema(struct db *db)
{
    return postgres_script(db, "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s';"
                               "SELECT pg_advisory_xact_lock(7811886620437176697)");
}

static enum error postgres_txn_begin(struct db *db, struct db **out)
{
    struct postgres_db *mine = postgres_of(db);
    if (((struct postgres_database *)db->database)->mode == DB_READ_ONLY)
        return ERR_READ_ONLY;
    enum error err = control(mine, "BEGIN READ WRITE", PATIENCE_NORMAL);
    if (err == ERR_INTERNAL) {
        /* Only a standby refuses this. The server may have become one: the next try asks anew. */
        postgres_forget(mine);
        return ERR_READ_ONLY;
    }
    if (err)
        return err;
    mine->is_in_txn = true;
    *out = db;
    return OK;
}

static void postgres_txn_rollback(struct db *db, enum error why)
{
    (void)why;
    struct postgres_db *mine = postgres_of(db);
    mine->is_in_txn = false;
    if (mine->connection && postgres_exec(mine, "ROLLBACK", PATIENCE_NORMAL))
        postgres_forget(mine);
}

static enum error postgres_txn_commit(struct db *db)
{
    struct postgres_db *mine = postgres_of(db);
    if (!mine->connection) {
        mine->is_in_txn = false;
        return ERR_UNAVAILABLE;
    }
    PGresult *result = NULL;
    int sent = PQsendQuery(mine->connection, "COMMIT");
    enum error err = postgres_answer(mine, sent, "COMMIT", PATIENCE_NORMAL, &result);
    /* to COMMIT after a failure the server says ROLLBACK, and calls that a success */
    if (!err && !str_equal(str_from(PQcmdStatus(result)), STR("COMMIT")))
        err = ERR_INTERNAL;
    PQclear(result);
    if (err && mine->connection && PQtransactionStatus(mine->connection) != PQTRANS_IDLE)
        postgres_forget(mine);
    mine->is_in_txn = false;
    return err;
}

const struct driver postgres_driver = {
    /* not to_regclass: it may remember from before a lock was waited for that there is none */
    .has_table_sql = "SELECT 1 FROM pg_catalog.pg_tables WHERE tablename = $1"
                     " AND schemaname = ANY (current_schemas(false))",
    .database_free = postgres_database_free,
    .connect = postgres_connect,
    .db_free = postgres_db_free,
    .ping = postgres_ping,
    .prepare = postgres_prepare,
    .finalize = postgres_finalize,
    .reset = postgres_reset,
    .bind = postgres_bind,
    .step = postgres_step,
    .changed = postgres_changed,
    .is_null = postgres_is_null,
    .i64 = postgres_i64,
    .bytes = postgres_bytes,
    .script = postgres_script,
    .lock_schema = postgres_lock_schema,
    .txn_begin = postgres_txn_begin,
    .txn_commit = postgres_txn_commit,
    .txn_rollback = postgres_txn_rollback,
};
