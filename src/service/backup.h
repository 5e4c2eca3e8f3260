/*
 * A backup: one SQLite file with everything that the database holds, whichever engine it came from,
 * and whichever it goes back to. What is secret in it is sealed, as in the database; the master key
 * that opens it is in the file only when asked for.
 */
#ifndef LATCHKEY_SERVICE_BACKUP_H
#define LATCHKEY_SERVICE_BACKUP_H

#include "db/copy.h"
#include "service/context.h"

struct backup_order {
    str path;             /* of the file */
    bool with_master_key; /* so that the file alone is enough: then it is as secret as the key */
    copy_progress *progress;
    void *context;
};

struct backup_facts {
    usec made_at;
    str program;  /* the version that made it */
    int64_t rows; /* copied to or from PostgreSQL; 0: the file was copied as a whole */
    bool has_master_key;
};

/*
 * Writes the file; the daemon may be running, and what is answered before this begins is in it.
 * The name appears when the file is complete and on the disk.
 *
 * ERR_CONFLICT  there is such a file; and what the file system and the database say
 */
enum error backup_make(struct worker *w, const struct backup_order *order, usec now,
                       struct arena *arena, str *problem, struct backup_facts *out) MUST_CHECK;

/*
 * Puts everything back into the data folder and database of `config`, which must be empty: no
 * database in the folder, or no user in PostgreSQL. All of it or nothing.
 *
 * ERR_CONFLICT   there is something already
 * ERR_NOT_FOUND  there is no such file, or no master key
 * ERR_MALFORMED  not a backup, or damaged
 * ERR_FORGED     the folder's master key is not the one that sealed it
 * ERR_TOO_NEW    made by a newer program
 */
enum error backup_restore(const struct config *config, const struct backup_order *order, usec now,
                          struct arena *arena, str *problem, struct backup_facts *out) MUST_CHECK;

#endif
