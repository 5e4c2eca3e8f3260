#include "service/audit_read.h"
#include "service/audit_text.h"

/* All into a buffer whose ceiling its owner looks at. */

static void add(struct buf *to, str text)
{
    (void)buf_add(to, text);
}

static void add_text_or_null(struct buf *to, str text)
{
    if (str_is_empty(text))
        add(to, STR("null"));
    else
        json_quote(to, text);
}

static void add_id_or_null(struct buf *to, int64_t id)
{
    if (id == 0)
        add(to, STR("null"));
    else
        (void)buf_addf(to, "%lld", (long long)id);
}

static void add_time(struct buf *to, usec t)
{
    struct arena arena;
    arena_init(&arena);
    add(to, time_format(&arena, t));
    arena_release(&arena);
}

void audit_write_json(struct buf *to, const struct audit_row *row)
{
    (void)buf_addf(to, "{\"number\":%lld,\"at\":\"", (long long)row->number);
    add_time(to, row->at);
    add(to, STR("\",\"event\":"));
    json_quote(to, row->event);
    add(to, STR(",\"organization_id\":"));
    add_id_or_null(to, row->organization_id);
    add(to, STR(",\"actor\":{\"kind\":"));
    json_quote(to, row->actor_kind);
    add(to, STR(",\"id\":"));
    add_id_or_null(to, row->actor_id);
    add(to, STR(",\"name\":"));
    add_text_or_null(to, row->actor_name);
    add(to, STR("},\"credential\":"));
    json_quote(to, row->credential);
    add(to, STR(",\"credential_id\":"));
    add_text_or_null(to, row->credential_id);
    add(to, STR(",\"ip\":"));
    add_text_or_null(to, row->address);
    add(to, STR(",\"user_agent\":"));
    add_text_or_null(to, row->user_agent);
    add(to, STR(",\"subject\":{\"kind\":"));
    add_text_or_null(to, row->subject_kind);
    add(to, STR(",\"id\":"));
    add_text_or_null(to, row->subject_id);
    add(to, STR(",\"name\":"));
    add_text_or_null(to, row->subject_name);
    add(to, STR(",\"user_id\":"));
    add_id_or_null(to, row->subject_user_id);
    add(to, STR("},\"details\":"));
    add(to, row->details);
    add(to, STR("}"));
}

/* What spreadsheets begin a formula with. */
static bool looks_like_formula(str text)
{
    return text.len > 0 && str_has(STR("=+-@\t\r"), text.ptr[0]);
}

static void add_cell(struct buf *to, str text)
{
    bool is_quoted = str_has(text, '"') || str_has(text, ',') || str_has(text, '\n') ||
                     str_has(text, '\r') || looks_like_formula(text);
    if (is_quoted)
        (void)buf_add_byte(to, '"');
    if (looks_like_formula(text))
        (void)buf_add_byte(to, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            (void)buf_add_byte(to, '"');
        (void)buf_add_byte(to, text.ptr[i]);
    }
    if (is_quoted)
        (void)buf_add_byte(to, '"');
}

static void add_cell_id(struct buf *to, int64_t id)
{
    if (id != 0)
        (void)buf_addf(to, "%lld", (long long)id);
}

str audit_csv_header(void)
{
    return STR("number,at,event,organization_id,actor_kind,actor_id,actor_name,credential,"
               "credential_id,ip,user_agent,subject_kind,subject_id,subject_name,subject_user_id,"
               "details\r\n");
}

void audit_write_csv(struct buf *to, const struct audit_row *row)
{
    const str texts_after_name[] = {row->actor_name, row->credential,  row->credential_id,
                                    row->address,    row->user_agent,  row->subject_kind,
                                    row->subject_id, row->subject_name};
    (void)buf_addf(to, "%lld,", (long long)row->number);
    add_time(to, row->at);
    (void)buf_add_byte(to, ',');
    add_cell(to, row->event);
    (void)buf_add_byte(to, ',');
    add_cell_id(to, row->organization_id);
    (void)buf_add_byte(to, ',');
    add_cell(to, row->actor_kind);
    (void)buf_add_byte(to, ',');
    add_cell_id(to, row->actor_id);
    for (size_t i = 0; i < COUNT_OF(texts_after_name); i++) {
        (void)buf_add_byte(to, ',');
        add_cell(to, texts_after_name[i]);
    }
    (void)buf_add_byte(to, ',');
    add_cell_id(to, row->subject_user_id);
    (void)buf_add_byte(to, ',');
    add_cell(to, row->details);
    add(to, STR("\r\n"));
}
