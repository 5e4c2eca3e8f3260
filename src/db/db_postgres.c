#include "db/internal.h"

enum error postgres_database_open(str url, enum db_mode mode, struct arena *arena, str *problem,
                                  struct database **out)
{
    (void)url;
    (void)mode;
    (void)out;
    PROBLEM(arena, problem, "this build speaks to SQLite only");
    return ERR_UNAVAILABLE;
}
