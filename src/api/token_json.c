#include "api/token_json.h"

#include "service/organizations.h"

str token_kind_name(enum token_kind kind)
{
    return token_kind_word(kind);
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

str token_state_name(const struct token_row *row, usec now)
{
    if (row->revoked_at != 0)
        return STR("revoked");
    if (!str_is_empty(row->replaced_by))
        return row->grace_until > now && row->expires_at > now ? STR("in_grace") : STR("revoked");
    return row->expires_at > now ? STR("active") : STR("expired");
}

str token_end_reason_name(const struct token_row *row, usec now)
{
    enum token_end_reason why = row->ended_why;
    if (row->revoked_at == 0)
        why = !str_is_empty(row->replaced_by) && !token_row_lives(row, now) ? ENDED_ROTATED : 0;
    return token_end_reason_word(why);
}

json_t *json_from_words(str words)
{
    json_t *array = json_array();
    struct str_pieces pieces = str_pieces(words, ' ');
    str word;
    while (str_next_piece(&pieces, &word))
        if (!str_is_empty(word))
            json_array_append_new(array, json_from_str(word));
    return array;
}

static json_t *text_or_null(str text)
{
    return str_is_empty(text) ? json_null() : json_from_str(text);
}

static json_t *number_or_null(int64_t n)
{
    return n ? json_integer(n) : json_null();
}

/* A grace that is over has revoked the token, though nobody wrote it down. */
static usec revoked_at(const struct token_row *row, usec now)
{
    if (row->revoked_at != 0 || str_is_empty(row->replaced_by) || token_row_lives(row, now))
        return row->revoked_at;
    return token_row_end(row);
}

json_t *token_json(const struct token_row *row, usec now, struct arena *arena)
{
    json_t *token = json_object();
    json_add(token, "id", json_from_str(row->id));
    json_add(token, "name", json_from_str(row->name));
    json_add(token, "kind", json_from_str(token_kind_name(row->kind)));
    json_add(token, "hint", text_or_null(row->hint));
    json_add(token, "user_id", number_or_null(row->user_id));
    json_add(token, "scopes",
             json_from_words(str_is_empty(row->scopes) ? STR("all") : row->scopes));
    json_add(token, "allowed_ips", json_from_words(row->allowed_ips));
    json_add(token, "created_at", json_from_time(arena, row->created_at));
    json_add(token, "created_by", number_or_null(row->made_by));
    json_add(token, "expires_at", json_from_time(arena, row->expires_at));
    json_add(token, "last_used_at", json_null());
    json_add(token, "last_used_ip", json_null());
    json_add(token, "last_used_user_agent", json_null());
    json_add(token, "state", json_from_str(token_state_name(row, now)));
    json_add(token, "revoked_at", json_from_time(arena, revoked_at(row, now)));
    json_add(token, "revoked_reason", text_or_null(token_end_reason_name(row, now)));
    json_add(token, "rotated_from", text_or_null(row->rotated_from));
    json_add(token, "replaced_by", text_or_null(row->replaced_by));
    json_add(token, "grace_until", json_from_time(arena, row->grace_until));
    return token;
}

/* "Ann Bell", "Ann", a service account's name; empty. */
static str name_of(const struct roll_entry *entry, struct arena *arena)
{
    return str_trim(ARENA_JOIN(arena, entry->first_name, STR(" "), entry->last_name));
}

void token_json_add_user(json_t *token, const struct token_row *row, const struct roll_entry *entry,
                         struct arena *arena)
{
    json_t *user = json_object();
    json_add(user, "id", json_integer(row->user_id));
    json_add(user, "email", json_from_str(entry->email));
    json_add(user, "name", json_from_str(name_of(entry, arena)));
    json_add(user, "is_service_account", json_boolean(entry->is_service));
    json_add(user, "role", json_from_str(role_name(entry->role)));
    json_add(token, "user", user);
}
