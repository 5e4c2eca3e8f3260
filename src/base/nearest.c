#include "base/nearest.h"

#define WORD_MAX 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edits that turn one word into the other; two swapped neighbours are one edit. */
static size_t edit_distance(str a, str b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t differs = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + differs);
            bool is_swap =
                i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            if (is_swap && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[b.len];
}

void nearest_offer(struct nearest *best, str typed, str candidate)
{
    if (typed.len == 0 || typed.len > WORD_MAX || candidate.len > WORD_MAX)
        return;
    size_t distance = edit_distance(typed, candidate);
    bool is_beginning = typed.len >= 3 && str_starts(candidate, typed);
    if (is_beginning)
        distance = 1; /* as good as one mistake, however much is missing */
    /* a third of the letters may be wrong: more would offer any short word for any other */
    bool is_close = distance <= (typed.len + 2) / 3 && distance <= 4;
    if (!is_close)
        return;
    if (str_is_empty(best->word) || distance < best->distance)
        *best = (struct nearest){.word = candidate, .distance = distance};
}
