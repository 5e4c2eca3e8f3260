#include "service/webhook_queue.h"

#include "base/log.h"
#include "crypto/random.h"
#include "service/audit.h"
#include "service/audit_read.h"
#include "service/audit_text.h"

#define BODY_BYTES_MAX 262144 /* far above an entry's own limits */
#define ID_CHARACTERS 27

bool webhook_wants(str events, str event)
{
    struct str_pieces pieces = str_pieces(events, ' ');
    str piece;
    while (str_next_piece(&pieces, &piece)) {
        if (str_equal(piece, STR("*")) || str_equal(piece, event))
            return true;
        if (str_ends(piece, STR(".*")) && str_starts(event, str_slice(piece, 0, piece.len - 1)))
            return true;
    }
    return false;
}

static str new_id(struct arena *arena)
{
    str letters = STR("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    return ARENA_JOIN(arena, STR("msg_"), random_text(arena, letters, ID_CHARACTERS));
}

static void begin_body(struct buf *body, str type, usec at, struct arena *arena)
{
    buf_init(body, BODY_BYTES_MAX);
    (void)buf_add(body, STR("{\"type\":"));
    json_quote(body, type);
    (void)buf_add(body, STR(",\"timestamp\":\""));
    (void)buf_add(body, time_format(arena, at));
    (void)buf_add(body, STR("\",\"data\":"));
}

static enum error insert(struct db *db, const struct webhook_row *webhook, str event, str body,
                         usec now, struct arena *arena, str *id)
{
    struct delivery_row row = {.id = new_id(arena),
                               .webhook_id = webhook->id,
                               .event = event,
                               .body = body,
                               .created_at = now,
                               .next_at = now};
    *id = row.id;
    return deliveries_insert(db, &row);
}

/* Whoever does not listen for days gets no more than so many at once when he is back. */
static enum error insert_if_room(struct worker *w, struct db *db, const struct webhook_row *webhook,
                                 const struct audit_row *event, str body, struct arena *arena)
{
    int64_t waiting = 0;
    str id;
    enum error err = deliveries_count_waiting(db, webhook->id, WEBHOOK_WAITING_MAX, &waiting);
    if (err || waiting < WEBHOOK_WAITING_MAX)
        return err ? err : insert(db, webhook, event->event, body, event->at, arena, &id);
    if (audit_is_due(w->shared, ARENA_JOIN(arena, STR("webhook full "), webhook->id), event->at))
        log_warning("webhook %.*s is not told of new events: %d wait for it already",
                    STR_ARG(webhook->id), WEBHOOK_WAITING_MAX);
    return OK;
}

enum error webhook_queue(struct worker *w, struct txn *txn, const struct audit_row *event,
                         struct arena *arena)
{
    struct webhook_list list;
    CLEANUP(buf_release) struct buf body = {0};
    enum error err = webhooks_list(txn->db, event->organization_id, arena, &list);
    if (err)
        return err;
    begin_body(&body, event->event, event->at, arena);
    audit_write_json(&body, event);
    err = buf_add_byte(&body, '}');
    for (size_t i = 0; !err && i < list.count; i++)
        if (list.items[i].is_enabled && webhook_wants(list.items[i].events, event->event))
            err = insert_if_room(w, txn->db, &list.items[i], event, buf_str(&body), arena);
    return err;
}

enum error webhook_queue_test(struct txn *txn, const struct webhook_row *webhook, usec now,
                              struct arena *arena, str *out)
{
    CLEANUP(buf_release) struct buf body = {0};
    begin_body(&body, STR("webhook.test"), now, arena);
    (void)buf_addf(
        &body, "{\"organization_id\":%lld,\"webhook_id\":", (long long)webhook->organization_id);
    json_quote(&body, webhook->id);
    enum error err = buf_add(&body, STR("}}"));
    return err ? err
               : insert(txn->db, webhook, STR("webhook.test"), buf_str(&body), now, arena, out);
}
