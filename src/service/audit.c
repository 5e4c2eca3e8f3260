#include "service/audit.h"

#include <pwd.h>
#include <unistd.h>

#include "service/audit_chain.h"
#include "service/audit_text.h"
#include "service/webhook_queue.h"

#define NAME_BYTES_MAX 512
#define ID_BYTES_MAX 255
#define ADDRESS_BYTES_MAX 64

static const str names[] = {
    [AUDIT_NOTHING] = STR_INIT(""),
#define KIND(kind, name) [AUDIT_##kind] = STR_INIT(name),
#include "service/audit_kinds.def"
#undef KIND
};
_Static_assert(COUNT_OF(names) == AUDIT_KIND_COUNT, "every kind has a name");

str audit_kind_name(enum audit_kind kind)
{
    return names[kind];
}

enum error audit_kind_find(str name, enum audit_kind *out)
{
    for (size_t i = AUDIT_NOTHING + 1; i < COUNT_OF(names); i++)
        if (str_equal(name, names[i])) {
            *out = (enum audit_kind)i;
            return OK;
        }
    return ERR_NOT_FOUND;
}

/* Who is at the terminal, as far as the operating system knows. */
static str operator_name(struct arena *arena)
{
    char room[1024];
    struct passwd entry, *found = NULL;
    uid_t uid = getuid();
    if (getpwuid_r(uid, &entry, room, sizeof(room), &found) == 0 && found)
        return arena_copy(arena, str_from(found->pw_name));
    return arena_printf(arena, "uid %lu", (unsigned long)uid);
}

static void fill_actor(struct audit_row *row, const struct principal *who,
                       const struct audit_turn *turn, struct arena *arena)
{
    row->credential = credential_kind_name(who ? who->kind : CREDENTIAL_NONE);
    row->credential_id = who ? audit_clean(arena, who->token_id, ID_BYTES_MAX) : STR("");
    row->actor_name = STR("");
    if (!who) {
        row->actor_kind = STR("system");
    } else if (who->kind == CREDENTIAL_OPERATOR) {
        row->actor_kind = STR("operator");
        row->actor_name = operator_name(arena);
    } else if (principal_is_somebody(who)) {
        row->actor_kind = turn->is_service ? STR("service_account") : STR("user");
        row->actor_id = who->user_id;
        row->actor_name = audit_clean(arena, turn->email, NAME_BYTES_MAX);
    } else {
        row->actor_kind = STR("anonymous");
    }
}

static struct audit_row make_row(const struct worker *w, const struct principal *who,
                                 const struct audit_event *event, const struct audit_turn *turn,
                                 usec now, struct arena *arena)
{
    struct audit_row row = {
        .number = turn->number,
        .at = now,
        .event = audit_kind_name(event->kind),
        .organization_id = event->organization_id,
        .address = audit_clean(arena, w->origin.address, ADDRESS_BYTES_MAX),
        .user_agent = audit_clean(arena, w->origin.user_agent, ORIGIN_USER_AGENT_MAX),
        .subject_kind = audit_clean(arena, event->subject_kind, NAME_BYTES_MAX),
        .subject_id = audit_clean(arena, event->subject_id, ID_BYTES_MAX),
        .subject_name = audit_clean(arena, event->subject_name, NAME_BYTES_MAX),
        .subject_user_id = event->subject_user_id,
        .details = audit_details(arena, event->facts, event->fact_count),
    };
    fill_actor(&row, who, turn, arena);
    return row;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       const struct audit_event *event, usec now, struct arena *arena)
{
    const struct mac_key *key = &w->shared->audit_mac;
    unsigned char mac[MAC_BYTES], seal[MAC_BYTES];
    struct audit_turn turn;
    enum error err = audit_head_take(txn->db, principal_is_somebody(who) ? who->user_id : 0,
                                     event->organization_id, arena, &turn);
    if (err)
        return err;
    struct audit_row row = make_row(w, who, event, &turn, now, arena);
    audit_mac(key, turn.mac, &row, mac);
    row.mac = str_of((const char *)mac, sizeof(mac));
    audit_seal(key, row.number, row.mac, seal);
    err = audit_events_insert(txn->db, &row);
    if (!err)
        err =
            audit_head_set(txn->db, row.number, row.mac, str_of((const char *)seal, sizeof(seal)));
    if (!err && turn.has_webhooks)
        err = webhook_queue(w, txn, &row, arena);
    return err;
}

/* Whoever serves requests acts for itself where the rules let it act as the operator. */
static const struct principal *actor(const struct worker *w, const struct principal *who)
{
    return who && who->kind == CREDENTIAL_OPERATOR && w->shared->router ? NULL : who;
}

enum error audit_note(struct worker *w, struct txn *txn, const struct principal *who,
                      const struct audit_event *event, usec now)
{
    struct arena arena;
    arena_init(&arena);
    enum error err = note(w, txn, actor(w, who), event, now, &arena);
    arena_release(&arena);
    return err;
}

enum error audit_note_alone(struct worker *w, const struct principal *who,
                            const struct audit_event *event, usec now)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = audit_note(w, &txn, who, event, now);
    return err ? err : txn_commit(&txn);
}

bool audit_is_due(struct shared *shared, str name, usec now)
{
    return rate_begin(shared->noted_lately, name, now) == 0;
}

bool audit_has_room_for_strangers(struct shared *shared, usec now)
{
    return rate_begin(shared->noted_strangers, STR("all"), now) == 0;
}
