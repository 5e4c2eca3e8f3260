/*
 * The connections that read. A commit empties a connection's cache, so one connection for each
 * thread would read the same few pages of the indices anew in each of them; lent for the time of a
 * query, the last one used first, there are hardly more in use than cores.
 */
#include "db/sqlite.h"

enum error sqlite_borrow(struct db *db, struct db **out)
{
    if (((struct sqlite_db *)db)->is_writer) {
        *out = db;
        return OK;
    }
    struct sqlite_database *database = (struct sqlite_database *)db->database;
    pthread_mutex_lock(&database->readers_mutex);
    struct sqlite_db *reader = database->idle_readers;
    if (reader)
        database->idle_readers = reader->next_idle;
    pthread_mutex_unlock(&database->readers_mutex);
    if (!reader) {
        reader = allocate(sizeof(*reader));
        reader->base.database = &database->base;
    }
    *out = &reader->base;
    return OK;
}

void sqlite_give_back(struct db *borrowed)
{
    struct sqlite_database *database = (struct sqlite_database *)borrowed->database;
    struct sqlite_db *reader = (struct sqlite_db *)borrowed;
    pthread_mutex_lock(&database->readers_mutex);
    reader->next_idle = database->idle_readers;
    database->idle_readers = reader;
    pthread_mutex_unlock(&database->readers_mutex);
}

void sqlite_readers_free(struct sqlite_database *database)
{
    for (struct sqlite_db *reader; (reader = database->idle_readers);) {
        database->idle_readers = reader->next_idle;
        db_drop_statements(&reader->base);
        sqlite_handle_close(reader);
        free(reader);
    }
}
