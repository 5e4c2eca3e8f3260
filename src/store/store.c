#include "store/store.h"

#include "base/embedded.h"

extern const struct embedded migrations[];
extern const size_t migrations_count;

enum error store_open(str url_or_path, enum db_mode mode, usec now, struct arena *arena,
                      str *problem, struct database **out)
{
    struct database *database = NULL;
    enum error err = database_open(url_or_path, mode, arena, problem, &database);
    if (err)
        return err;
    if (mode != DB_READ_ONLY)
        err = database_migrate(database, migrations, migrations_count, now);
    if (err) {
        *problem = err == ERR_TOO_NEW
                       ? STR("the database was written by a newer latchkey; use that program, or "
                             "restore a backup made before the upgrade")
                       : arena_printf(arena,
                                      "the database's tables could not be made (%s); the "
                                      "lines above say why",
                                      error_name(err));
        database_close(database);
        return err;
    }
    *out = database;
    return OK;
}
