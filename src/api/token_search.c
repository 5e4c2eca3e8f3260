#include "api/fields.h"
#include "api/token_json.h"
#include "api/token_order.h"
#include "base/encoding.h"

/* As in a query; the place in the table is the value. */
static const char *const states[] = {
    [TOKENS_ACTIVE] = "active", [TOKENS_ENDED] = "ended", [TOKENS_ALL] = "all"};
static const char *const sorts[] = {
    [TOKENS_BY_CREATION] = "created_at",
    [TOKENS_BY_CREATION_BACKWARDS] = "-created_at",
    [TOKENS_BY_NAME] = "name",
    [TOKENS_BY_NAME_BACKWARDS] = "-name",
    [TOKENS_BY_END] = "expires_at",
    [TOKENS_BY_END_BACKWARDS] = "-expires_at",
    [TOKENS_BY_LAST_USE] = "last_used_at",
    [TOKENS_BY_LAST_USE_BACKWARDS] = "-last_used_at",
};

/* The place of the parameter's value among the words; `usual` where it is not there. */
static size_t read_word(struct request *rq, const char *name, const char *const *words,
                        size_t count, size_t usual, str complaint)
{
    str text;
    if (!request_query(rq, str_from(name), &text))
        return usual;
    for (size_t i = 0; i < count; i++)
        if (str_equal(text, str_from(words[i])))
            return i;
    complain(&rq->state->complaints, str_from(name), complaint);
    return usual;
}

/* "sort number bytes-of-name name id": the place itself, so that it stands when others come and
 * go. */
str token_search_cursor(const struct token_search *search, const struct token_row *row,
                        struct arena *arena)
{
    enum token_sort sort = search->question.sort;
    bool is_by_name = sort == TOKENS_BY_NAME || sort == TOKENS_BY_NAME_BACKWARDS;
    str name = is_by_name ? row->name : STR("");
    return base64url_encode(arena, arena_printf(arena, "%d %lld %zu %.*s%.*s", (int)sort,
                                                (long long)token_place_of(sort, row).number,
                                                name.len, STR_ARG(name), STR_ARG(row->id)));
}

static enum error read_cursor(str cursor, enum token_sort sort, struct arena *arena,
                              struct token_place *out)
{
    str text, word, rest;
    int64_t cursor_sort, name_bytes;
    enum error err = base64url_decode(arena, cursor, &text);
    if (err)
        return err;
    if (!str_is_utf8(text) || str_has(text, '\0') || !str_cut(text, ' ', &word, &rest) ||
        str_to_i64(word, &cursor_sort) || cursor_sort != (int64_t)sort ||
        !str_cut(rest, ' ', &word, &rest) || str_to_i64(word, &out->number) ||
        !str_cut(rest, ' ', &word, &rest) || str_to_i64(word, &name_bytes) || name_bytes < 0 ||
        (size_t)name_bytes >= rest.len)
        return ERR_MALFORMED;
    out->name = str_slice(rest, 0, (size_t)name_bytes);
    out->id = str_from_at(rest, (size_t)name_bytes);
    return str_is_utf8(out->name) && str_is_utf8(out->id) ? OK : ERR_MALFORMED;
}

enum error token_search_read(struct request *rq, struct token_search *out)
{
    struct complaints *complaints = &rq->state->complaints;
    struct token_search search = {
        .q = STR(""), .question = {.kind = ANY_KIND, .after = {.is_start = true, .name = STR("")}}};
    enum token_kind kind;
    str text;
    if (request_query(rq, STR("kind"), &text)) {
        if (token_kind_of_name(text, &kind))
            complain(complaints, STR("kind"), STR("Must be \"pat\" or \"api_key\"."));
        else
            search.question.kind = (int64_t)kind;
    }
    search.question.filter =
        (enum token_filter)read_word(rq, "state", states, COUNT_OF(states), TOKENS_ACTIVE,
                                     STR("Must be \"active\", \"ended\" or \"all\"."));
    search.question.sort =
        (enum token_sort)read_word(rq, "sort", sorts, COUNT_OF(sorts), TOKENS_BY_CREATION,
                                   STR("Must be \"created_at\", \"name\", \"expires_at\" or "
                                       "\"last_used_at\", with \"-\" before "
                                       "it for the other way round."));
    search.q = query_search(rq);
    search.question.limit = query_limit(rq);
    if (request_query(rq, STR("cursor"), &text)) {
        search.question.after.is_start = false;
        if (read_cursor(text, search.question.sort, &rq->arena, &search.question.after))
            complain(complaints, STR("cursor"),
                     STR("Must be the next_cursor of an earlier answer, with the same sort."));
    }
    *out = search;
    return complaints->count > 0 ? ERR_INVALID : OK;
}

bool token_search_fits(const struct token_search *search, const struct token_row *row)
{
    str q = search->q;
    for (size_t i = 0; i + q.len <= row->name.len; i++)
        if (str_equal_nocase(str_slice(row->name, i, q.len), q))
            return true;
    return str_is_empty(q);
}
