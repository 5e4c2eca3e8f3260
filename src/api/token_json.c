#include "api/token_json.h"

str token_kind_name(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_PAT:
        return STR("pat");
    case TOKEN_API_KEY:
        return STR("api_key");
    }
    return STR("unknown"); /* of a newer program's row */
}

enum error token_kind_of_name(str name, enum token_kind *out)
{
    for (enum token_kind kind = TOKEN_PAT; kind <= TOKEN_API_KEY; kind++)
        if (str_equal(name, token_kind_name(kind))) {
            *out = kind;
            return OK;
        }
    return ERR_MALFORMED;
}

json_t *token_json(const struct token_row *row, struct arena *arena)
{
    json_t *token = json_object();
    json_add(token, "id", json_from_str(row->id));
    json_add(token, "name", json_from_str(row->name));
    json_add(token, "kind", json_from_str(token_kind_name(row->kind)));
    json_add(token, "hint", str_is_empty(row->hint) ? json_null() : json_from_str(row->hint));
    json_add(token, "user_id", row->user_id ? json_integer(row->user_id) : json_null());
    json_add(token, "created_at", json_from_time(arena, row->created_at));
    json_add(token, "expires_at", json_from_time(arena, row->expires_at));
    json_add(token, "revoked_at", json_from_time(arena, row->revoked_at));
    return token;
}
