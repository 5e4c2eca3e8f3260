#include "auth/scope.h"

#include <assert.h>
#include <pthread.h>

#include "auth/scope_file.h"

struct scopes {
    pthread_rwlock_t lock;
    struct scope_table *table;    /* under lock; NULL: no file */
    struct scope_table *withheld; /* what `read` does not read */
};

/*
 * Label Studio's addresses that answer with a credential: whoever may read them may do all that the
 * credential may. They belong to Latchkey, and a proxy that passes them on is set up wrong. The
 * organization is no such, but shows the link that lets people in, which our own answer leaves out.
 */
static const str withheld = STR_INIT("credentials = GET,OPTIONS /api/current-user/token/?\n"
                                     "credentials = GET /api/organizations/*/?\n"
                                     "credentials = GET,OPTIONS /api/invite/?\n"
                                     "credentials = GET,OPTIONS /user/account/...\n"
                                     "credentials = GET,OPTIONS /user/account\n");

struct scopes *scopes_new(void)
{
    CLEANUP(arena_release) struct arena arena = {0};
    str problem;
    struct scopes *scopes = calloc(1, sizeof(*scopes));
    if (!scopes || pthread_rwlock_init(&scopes->lock, NULL) != 0)
        abort();
    enum error err = scope_table_read(withheld, &arena, &problem, &scopes->withheld);
    assert(!err);
    (void)err;
    return scopes;
}

void scopes_free(struct scopes *scopes)
{
    if (!scopes)
        return;
    scope_table_free(scopes->table);
    scope_table_free(scopes->withheld);
    pthread_rwlock_destroy(&scopes->lock);
    free(scopes);
}

void scopes_set(struct scopes *scopes, struct scope_table *table)
{
    pthread_rwlock_wrlock(&scopes->lock);
    struct scope_table *old = scopes->table;
    scopes->table = table;
    pthread_rwlock_unlock(&scopes->lock);
    scope_table_free(old);
}

static const struct scope built_in[] = {
    {.name = STR_INIT(SCOPE_ALL), .description = STR_INIT("Everything that its user may do")},
    {.name = STR_INIT(SCOPE_READ),
     .description = STR_INIT("Read only: GET, HEAD and OPTIONS, but for other credentials")},
    {.name = STR_INIT(SCOPE_TOKENS),
     .description = STR_INIT("Manage one's own personal access tokens and API keys")},
};

static struct scope copy_scope(const struct scope *from, struct arena *arena)
{
    struct scope_pattern *patterns = ARENA_ARRAY(arena, struct scope_pattern, from->pattern_count);
    for (size_t i = 0; i < from->pattern_count; i++)
        patterns[i] = (struct scope_pattern){.methods = from->patterns[i].methods,
                                             .path = arena_copy(arena, from->patterns[i].path)};
    return (struct scope){.name = arena_copy(arena, from->name),
                          .description = arena_copy(arena, from->description),
                          .patterns = patterns,
                          .pattern_count = from->pattern_count};
}

void scopes_list(struct scopes *scopes, struct arena *arena, struct scope_list *out)
{
    pthread_rwlock_rdlock(&scopes->lock);
    size_t named = scope_table_count(scopes->table);
    struct scope *items = ARENA_ARRAY(arena, struct scope, COUNT_OF(built_in) + named);
    memcpy(items, built_in, sizeof(built_in));
    for (size_t i = 0; i < named; i++)
        items[COUNT_OF(built_in) + i] = copy_scope(scope_table_at(scopes->table, i), arena);
    pthread_rwlock_unlock(&scopes->lock);
    *out = (struct scope_list){.items = items, .count = COUNT_OF(built_in) + named};
}

bool scopes_know(struct scopes *scopes, str name)
{
    for (size_t i = 0; i < COUNT_OF(built_in); i++)
        if (str_equal(built_in[i].name, name))
            return true;
    pthread_rwlock_rdlock(&scopes->lock);
    bool known = scope_table_find(scopes->table, name) != NULL;
    pthread_rwlock_unlock(&scopes->lock);
    return known;
}

str scopes_names(struct scopes *scopes, struct arena *arena)
{
    struct scope_list list;
    scopes_list(scopes, arena, &list);
    str names = STR("");
    for (size_t i = 0; i < list.count; i++)
        names =
            i == 0 ? list.items[i].name : ARENA_JOIN(arena, names, STR(", "), list.items[i].name);
    return names;
}

static str without_base(str path, str base)
{
    str rest = str_from_at(path, base.len);
    return !str_is_empty(base) && str_starts(path, base) && str_starts(rest, STR("/")) ? rest
                                                                                       : path;
}

static bool reads(const struct scopes *scopes, enum method method, str path)
{
    const struct scope *credentials = scope_table_find(scopes->withheld, STR("credentials"));
    return method_is_safe(method) && !scope_matches(credentials, method, path);
}

/* Of a plain path. */
static bool named_sets_have(struct scopes *scopes, str list, enum method method, str path)
{
    str name;
    bool yes = false;
    struct str_pieces pieces = str_pieces(list, ' ');
    pthread_rwlock_rdlock(&scopes->lock);
    while (!yes && str_next_piece(&pieces, &name)) {
        const struct scope *scope = scope_table_find(scopes->table, name);
        yes = scope && scope_matches(scope, method, path);
    }
    pthread_rwlock_unlock(&scopes->lock);
    return yes;
}

enum scope_answer scopes_permit(struct scopes *scopes, str list,
                                const struct scope_question *question)
{
    if (scope_list_is_all(list))
        return SCOPE_YES;
    if (!question->has_method)
        return SCOPE_NO_QUESTION;
    bool may_read = scope_list_has(list, STR(SCOPE_READ)) && method_is_safe(question->method);
    if (str_is_empty(question->raw_path))
        return may_read ? SCOPE_YES : SCOPE_NO_QUESTION;
    if (!path_is_plain(question->raw_path))
        return SCOPE_NO_PLAIN_PATH;
    str path = without_base(question->raw_path, question->base);
    if (may_read && reads(scopes, question->method, path))
        return SCOPE_YES;
    return named_sets_have(scopes, list, question->method, path) ? SCOPE_YES : SCOPE_NO;
}

str scopes_needed(struct scopes *scopes, const struct scope_question *question, struct arena *arena)
{
    str needed = STR(SCOPE_ALL);
    if (!question->has_method || str_is_empty(question->raw_path) ||
        !path_is_plain(question->raw_path))
        return needed;
    str path = without_base(question->raw_path, question->base);
    if (reads(scopes, question->method, path))
        return STR(SCOPE_READ);
    pthread_rwlock_rdlock(&scopes->lock);
    for (size_t i = 0; i < scope_table_count(scopes->table); i++) {
        const struct scope *scope = scope_table_at(scopes->table, i);
        if (scope_matches(scope, question->method, path)) {
            needed = arena_copy(arena, scope->name);
            break;
        }
    }
    pthread_rwlock_unlock(&scopes->lock);
    return needed;
}
