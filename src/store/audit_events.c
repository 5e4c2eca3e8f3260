#include "store/audit_events.h"

#include "store/many.h"

#define COLUMNS                                                                                    \
    "number, at, event, organization_id, actor_kind, actor_id, actor_name, credential, "           \
    "credential_id, address, user_agent, subject_kind, subject_id, subject_name, "                 \
    "subject_user_id, details, mac"

static int64_t null_if_zero(int64_t id)
{
    return id ? id : DB_NULL_I64;
}

#define TURN                                                                                       \
    "mac, (SELECT u.email FROM users u WHERE u.id = $1), "                                         \
    "(SELECT u.is_service FROM users u WHERE u.id = $1), "                                         \
    "(SELECT COUNT(*) FROM webhooks h WHERE h.organization_id = $2 AND h.is_enabled = 1)"

/*
 * All that an entry needs is read by the statement that takes the turn: one look less each. Where a
 * transaction has the database to itself, its turn need not be held by a write.
 */
enum error audit_head_take(struct db *db, int64_t actor_id, int64_t organization_id,
                           struct arena *arena, struct audit_turn *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    db_is_shared(db) ? "UPDATE audit_head SET number = number + 1 WHERE id = 1 "
                                       "RETURNING number, " TURN
                                     : "SELECT number + 1, " TURN " FROM audit_head WHERE id = 1");
    if (!err)
        err = query_bind(&q, "II", null_if_zero(actor_id), null_if_zero(organization_id));
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = (struct audit_turn){
            .number = row_i64(&q, 0),
            .mac = row_bytes(&q, 1, arena),
            .email = row_str(&q, 2, arena),
            .is_service = !row_is_null(&q, 3) && row_flag(&q, 3),
            .has_webhooks = row_i64(&q, 4) > 0,
        };
    return err;
}

enum error audit_events_insert(struct db *db, const struct audit_row *row)
{
    return db_run(db,
                  "INSERT INTO audit_events (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
                  "$9, $10, $11, $12, $13, $14, $15, $16, $17)",
                  "iisIsIssssssssIsb", row->number, row->at, row->event,
                  null_if_zero(row->organization_id), row->actor_kind, null_if_zero(row->actor_id),
                  row->actor_name, row->credential, row->credential_id, row->address,
                  row->user_agent, row->subject_kind, row->subject_id, row->subject_name,
                  null_if_zero(row->subject_user_id), row->details, row->mac);
}

enum error audit_head_set(struct db *db, int64_t number, str mac, str seal)
{
    return db_run(db, "UPDATE audit_head SET number = $1, mac = $2, seal = $3 WHERE id = 1", "ibb",
                  number, mac, seal);
}

enum error audit_head_find(struct db *db, struct arena *arena, struct audit_head *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT number, mac, seal FROM audit_head WHERE id = 1");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = (struct audit_head){.number = row_i64(&q, 0),
                                   .mac = row_bytes(&q, 1, arena),
                                   .seal = row_bytes(&q, 2, arena)};
    return err;
}

static int64_t zero_if_null(struct query *q, int column)
{
    return row_is_null(q, column) ? 0 : row_i64(q, column);
}

static enum error read_list(struct query *q, struct arena *arena, struct audit_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct audit_row)};
    enum error err;
    while (!(err = query_row(q)))
        *(struct audit_row *)many_add(&many) = (struct audit_row){
            .number = row_i64(q, 0),
            .at = row_i64(q, 1),
            .event = row_str(q, 2, arena),
            .organization_id = zero_if_null(q, 3),
            .actor_kind = row_str(q, 4, arena),
            .actor_id = zero_if_null(q, 5),
            .actor_name = row_str(q, 6, arena),
            .credential = row_str(q, 7, arena),
            .credential_id = row_str(q, 8, arena),
            .address = row_str(q, 9, arena),
            .user_agent = row_str(q, 10, arena),
            .subject_kind = row_str(q, 11, arena),
            .subject_id = row_str(q, 12, arena),
            .subject_name = row_str(q, 13, arena),
            .subject_user_id = zero_if_null(q, 14),
            .details = row_str(q, 15, arena),
            .mac = row_bytes(q, 16, arena),
        };
    *out = (struct audit_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error audit_events_walk(struct db *db, int64_t after, int64_t limit, struct arena *arena,
                             struct audit_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM audit_events WHERE number > $1 "
                                 "ORDER BY number LIMIT $2");
    if (!err)
        err = query_bind(&q, "ii", after, limit);
    return err ? err : read_list(&q, arena, out);
}

/* $1 the organization, $2 the place, $3 the limit. */
#define FITS                                                                                       \
    " AND (event LIKE $4 ESCAPE '!' OR $4 IS NULL) AND (actor_id = $5 OR $5 IS NULL)"              \
    " AND (subject_user_id = $6 OR $6 IS NULL)"                                                    \
    " AND (actor_id = $7 OR subject_user_id = $7 OR $7 IS NULL)"                                   \
    " AND (subject_id = $8 OR $8 IS NULL)"                                                         \
    " AND (lower(actor_name) LIKE lower($9) ESCAPE '!' OR lower(subject_name) LIKE lower($9) "     \
    "ESCAPE '!' OR address LIKE lower($9) ESCAPE '!' OR $9 IS NULL)"                               \
    " AND at >= $10 AND at < $11"
#define OF_ALL "SELECT " COLUMNS " FROM audit_events WHERE $1 = 0"
#define OF_ONE "SELECT " COLUMNS " FROM audit_events WHERE organization_id = $1"
#define UP " AND number > $2" FITS " ORDER BY number LIMIT $3"
#define DOWN " AND number < $2" FITS " ORDER BY number DESC LIMIT $3"

static enum error find(struct db *db, const char *sql, const struct audit_filter *filter,
                       int64_t place, int64_t limit, struct arena *arena, struct audit_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, sql);
    if (!err)
        err = query_bind(&q, "iiiSIIISSii", filter->organization_id, place, limit, filter->event,
                         null_if_zero(filter->actor_id), null_if_zero(filter->subject_user_id),
                         null_if_zero(filter->user_id), filter->subject_id, filter->text,
                         filter->since, filter->until ? filter->until : USEC_NEVER);
    return err ? err : read_list(&q, arena, out);
}

enum error audit_events_up(struct db *db, const struct audit_filter *filter, int64_t place,
                           int64_t limit, struct arena *arena, struct audit_list *out)
{
    return find(db, filter->organization_id ? OF_ONE UP : OF_ALL UP, filter, place, limit, arena,
                out);
}

enum error audit_events_down(struct db *db, const struct audit_filter *filter, int64_t place,
                             int64_t limit, struct arena *arena, struct audit_list *out)
{
    return find(db, filter->organization_id ? OF_ONE DOWN : OF_ALL DOWN, filter, place, limit,
                arena, out);
}
