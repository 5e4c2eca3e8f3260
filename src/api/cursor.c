#include "api/cursor.h"

#include "base/encoding.h"

str cursor_write(usec time, str id, struct arena *arena)
{
    return base64url_encode(arena, arena_printf(arena, "%lld %.*s", (long long)time, STR_ARG(id)));
}

enum error cursor_read(str cursor, struct arena *arena, usec *time, str *id)
{
    str text, number;
    enum error err = base64url_decode(arena, cursor, &text);
    if (err)
        return err;
    if (!str_is_utf8(text) || !str_cut(text, ' ', &number, id))
        return ERR_MALFORMED;
    return str_to_i64(number, time);
}
