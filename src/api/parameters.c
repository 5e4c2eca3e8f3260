#include "api/parameters.h"

#include <assert.h>

#include "api/state.h"
#include "base/encoding.h"
#include "base/nearest.h"
#include "http/router.h"

#define NAME_SHOWN_MAX 100

/* A name that came from outside, as the answer may say it. */
static str shown(struct arena *arena, str name)
{
    if (name.len <= NAME_SHOWN_MAX && str_is_utf8(name) && !str_has_control(name))
        return name;
    return str_slice(percent_encode(arena, name, ESCAPE_SLASH), 0, NAME_SHOWN_MAX);
}

/* Its place in the list; -1: it is not there. */
static int place_of(str known, str name)
{
    struct str_pieces names = str_pieces(known, ' ');
    str each;
    for (int i = 0; str_next_piece(&names, &each); i++)
        if (!str_is_empty(each) && str_equal(each, name))
            return i;
    return -1;
}

static void refuse_unknown(struct request *rq, str known, str name)
{
    struct arena *arena = &rq->arena;
    struct nearest best = {.word = STR("")};
    struct str_pieces names = str_pieces(known, ' ');
    str each, all = STR("");
    while (str_next_piece(&names, &each)) {
        nearest_offer(&best, name, each);
        all = ARENA_JOIN(arena, all, str_is_empty(all) ? STR("") : STR(", "), each);
    }
    str text = STR("There is no such parameter; there are none here.");
    if (!str_is_empty(known))
        text = ARENA_JOIN(arena, STR("There is no such parameter. Allowed: "), all, STR("."));
    if (!str_is_empty(best.word))
        text = ARENA_JOIN(arena, STR("There is no such parameter; did you mean \""), best.word,
                          STR("\"? Allowed: "), all, STR("."));
    complain(&rq->state->complaints, shown(arena, name), text);
}

static void check_pair(struct request *rq, str known, str pair, uint32_t *seen)
{
    str name, value, decoded;
    struct complaints *complaints = &rq->state->complaints;
    if (!str_cut(pair, '=', &name, &value))
        value = STR("");
    if (!percent_decode(&rq->arena, name, PLUS_IS_BLANK, &decoded))
        name = decoded;
    int place = place_of(known, name);
    if (place < 0) {
        refuse_unknown(rq, known, name);
        return;
    }
    assert(place < 32);
    if (percent_decode(&rq->arena, value, PLUS_IS_BLANK, &decoded) || !str_is_utf8(decoded))
        complain(complaints, name, STR("Cannot be read: it must be UTF-8, percent-encoded."));
    if (*seen & (uint32_t)1 << place)
        complain(complaints, name, STR("Must be given once."));
    *seen |= (uint32_t)1 << place;
}

enum error parameters_check(struct request *rq)
{
    const struct route *route = rq->route;
    struct complaints *complaints = &rq->state->complaints;
    if (str_is_empty(rq->query) || !str_starts(str_from(route->path), STR("/api/v1/")))
        return OK;
    str pair, known = str_from(route->query);
    struct str_pieces pairs = str_pieces(rq->query, '&');
    uint32_t seen = 0;
    while (complaints->count < COMPLAINTS_MAX && str_next_piece(&pairs, &pair))
        if (!str_is_empty(pair))
            check_pair(rq, known, pair, &seen);
    return complaints->count > 0 ? ERR_INVALID : OK;
}
