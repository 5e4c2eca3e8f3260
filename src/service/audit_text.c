#include "service/audit_text.h"

#define FACT_BYTES_MAX 1000
#define DETAILS_BYTES_MAX 65536

/* Of a field that nobody filled in, too. */
static str cut(str field, size_t bytes_max)
{
    str text = str_of(field.ptr, field.len);
    if (text.len <= bytes_max)
        return text;
    size_t end = bytes_max;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

str audit_clean(struct arena *arena, str text, size_t bytes_max)
{
    str kept = cut(text, bytes_max);
    bool is_utf8 = str_is_utf8(kept);
    if (is_utf8 && !str_has_control(kept))
        return kept;
    char *copy = arena_bytes(arena, kept.len + 1);
    for (size_t i = 0; i < kept.len; i++) {
        unsigned char c = (unsigned char)kept.ptr[i];
        bool is_good = c >= 0x20 && c != 0x7F && (is_utf8 || c < 0x80);
        copy[i] = is_good ? kept.ptr[i] : '?';
    }
    copy[kept.len] = '\0';
    return (str){copy, kept.len};
}

void json_quote(struct buf *to, str text)
{
    (void)buf_add_byte(to, '"'); /* the ceiling is looked at once, at the end */
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\') {
            (void)buf_add_byte(to, '\\');
            (void)buf_add_byte(to, c);
        } else if ((unsigned char)c < 0x20) {
            (void)buf_addf(to, "\\u%04x", (unsigned)(unsigned char)c);
        } else {
            (void)buf_add_byte(to, c);
        }
    }
    (void)buf_add_byte(to, '"');
}

static void add_side(struct buf *to, struct arena *arena, str text)
{
    if (str_is_empty(text))
        (void)buf_add(to, STR("null"));
    else
        json_quote(to, audit_clean(arena, text, FACT_BYTES_MAX));
}

str audit_details(struct arena *arena, const struct audit_fact *facts, size_t count)
{
    struct buf buf;
    buf_init(&buf, DETAILS_BYTES_MAX);
    (void)buf_add_byte(&buf, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            (void)buf_add_byte(&buf, ',');
        json_quote(&buf, facts[i].name);
        (void)buf_add(&buf, STR(":{\"before\":"));
        add_side(&buf, arena, facts[i].before);
        (void)buf_add(&buf, STR(",\"after\":"));
        add_side(&buf, arena, facts[i].after);
        (void)buf_add_byte(&buf, '}');
    }
    (void)buf_add_byte(&buf, '}');
    str details = buf.overflown ? STR("{}") : arena_copy(arena, buf_str(&buf));
    buf_release(&buf);
    return details;
}

struct audit_event audit_about_user(enum audit_kind kind, int64_t organization_id, int64_t user_id,
                                    str email, struct arena *arena)
{
    return (struct audit_event){.kind = kind,
                                .organization_id = organization_id,
                                .subject_kind = STR("user"),
                                .subject_id = audit_number(arena, user_id),
                                .subject_name = email,
                                .subject_user_id = user_id};
}

struct audit_event audit_about_organization(enum audit_kind kind, int64_t organization_id,
                                            str title, struct arena *arena)
{
    return (struct audit_event){.kind = kind,
                                .organization_id = organization_id,
                                .subject_kind = STR("organization"),
                                .subject_id = audit_number(arena, organization_id),
                                .subject_name = title};
}

int64_t audit_organization(const struct principal *who, int64_t active_organization_id)
{
    return who && who->organization_id != 0 ? who->organization_id : active_organization_id;
}

void audit_compare(struct audit_fact *facts, size_t *count, str name, str before, str after)
{
    if (!str_equal(before, after))
        facts[(*count)++] = (struct audit_fact){.name = name, .before = before, .after = after};
}

str audit_number(struct arena *arena, int64_t n)
{
    return arena_printf(arena, "%lld", (long long)n);
}

str audit_time(struct arena *arena, usec t)
{
    return t == 0 || t == USEC_NEVER ? STR("") : time_format(arena, t);
}

str audit_switch(bool is_on)
{
    return is_on ? STR("on") : STR("off");
}
