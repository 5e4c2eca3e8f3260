#include "api/token_json.h"

json_t *token_json(const struct token_row *row, struct arena *arena)
{
    json_t *token = json_object();
    json_add(token, "id", json_from_str(row->id));
    json_add(token, "name", json_from_str(row->name));
    json_add(token, "kind", json_string("pat"));
    json_add(token, "user_id", row->user_id ? json_integer(row->user_id) : json_null());
    json_add(token, "created_at", json_from_time(arena, row->created_at));
    json_add(token, "expires_at", json_from_time(arena, row->expires_at));
    json_add(token, "revoked_at", json_from_time(arena, row->revoked_at));
    return token;
}
