#include "http/negotiate.h"

#include "http/limits.h"

/* "0.5" in thousandths; what is no number counts as 1. */
static unsigned quality_of(str text)
{
    unsigned value = 0;
    unsigned unit = 1000;
    bool past_point = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && !past_point)
            past_point = true;
        else if (c < '0' || c > '9')
            return 1000;
        else if (past_point && unit > 1)
            value += (unsigned)(c - '0') * (unit /= 10);
        else if (!past_point)
            value = c == '0' ? 0 : 1000;
    }
    return text.len == 0 || value > 1000 ? 1000 : value;
}

/* "gzip;q=0.8" */
static str coding_of(str item, unsigned *quality)
{
    str coding, parameter, name, value;
    *quality = 1000;
    if (!str_cut(item, ';', &coding, &parameter))
        return str_trim_blanks(item);
    if (str_cut(parameter, '=', &name, &value) && str_equal_nocase(str_trim_blanks(name), STR("q")))
        *quality = quality_of(str_trim_blanks(value));
    return str_trim_blanks(coding);
}

unsigned coding_quality(str accept_encoding, str coding)
{
    bool is_identity = str_equal_nocase(coding, STR("identity"));
    unsigned otherwise = is_identity ? 1 : 0; /* identity is always there, and wanted least */
    struct str_pieces items = str_pieces(accept_encoding, ',');
    str item;
    for (size_t n = 0; n < LIMIT_ACCEPT_RANGES && str_next_piece(&items, &item); n++) {
        unsigned quality;
        str named = coding_of(item, &quality);
        if (str_equal_nocase(named, coding))
            return quality;
        if (str_equal(named, STR("*")))
            otherwise = quality;
    }
    return otherwise;
}

bool none_match_names(str if_none_match, str etag)
{
    struct str_pieces items = str_pieces(if_none_match, ',');
    str item;
    for (size_t n = 0; n < LIMIT_ACCEPT_RANGES && str_next_piece(&items, &item); n++) {
        item = str_trim_blanks(item);
        if (str_starts(item, STR("W/")))
            item = str_from_at(item, 2);
        if (str_equal(item, STR("*")) || str_equal(item, etag))
            return true;
    }
    return false;
}

/* FNV-1a: enough to tell one build's file from the next one's. */
static uint64_t hash_more(uint64_t hash, str s)
{
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * 0x100000001b3U;
    return hash;
}

str etag_of(struct arena *arena, str first, str second)
{
    uint64_t hash = hash_more(hash_more(0xcbf29ce484222325U, first), STR("|"));
    return arena_printf(arena, "\"%016llx\"", (unsigned long long)hash_more(hash, second));
}
