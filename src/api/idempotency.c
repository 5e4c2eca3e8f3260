#include "api/idempotency.h"

#include "api/state.h"
#include "auth/principal.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "service/repeated.h"

static enum error read_key(struct request *rq, str *out)
{
    str key = rq->headers[HEADER_IDEMPOTENCY_KEY];
    if (str_is_empty(key) || key.len > IDEMPOTENCY_KEY_MAX || !str_is_visible(key))
        return fail(rq, ERR_MALFORMED,
                    STR("Idempotency-Key must have 1 to 255 visible ASCII characters."));
    *out = key;
    return OK;
}

/* What makes two requests the same. No part can be taken for another: their lengths go before. */
static str fingerprint_of(struct request *rq)
{
    unsigned char digest[DIGEST_BYTES];
    const struct principal *who = rq->principal;
    str head =
        arena_printf(&rq->arena, "%d %lld %zu %zu %zu ", (int)who->kind, (long long)who->token_key,
                     rq->method_text.len, rq->target.len, rq->body.len);
    /* one that may less must not be given what one that may more has made */
    sha256(ARENA_JOIN(&rq->arena, head, rq->method_text, rq->target, rq->body, who->scopes),
           digest);
    return arena_copy(&rq->arena, str_of((const char *)digest, sizeof(digest)));
}

enum error idempotency_run(struct worker *w, struct request *rq, struct response *rs)
{
    struct repeated repeated = {.user_id = rq->principal->user_id};
    enum error err = read_key(rq, &repeated.key);
    if (err)
        return err;
    repeated.fingerprint = fingerprint_of(rq);
    arena_mark_secret(&rq->arena);
    err = repeated_begin(w, &repeated, rq->now, &rq->arena);
    if (err == ERR_INVALID) {
        rq->state->status = 422;
        return fail(rq, err,
                    STR("Another request was made with this Idempotency-Key; use a new "
                        "one for each."));
    }
    if (err == ERR_CONFLICT)
        return fail(rq, err,
                    STR("The first request with this Idempotency-Key is still under way; "
                        "try again in a moment."));
    if (err)
        return err;
    if (repeated.status != 0) {
        response_header_static(rs, "Idempotency-Replayed", "true");
        return reply_json(rs, (int)repeated.status, repeated.answer);
    }

    err = rq->route->slow(w, rq, rs);
    bool is_good = !err && rs->status >= 200 && rs->status < 300 && rs->file == 0;
    repeated.status = is_good ? rs->status : 0;
    repeated.answer = rs->body;
    enum error kept = repeated_end(w, &repeated, &rq->arena);
    if (kept)
        log_warning("an answer could not be kept for its Idempotency-Key: %s", error_name(kept));
    return err;
}
