#include "support/engines.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *postgres_url(void)
{
    const char *url = getenv("LATCHKEY_TEST_POSTGRES");
    return url && url[0] ? url : NULL;
}

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "tests: %s: %s\n", what, why);
    exit(1);
}

const char *engine_name(enum engine engine)
{
    return engine == ENGINE_SQLITE ? "SQLite" : "PostgreSQL";
}

bool engine_is_there(enum engine engine)
{
    static bool is_said = false;
    if (engine == ENGINE_SQLITE || postgres_url())
        return true;
    if (!is_said)
        fputs("skipped: PostgreSQL's half (tools/with-postgres runs it)\n", stderr);
    is_said = true;
    return false;
}

static void run_sql(const char *sql)
{
    PGconn *connection = PQconnectdb(postgres_url());
    if (PQstatus(connection) != CONNECTION_OK)
        stop("PostgreSQL", PQerrorMessage(connection));
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        stop(sql, PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
}

static void make_schema(struct test_place *place)
{
    static int count = 0;
    char sql[128];
    snprintf(place->schema, sizeof(place->schema), "t%d_%d", (int)getpid(), ++count);
    snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", place->schema);
    run_sql(sql);
    snprintf(place->url, sizeof(place->url), "%s%coptions=-csearch_path%%3D%s", postgres_url(),
             strchr(postgres_url(), '?') ? '&' : '?', place->schema);
}

void test_place_make(enum engine engine, struct test_place *out)
{
    *out = (struct test_place){.engine = engine};
    if (engine == ENGINE_POSTGRES) {
        make_schema(out);
        return;
    }
    const char *tmp = getenv("LATCHKEY_TEST_FOLDER");
    snprintf(out->folder, sizeof(out->folder), "%s/latchkey-test-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(out->folder))
        stop(out->folder, "cannot be made");
    snprintf(out->url, sizeof(out->url), "%s/latchkey.db", out->folder);
}

void test_place_remove(const struct test_place *place)
{
    if (place->engine == ENGINE_POSTGRES) {
        char sql[128];
        snprintf(sql, sizeof(sql), "SET client_min_messages = error; DROP SCHEMA %s CASCADE",
                 place->schema);
        run_sql(sql);
        return;
    }
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char path[sizeof(place->url) + 16];
        snprintf(path, sizeof(path), "%s%s", place->url, endings[i]);
        unlink(path);
    }
    rmdir(place->folder);
}

struct database *test_database_open(const struct test_place *place)
{
    struct arena arena = {0};
    str problem = STR("");
    struct database *database = NULL;
    if (database_open(str_from(place->url), DB_READ_WRITE, &arena, &problem, &database))
        stop(place->url, arena_cstr(&arena, problem));
    arena_release(&arena);
    return database;
}

struct db *test_connect(struct database *database)
{
    struct db *db = NULL;
    enum error err = db_connect(database, &db);
    if (err)
        stop("db_connect", error_name(err));
    return db;
}

bool test_postgres_control(const char *what)
{
    const char *control = getenv("LATCHKEY_TEST_POSTGRES_CONTROL");
    if (!control || !control[0])
        return false;
    pid_t child = fork();
    if (child == 0) {
        execl(control, control, what, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
