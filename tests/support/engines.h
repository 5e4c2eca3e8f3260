/*
 * Empty databases for tests, of each engine that is there.
 *
 * SQLite always is. PostgreSQL is when LATCHKEY_TEST_POSTGRES names one, as tools/with-postgres
 * does for the command that it runs; each database of a test is a schema of its own there.
 */
#ifndef LATCHKEY_TESTS_SUPPORT_ENGINES_H
#define LATCHKEY_TESTS_SUPPORT_ENGINES_H

#include "db/db.h"

enum engine { ENGINE_SQLITE, ENGINE_POSTGRES, ENGINE_COUNT };

/* A place for a database that is not there yet; `url` is what database_open takes. */
struct test_place {
    enum engine engine;
    char folder[64]; /* of the SQLite file */
    char schema[64]; /* of PostgreSQL */
    char url[512];
};

const char *engine_name(enum engine engine);
/* Says once on standard error that PostgreSQL's half is skipped, when it is. */
bool engine_is_there(enum engine engine);

/* Stops the test program when it fails. */
void test_place_make(enum engine engine, struct test_place *out);
void test_place_remove(const struct test_place *place);

/* database_open and db_connect, which must succeed. */
struct database *test_database_open(const struct test_place *place);
struct db *test_connect(struct database *database);

/* "stop", "start" or "restart" the PostgreSQL that the tests use. False: nobody here may. */
bool test_postgres_control(const char *what);

#endif
