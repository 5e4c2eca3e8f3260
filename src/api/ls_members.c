#include "api/cross_site.h"
#include "api/json.h"
#include "api/ls_handlers.h"
#include "api/ls_user.h"
#include "api/page.h"
#include "base/encoding.h"
#include "http/form.h"
#include "service/directory.h"
#include "service/members.h"

#define PAGE_SIZE 20
#define PAGE_SIZE_ALL 1000000 /* what page_size=-1 stands for */

struct page {
    int64_t count;  /* of all members */
    int64_t size;   /* of a page, at least 1 */
    int64_t pages;  /* at least 1 */
    int64_t number; /* from 1 */
};

/* What cannot be read means the default, as in Django REST framework. */
static int64_t read_size(struct request *rq)
{
    str text;
    int64_t size;
    if (!request_query(rq, STR("page_size"), &text))
        return PAGE_SIZE;
    if (str_equal(text, STR("-1")))
        return PAGE_SIZE_ALL;
    return str_to_i64(str_trim(text), &size) || size < 1 ? PAGE_SIZE : size;
}

static enum error read_page(struct request *rq, int64_t count, struct page *out)
{
    str text = STR("1");
    *out = (struct page){.count = count, .size = read_size(rq)};
    out->pages = count / out->size + (count % out->size != 0 || count == 0);
    (void)request_query(rq, STR("page"), &text);
    if (str_equal(text, STR("last")))
        out->number = out->pages;
    else if (str_to_i64(str_trim(text), &out->number))
        out->number = 0;
    if (out->number < 1 || out->number > out->pages)
        return fail(rq, ERR_NOT_FOUND, STR("Invalid page."));
    return OK;
}

static int compare_fields(const void *a, const void *b)
{
    const struct form_field *x = a, *y = b;
    return str_compare(x->name, y->name);
}

/* `text` as a query has it, a blank being '+'. */
static str query_part(struct arena *arena, str text)
{
    struct str_pieces words = str_pieces(text, ' ');
    str word, part = STR("");
    for (bool is_first = true; str_next_piece(&words, &word); is_first = false)
        part = ARENA_JOIN(arena, part, is_first ? STR("") : STR("+"),
                          percent_encode(arena, word, ESCAPE_SLASH));
    return part;
}

/* The address of another page: the query's other parameters stay, in order of their names. */
static json_t *page_link(const struct shared *shared, struct request *rq, int64_t number)
{
    struct arena *arena = &rq->arena;
    struct form *query = ARENA_NEW(arena, struct form);
    struct form_field fields[LIMIT_FORM_FIELDS + 1];
    size_t count = 0;
    if (form_parse(arena, rq->query, query))
        query->count = 0;
    for (size_t i = 0; i < query->count; i++)
        if (!str_equal(query->fields[i].name, STR("page")))
            fields[count++] = query->fields[i];
    if (number > 1)
        fields[count++] = (struct form_field){
            .name = STR("page"), .value = arena_printf(arena, "%lld", (long long)number)};
    if (count > 0)
        qsort(fields, count, sizeof(fields[0]), compare_fields);

    str link = ARENA_JOIN(arena, origin_of(shared, rq), page_address(shared, arena, rq->path));
    for (size_t i = 0; i < count; i++)
        link =
            ARENA_JOIN(arena, link, i == 0 ? STR("?") : STR("&"), query_part(arena, fields[i].name),
                       STR("="), query_part(arena, fields[i].value));
    return json_from_str(link);
}

/*
 * Projects are kept by Label Studio itself: whoever asks for them is told that here are none.
 * ERR_INVALID  neither yes nor no
 */
static enum error read_wants_projects(struct request *rq, bool *out)
{
    static const str yes[] = {STR_INIT("1"), STR_INIT("true"), STR_INIT("yes")};
    static const str no[] = {STR_INIT("0"), STR_INIT("false"), STR_INIT("no")};
    str text;
    *out = false;
    if (!request_query(rq, STR("contributed_to_projects"), &text))
        return OK;
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (str_equal_nocase(text, yes[i]))
            *out = true;
        if (str_equal_nocase(text, yes[i]) || str_equal_nocase(text, no[i]))
            return OK;
    }
    return fail_field(rq, STR("contributed_to_projects"),
                      ARENA_JOIN(&rq->arena, STR("Incorrect bool value \""), text,
                                 STR("\". It should be one of [1, 0, true, false, yes, no]")));
}

static void add_projects(bool is_wanted, json_t *object)
{
    json_add(object, "created_projects", is_wanted ? json_array() : json_null());
    json_add(object, "contributed_to_projects", is_wanted ? json_array() : json_null());
}

static enum error add_members(struct worker *w, struct request *rq, const struct member_list *list,
                              json_t *results)
{
    struct organization_card card = {0};
    bool wants_projects;
    enum error err = read_wants_projects(rq, &wants_projects);
    if (err)
        return err;
    for (size_t i = 0; i < list->count; i++) {
        struct ls_user user;
        err = ls_user_of_row(w, &list->users[i], false, &card, &rq->arena, &user);
        if (err)
            return err;
        json_t *item = json_object(), *shown = ls_user_json(&user, &rq->arena);
        add_projects(wants_projects, shown);
        json_add(item, "id", json_integer(list->items[i].id));
        json_add(item, "organization", json_integer(list->items[i].organization_id));
        json_add(item, "user", shown);
        add_projects(wants_projects, item);
        ls_pick(rq, "fields", item);
        json_array_append_new(results, item);
    }
    return OK;
}

/* GET /api/organizations/ID/memberships */
enum error ls_members_list(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id, count;
    struct page page;
    struct member_list list;
    enum error err = ls_id(rq, STR("id"), &id);
    if (!err)
        err = directory_count(w, rq->principal, id, &count);
    if (!err)
        err = read_page(rq, count, &page);
    if (!err)
        err = directory_members(w, rq->principal, id, page.size, (page.number - 1) * page.size,
                                &rq->arena, &list);
    CLEANUP(json_release) json_t *results = json_array();
    if (!err)
        err = add_members(w, rq, &list, results);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "count", json_integer(page.count));
    json_add(body, "next",
             page.number < page.pages ? page_link(w->shared, rq, page.number + 1) : json_null());
    json_add(body, "previous",
             page.number > 1 ? page_link(w->shared, rq, page.number - 1) : json_null());
    json_add(body, "results", json_incref(results));
    return reply_json_value(rs, 200, body);
}

/* The organization and the user of the path; the organization is one that the caller sees. */
static enum error find_both(struct worker *w, struct request *rq, int64_t *organization_id,
                            int64_t *user_id)
{
    struct organization_row organization;
    enum error err = ls_id(rq, STR("id"), organization_id);
    if (!err)
        err = ls_id(rq, STR("user"), user_id);
    if (err)
        return err;
    err = organization_show(w, rq->principal, *organization_id, &rq->arena, &organization);
    if (err == ERR_NOT_FOUND)
        return fail(rq, err, STR("No Organization matches the given query."));
    return err;
}

/* GET /api/organizations/ID/memberships/UID */
enum error ls_member_show(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, user_id;
    bool wants_projects;
    struct member_row member;
    enum error err = find_both(w, rq, &organization_id, &user_id);
    if (err)
        return err;
    err = directory_member(w, rq->principal, organization_id, user_id, &member);
    if (err == ERR_NOT_FOUND)
        return fail(rq, err, STR("No OrganizationMember matches the given query."));
    if (!err)
        err = read_wants_projects(rq, &wants_projects);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "user", json_integer(member.user_id));
    json_add(body, "organization", json_integer(member.organization_id));
    json_add(body, "contributed_projects_count", json_integer(0));
    json_add(body, "annotations_count", json_integer(0));
    json_add(body, "created_at", json_from_str(time_format(&rq->arena, member.created_at)));
    add_projects(wants_projects, body);
    ls_pick(rq, "fields", body);
    return reply_json_value(rs, 200, body);
}

static enum error say_why_not_removed(struct request *rq, int64_t user_id, enum error err)
{
    if (err == ERR_NOT_FOUND)
        return fail(rq, err, STR("No User matches the given query."));
    if (err == ERR_REVOKED)
        return fail(rq, ERR_NOT_FOUND, STR("Member not found"));
    if (err == ERR_CONFLICT && user_id == rq->principal->user_id) {
        rq->state->is_bare = true;
        return fail(rq, ERR_METHOD_NOT_ALLOWED, STR("User cannot soft delete self"));
    }
    return err;
}

/* DELETE /api/organizations/ID/memberships/UID */
enum error ls_member_delete(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, user_id;
    enum error err = find_both(w, rq, &organization_id, &user_id);
    if (err)
        return err;
    err = member_remove(w, rq->principal, organization_id, user_id, rq->now, &rq->arena);
    return err ? say_why_not_removed(rq, user_id, err) : reply_empty(rs, 204);
}
