#include "api/audit_events.h"

#include <unistd.h>

#include "api/json.h"
#include "api/people.h"
#include "api/state.h"
#include "base/scratch.h"
#include "service/audit_read.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MOST 200
#define TEXT_MOST 200 /* bytes of ?q= */
#define ID_MOST 255
#define PAGE_BYTES_MAX (16 << 20) /* 200 of the longest entries are below */

enum format { FORMAT_JSON, FORMAT_NDJSON, FORMAT_CSV };

struct asked {
    struct audit_query query;
    int64_t limit;
    enum format format;
};

static void refuse(struct request *rq, str field, str text)
{
    complain(&rq->state->complaints, field, text);
}

/* A whole number from `least`; `*out` stays as it is when nothing is given. */
static void read_number(struct request *rq, str name, int64_t least, int64_t most, int64_t *out)
{
    str text;
    int64_t n;
    if (!request_query(rq, name, &text) || str_is_empty(text))
        return;
    if (str_to_i64(text, &n) || n < least || n > most)
        refuse(rq, name,
               arena_printf(&rq->arena, "Must be a whole number from %lld%s.", (long long)least,
                            most == LIMIT_MOST ? " to 200" : ""));
    else
        *out = n;
}

static void read_time(struct request *rq, str name, usec *out)
{
    str text;
    if (request_query(rq, name, &text) && !str_is_empty(text) && time_parse(text, out))
        refuse(rq, name, STR("Must be a time as 2026-11-25T12:00:00Z, or a date."));
}

static void read_words(struct request *rq, struct asked *asked)
{
    str text;
    if (request_query(rq, STR("event"), &text) && !str_is_empty(text) &&
        audit_event_pattern(text, &rq->arena, &asked->query.filter.event))
        refuse(rq, STR("event"),
               STR("There is no such event; it is named as token.created, or token.* for all of "
                   "them."));
    if (request_query(rq, STR("subject_id"), &text))
        asked->query.filter.subject_id = text;
    if (request_query(rq, STR("q"), &text) && !str_is_empty(text)) {
        if (text.len > TEXT_MOST || !str_is_utf8(text) || str_has(text, '\0'))
            refuse(rq, STR("q"), STR("Must be a text of at most 200 bytes."));
        else
            asked->query.filter.text = audit_text_pattern(text, &rq->arena);
    }
    str subject = asked->query.filter.subject_id;
    if (!str_is_utf8(subject) || str_has(subject, '\0') || str_utf8_length(subject) > ID_MOST)
        refuse(rq, STR("subject_id"), STR("Must be an id, of at most 255 characters."));
}

static void read_order(struct request *rq, struct asked *asked)
{
    str text;
    if (request_query(rq, STR("format"), &text)) {
        if (str_equal(text, STR("ndjson")))
            asked->format = FORMAT_NDJSON;
        else if (str_equal(text, STR("csv")))
            asked->format = FORMAT_CSV;
        else if (!str_equal(text, STR("json")))
            refuse(rq, STR("format"), STR("Must be \"json\", \"ndjson\" or \"csv\"."));
    }
    /* a page begins with what is new, a file with what is old */
    asked->query.is_upwards = asked->format != FORMAT_JSON;
    if (request_query(rq, STR("order"), &text)) {
        asked->query.is_upwards = str_equal(text, STR("asc"));
        if (!asked->query.is_upwards && !str_equal(text, STR("desc")))
            refuse(rq, STR("order"), STR("Must be \"asc\" or \"desc\"."));
    }
}

static enum error read_asked(struct request *rq, struct asked *out)
{
    int64_t organization_id = 0;
    *out = (struct asked){.limit = LIMIT_DEFAULT, .format = FORMAT_JSON};
    struct audit_filter *filter = &out->query.filter;
    filter->event = filter->subject_id = filter->text = STR("");
    enum error err = read_administered(rq, &organization_id);
    if (err)
        return err;
    filter->organization_id = organization_id;
    read_words(rq, out);
    read_order(rq, out);
    read_number(rq, STR("limit"), 1, LIMIT_MOST, &out->limit);
    read_number(rq, STR("actor_id"), 1, INT64_MAX, &filter->actor_id);
    read_number(rq, STR("subject_user_id"), 1, INT64_MAX, &filter->subject_user_id);
    read_time(rq, STR("since"), &filter->since);
    read_time(rq, STR("until"), &filter->until);
    read_number(rq, STR("after"), 0, INT64_MAX, &out->query.place);
    read_number(rq, STR("cursor"), 1, INT64_MAX, &out->query.place);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

static enum error reply_page(struct worker *w, struct request *rq, struct response *rs,
                             const struct asked *asked)
{
    struct audit_list list;
    struct buf buf;
    /* one more than asked for tells whether there is a next page */
    enum error err =
        audit_page(w, rq->principal, &asked->query, asked->limit + 1, &rq->arena, &list);
    if (err)
        return err;
    bool has_more = list.count > (size_t)asked->limit;
    size_t count = has_more ? (size_t)asked->limit : list.count;
    buf_init(&buf, PAGE_BYTES_MAX);
    (void)buf_add(&buf, STR("{\"items\":["));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            (void)buf_add_byte(&buf, ',');
        audit_write_json(&buf, &list.items[i]);
    }
    if (has_more)
        (void)buf_addf(&buf, "],\"next_cursor\":\"%lld\"", (long long)list.items[count - 1].number);
    else
        (void)buf_add(&buf, STR("],\"next_cursor\":null"));
    err = buf_add(&buf, STR(",\"total\":null}")); /* counting would read all of them */
    if (!err)
        err = reply_json(rs, 200, arena_copy(&rq->arena, buf_str(&buf)));
    buf_release(&buf);
    return err;
}

/* Where the export goes, and how much of it there is. */
struct sink {
    int file;
    int64_t bytes;
};

static enum error take_chunk(void *context, str chunk)
{
    struct sink *sink = context;
    sink->bytes += (int64_t)chunk.len;
    return scratch_write(sink->file, chunk);
}

/* Through a file, so that neither memory nor a transaction is held while a client is slow. */
static enum error reply_export(struct worker *w, struct request *rq, struct response *rs,
                               const struct asked *asked)
{
    struct sink sink = {.file = -1};
    const struct audit_export order = {.query = asked->query,
                                       .form =
                                           asked->format == FORMAT_CSV ? AUDIT_CSV : AUDIT_NDJSON,
                                       .write = take_chunk,
                                       .context = &sink};
    enum error err = scratch_open(w->shared->config->data, &rq->arena, &sink.file);
    if (!err)
        err = audit_export(w, rq->principal, &order);
    if (err) {
        if (sink.file >= 0)
            close(sink.file);
        return err;
    }
    bool is_csv = asked->format == FORMAT_CSV;
    str day = str_slice(time_format(&rq->arena, rq->now), 0, 10);
    response_header(rs, "Content-Disposition",
                    arena_printf(&rq->arena, "attachment; filename=\"audit-events-%lld-%.*s.%s\"",
                                 (long long)asked->query.filter.organization_id, STR_ARG(day),
                                 is_csv ? "csv" : "ndjson"));
    return reply_file(rs, 200,
                      is_csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson",
                      sink.file, sink.bytes);
}

enum error audit_events_list(struct worker *w, struct request *rq, struct response *rs)
{
    struct asked asked;
    enum error err = read_asked(rq, &asked);
    if (err)
        return err;
    return asked.format == FORMAT_JSON ? reply_page(w, rq, rs, &asked)
                                       : reply_export(w, rq, rs, &asked);
}
