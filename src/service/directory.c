#include "service/directory.h"

#include "service/organizations.h"

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* People who were members and are no longer: in the one list, not in the other. */
static bool *mark_removed(const struct user_list *users, const struct member_list *members,
                          struct arena *arena)
{
    bool *is_removed = ARENA_ARRAY(arena, bool, users->count);
    int64_t *ids = ARENA_ARRAY(arena, int64_t, members->count);
    for (size_t i = 0; i < members->count; i++)
        ids[i] = members->items[i].user_id;
    if (members->count > 0)
        qsort(ids, members->count, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < users->count; i++)
        is_removed[i] = !users->items[i].is_service &&
                        (members->count == 0 || !bsearch(&users->items[i].id, ids, members->count,
                                                         sizeof(*ids), compare_ids));
    return is_removed;
}

enum error directory_people(struct worker *w, const struct principal *who, struct arena *arena,
                            struct people *out)
{
    struct user_list users;
    struct member_list members;
    if (!is_member_of(who, who->organization_id))
        return ERR_FORBIDDEN;
    enum error err = users_list_of_organization(w->db, who->organization_id, arena, &users);
    if (!err)
        err = members_list(w->db, who->organization_id, -1, 0, arena, &members);
    if (!err)
        *out = (struct people){users, mark_removed(&users, &members, arena)};
    return err;
}

enum error directory_organizations(struct worker *w, const struct principal *who,
                                   struct arena *arena, struct organization_list *out)
{
    return organizations_list_of_user(w->db, who->user_id, arena, out);
}

enum error directory_members(struct worker *w, const struct principal *who, int64_t organization_id,
                             int64_t limit, int64_t offset, struct arena *arena,
                             struct member_list *out)
{
    if (!is_member_of(who, organization_id))
        return ERR_NOT_FOUND;
    return members_list(w->db, organization_id, limit, offset, arena, out);
}

enum error directory_count(struct worker *w, const struct principal *who, int64_t organization_id,
                           int64_t *out)
{
    if (!is_member_of(who, organization_id))
        return ERR_NOT_FOUND;
    return members_count(w->db, organization_id, out);
}

enum error directory_member(struct worker *w, const struct principal *who, int64_t organization_id,
                            int64_t user_id, struct member_row *out)
{
    if (!is_member_of(who, organization_id))
        return ERR_NOT_FOUND;
    return members_find(w->db, user_id, organization_id, out);
}

enum error directory_card(struct worker *w, int64_t organization_id, struct arena *arena,
                          struct organization_card *out)
{
    struct organization_row organization;
    struct user_row founder;
    *out = (struct organization_card){organization_id, STR(""), STR("")};
    if (organization_id == 0)
        return OK;
    enum error err = organizations_find(w->db, organization_id, arena, &organization);
    if (err)
        return err == ERR_NOT_FOUND ? OK : err;
    out->title = organization.title;
    if (organization.created_by == 0)
        return OK;
    err = users_find(w->db, organization.created_by, arena, &founder);
    if (!err)
        out->owner_email = founder.email;
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error directory_count_live_tokens(struct worker *w, usec now, struct living_tokens *out)
{
    return tokens_count_all_living(w->db, now, out);
}
