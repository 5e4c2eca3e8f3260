/*
 * The schema: opening a database and bringing it up to date. The tables stand in files of their
 * own beside this one; each function there takes a connection and leaves transactions to its
 * caller.
 */
#ifndef LATCHKEY_STORE_STORE_H
#define LATCHKEY_STORE_STORE_H

#include "db/db.h"

/* As database_open, and migrated. `problem` gets a sentence for a person when it fails. */
enum error store_open(str url_or_path, enum db_mode mode, usec now, struct arena *arena,
                      str *problem, struct database **out) MUST_CHECK;

#endif
