#include "http/ready_answer.h"

#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

struct ready_answer {
    _Atomic unsigned holders;
    struct MHD_Response *library; /* owned */
    int status;
    str body;   /* in `text` */
    char *text; /* behind the fields; secrets are among it */
    size_t bytes;
    size_t header_count;
    struct response_header headers[]; /* their values in `text` */
};

static size_t text_bytes_of(const struct response *rs)
{
    size_t bytes = rs->body.len;
    for (size_t i = 0; i < rs->header_count; i++)
        bytes += strlen(rs->headers[i].value) + 1;
    return bytes;
}

static char *copy(char **to, const char *text, size_t len)
{
    char *begin = *to;
    memcpy(begin, text, len);
    *to += len;
    return begin;
}

/* Without the library's object. NULL: no memory. */
static struct ready_answer *copy_of(const struct response *rs)
{
    size_t fields_bytes = rs->header_count * sizeof(rs->headers[0]), bytes = text_bytes_of(rs);
    struct ready_answer *answer = malloc(sizeof(*answer) + fields_bytes + bytes);
    if (!answer)
        return NULL;
    char *to = (char *)answer + sizeof(*answer) + fields_bytes;
    *answer = (struct ready_answer){.holders = 1,
                                    .status = rs->status,
                                    .text = to,
                                    .bytes = bytes,
                                    .header_count = rs->header_count};
    for (size_t i = 0; i < rs->header_count; i++) {
        const char *value = rs->headers[i].value;
        answer->headers[i] =
            (struct response_header){rs->headers[i].name, copy(&to, value, strlen(value) + 1)};
    }
    answer->body = str_of(copy(&to, rs->body.ptr, rs->body.len), rs->body.len);
    return answer;
}

struct ready_answer *ready_answer_new(const struct response *rs)
{
    if (rs->status == 0 || rs->file > 0 || rs->close || rs->spoiled)
        return NULL;
    struct ready_answer *answer = copy_of(rs);
    if (!answer)
        return NULL;
    answer->library = library_body(answer->body);
    if (answer->library &&
        library_add_headers(answer->library, answer->headers, answer->header_count))
        return answer;
    ready_answer_drop(answer);
    return NULL;
}

struct ready_answer *ready_answer_hold(struct ready_answer *answer)
{
    atomic_fetch_add_explicit(&answer->holders, 1, memory_order_relaxed);
    return answer;
}

static enum MHD_Result wipe_value(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)cls;
    (void)kind;
    (void)name;
    wipe((void *)(uintptr_t)value,
         strlen(value)); /* the library's copy, which it is about to free */
    return MHD_YES;
}

/*
 * Whoever sends it holds it until the library has told that it was sent: no connection reads it any
 * more, and the library lets go of it.
 */
void ready_answer_drop(struct ready_answer *answer)
{
    if (!answer || atomic_fetch_sub_explicit(&answer->holders, 1, memory_order_acq_rel) > 1)
        return;
    if (answer->library) {
        MHD_get_response_headers(answer->library, wipe_value, NULL);
        MHD_destroy_response(answer->library);
    }
    wipe(answer->text, answer->bytes);
    free(answer);
}

void reply_ready(struct response *rs, struct ready_answer *answer)
{
    response_clear(rs);
    rs->status = answer->status;
    rs->body = answer->body;
    rs->header_count = answer->header_count;
    memcpy(rs->headers, answer->headers, answer->header_count * sizeof(answer->headers[0]));
    rs->ready = answer;
}

struct MHD_Response *ready_answer_library(const struct response *rs)
{
    const struct ready_answer *answer = rs->ready;
    bool is_untouched =
        answer && rs->status == answer->status && rs->body.ptr == answer->body.ptr &&
        rs->body.len == answer->body.len && rs->header_count == answer->header_count &&
        memcmp(rs->headers, answer->headers, answer->header_count * sizeof(answer->headers[0])) ==
            0;
    return is_untouched ? answer->library : NULL;
}
