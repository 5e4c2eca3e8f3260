#include "auth/basic.h"

#include "base/encoding.h"

enum error basic_read(str authorization, struct arena *arena, str *token)
{
    static const str scheme = STR_INIT("Basic ");
    str pair, user, password;
    if (!str_starts_nocase(authorization, scheme))
        return ERR_NOT_FOUND;
    str encoded = str_trim_blanks(str_from_at(authorization, scheme.len));
    enum error err = base64_decode(arena, encoded, &pair);
    if (err)
        return err;
    arena_mark_secret(arena);
    if (!str_cut(pair, ':', &user, &password))
        return ERR_MALFORMED;
    *token = str_is_empty(password) ? user : password;
    return OK;
}
