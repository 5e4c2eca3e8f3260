#include "api/ls_envelope.h"

#include "api/json.h"
#include "crypto/random.h"

/* A number for this one failure: a random UUID (RFC 9562 5.4). */
static str uuid4(struct arena *arena)
{
    unsigned char b[16];
    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    return arena_printf(
        arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
        b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static json_t *envelope(struct request *rq, int status, str detail)
{
    json_t *body = json_object();
    json_add(body, "id", json_from_str(uuid4(&rq->arena)));
    json_add(body, "status_code", json_integer(status));
    json_add(body, "version", json_from_str(STR(LABEL_STUDIO_RELEASE)));
    json_add(body, "detail", json_from_str(detail));
    json_add(body, "exc_info", json_null());
    return body;
}

str ls_envelope(struct request *rq, int status, str detail)
{
    return json_write(&rq->arena, envelope(rq, status, detail));
}

str ls_envelope_invalid(struct request *rq, const struct complaints *complaints)
{
    json_t *body = envelope(rq, 400, STR("Validation error"));
    json_t *fields = json_object();
    for (size_t i = 0; i < complaints->count; i++) {
        const struct complaint *complaint = &complaints->items[i];
        const char *name = str_is_empty(complaint->field)
                               ? "non_field_errors"
                               : arena_cstr(&rq->arena, complaint->field);
        json_t *texts = json_object_get(fields, name);
        if (!texts) {
            texts = json_array();
            json_add(fields, name, texts);
        }
        json_array_append_new(texts, json_from_str(complaint->text));
    }
    json_add(body, "validation_errors", fields);
    return json_write(&rq->arena, body);
}
