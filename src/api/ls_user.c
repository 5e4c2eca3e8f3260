#include "api/ls_user.h"

static size_t character_bytes(str s)
{
    size_t n = 1;
    while (n < s.len && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
        n++;
    return s.len < n ? s.len : n;
}

static str first_characters(str s, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += character_bytes(str_from_at(s, len));
    return str_slice(s, 0, len);
}

str ls_initials(const struct user_row *row, bool is_removed, struct arena *arena)
{
    if (is_removed)
        return STR("DU");
    if (str_is_empty(row->first_name) && str_is_empty(row->last_name))
        return first_characters(row->email, 2);
    return ARENA_JOIN(arena, first_characters(row->first_name, 1),
                      first_characters(row->last_name, 1));
}

/* As a browser asks for it: a file's name stands in Label Studio's media folder. */
json_t *ls_avatar_json(str avatar, struct arena *arena)
{
    if (str_is_empty(avatar))
        return json_null();
    if (str_starts(avatar, STR("/")) || str_starts(avatar, STR("http://")) ||
        str_starts(avatar, STR("https://")))
        return json_from_str(avatar);
    return json_from_str(ARENA_JOIN(arena, STR("/data/"), avatar));
}

/* What is kept is JSON; an import may have brought anything. */
static json_t *hotkeys_json(str text)
{
    json_t *value = json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return value ? value : json_object();
}

static json_t *card_json(const struct organization_card *card)
{
    json_t *object = json_object();
    json_add(object, "title", json_from_str(card->title));
    json_add(object, "email", json_from_str(card->owner_email));
    return object;
}

static json_t *newsletters_json(int64_t allow_newsletters)
{
    return allow_newsletters == DB_NULL_I64 ? json_null() : json_boolean(allow_newsletters != 0);
}

json_t *ls_user_json(const struct ls_user *user, struct arena *arena)
{
    const struct user_row *row = user->row;
    str deleted = STR("Deleted");
    json_t *object = json_object();
    json_add(object, "id", json_integer(row->id));
    json_add(object, "first_name", json_from_str(user->is_removed ? deleted : row->first_name));
    json_add(object, "last_name", json_from_str(user->is_removed ? STR("User") : row->last_name));
    json_add(object, "username", json_from_str(user->is_removed ? deleted : row->username));
    json_add(object, "email", json_from_str(user->is_removed ? deleted : row->email));
    json_add(object, "last_activity", json_from_str(time_format(arena, row->last_activity)));
    json_add(object, "custom_hotkeys", hotkeys_json(row->custom_hotkeys));
    json_add(object, "avatar", ls_avatar_json(row->avatar, arena));
    json_add(object, "initials", json_from_str(ls_initials(row, user->is_removed, arena)));
    json_add(object, "phone", json_from_str(row->phone));
    json_add(object, "active_organization",
             user->active_organization_id ? json_integer(user->active_organization_id)
                                          : json_null());
    json_add(object, "active_organization_meta", card_json(&user->card));
    json_add(object, "allow_newsletters", newsletters_json(row->allow_newsletters));
    json_add(object, "date_joined", json_from_str(time_format(arena, row->date_joined)));
    return object;
}

enum error ls_user_of_row(struct worker *w, const struct user_row *row, bool is_removed,
                          struct organization_card *known, struct arena *arena, struct ls_user *out)
{
    enum error err = OK;
    if (known->id != row->active_organization_id || row->active_organization_id == 0)
        err = directory_card(w, row->active_organization_id, arena, known);
    *out = (struct ls_user){.row = row,
                            .is_removed = is_removed,
                            .active_organization_id = row->active_organization_id,
                            .card = *known};
    return err;
}

static bool list_names(str list, str name)
{
    struct str_pieces pieces = str_pieces(list, ',');
    str piece;
    while (str_next_piece(&pieces, &piece))
        if (str_equal(str_trim(piece), name))
            return true;
    return false;
}

void ls_pick(struct request *rq, const char *only, json_t *object)
{
    str wanted, unwanted;
    bool has_wanted = request_query(rq, str_from(only), &wanted);
    bool has_unwanted = request_query(rq, STR("omit"), &unwanted);
    if (!has_wanted && !has_unwanted)
        return;
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, name, value)
    {
        if ((has_wanted && !list_names(wanted, str_from(name))) ||
            (has_unwanted && list_names(unwanted, str_from(name))))
            json_object_del(object, name);
    }
}

enum error ls_id(const struct request *rq, str param, int64_t *out)
{
    str text = request_param(rq, param);
    str digits = str_from_at(text, str_starts(text, STR("-")) ? 1 : 0);
    if (str_is_empty(digits))
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < digits.len; i++)
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return ERR_NOT_FOUND;
    if (str_to_i64(text, out))
        *out = 0;
    return OK;
}
