#include "base/time.h"

usec time_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (usec)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

usec time_monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (usec)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t usec_to_seconds(usec t)
{
    return t / 1000000 - (t % 1000000 < 0);
}

static struct tm broken_down(usec t)
{
    static const int64_t year_0 = -62167219200, year_9999_end = 253402300799;
    int64_t seconds = usec_to_seconds(t);
    if (seconds < year_0)
        seconds = year_0;
    if (seconds > year_9999_end)
        seconds = year_9999_end;
    time_t clock = (time_t)seconds;
    struct tm tm = {0};
    gmtime_r(&clock, &tm);
    return tm;
}

str time_format(struct arena *arena, usec t)
{
    struct tm tm = broken_down(t);
    int fraction = (int)(t - usec_to_seconds(t) * 1000000);
    if (fraction == 0)
        return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                            tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

str time_format_http(struct arena *arena, usec t)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm = broken_down(t);
    return arena_printf(arena, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
                        months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Takes exactly `digits` decimal digits off the front of `*s`. */
static bool take_number(str *s, size_t digits, int *out)
{
    if (s->len < digits)
        return false;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = s->ptr[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *s = str_from_at(*s, digits);
    *out = value;
    return true;
}

static bool take_char(str *s, const char *any_of)
{
    if (s->len == 0 || s->ptr[0] == '\0' || !strchr(any_of, s->ptr[0]))
        return false;
    *s = str_from_at(*s, 1);
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Takes ".digits"; keeps six of them. */
static bool take_fraction(str *s, int *out)
{
    *out = 0;
    if (!take_char(s, "."))
        return true;
    int scale = 100000, value = 0;
    size_t digits = 0;
    while (digits < s->len && s->ptr[digits] >= '0' && s->ptr[digits] <= '9') {
        value += (s->ptr[digits] - '0') * scale;
        scale /= 10;
        digits++;
    }
    *s = str_from_at(*s, digits);
    *out = value;
    return digits > 0;
}

/* Takes "Z", "+hh:mm", "-hh:mm", "+hh" or nothing; minutes east of Greenwich. */
static bool take_zone(str *s, int *out)
{
    *out = 0;
    if (s->len == 0 || take_char(s, "Zz"))
        return true;
    bool west = s->ptr[0] == '-';
    int hours, minutes = 0;
    if (!take_char(s, "+-") || !take_number(s, 2, &hours))
        return false;
    if (s->len > 0 && (!take_char(s, ":") || !take_number(s, 2, &minutes)))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *out = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

enum error time_parse(str s, usec *out)
{
    int year, month, day, hour = 0, minute = 0, second = 0, fraction = 0, zone = 0;
    if (!take_number(&s, 4, &year) || !take_char(&s, "-") || !take_number(&s, 2, &month) ||
        !take_char(&s, "-") || !take_number(&s, 2, &day))
        return ERR_MALFORMED;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return ERR_MALFORMED;
    if (s.len > 0 &&
        (!take_char(&s, "Tt ") || !take_number(&s, 2, &hour) || !take_char(&s, ":") ||
         !take_number(&s, 2, &minute) || !take_char(&s, ":") || !take_number(&s, 2, &second) ||
         !take_fraction(&s, &fraction) || !take_zone(&s, &zone) || s.len > 0))
        return ERR_MALFORMED;
    if (hour > 23 || minute > 59 || second > 60) /* 60: a leap second */
        return ERR_MALFORMED;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    *out = SECONDS((int64_t)timegm(&tm) - (int64_t)zone * 60) + fraction;
    return OK;
}
