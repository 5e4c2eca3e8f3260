#include "service/device.h"

#include "auth/scope.h"
#include "base/encoding.h"
#include "base/network.h"
#include "crypto/random.h"
#include "service/audit.h"

/* No vowels, so no words; no letter that looks like another (RFC 8628 6.1): 34 bits. */
static const str letters = STR_INIT("BCDFGHJKLMNPQRSTVWXZ");
#define CODE_LETTERS 8
#define CODE_SENT_MAX 64 /* bytes, with all that people put in */
#define CODES_TRIED 5    /* until one is free */
#define DEVICE_CODE_BYTES 32
#define DEVICE_CODE_CHARACTERS 43
#define WAITING_MAX 10000
#define SLOW_DOWN_SECONDS 5
#define INTERVAL_MAX 600
#define NAMES_TRIED 50
#define SCOPE_NAMES_MAX (SCOPES_BYTES_MAX / 2 + 1) /* of a list: a letter and a space each */

str device_code_shown(str user_code, struct arena *arena)
{
    return ARENA_JOIN(arena, str_slice(user_code, 0, CODE_LETTERS / 2), STR("-"),
                      str_from_at(user_code, CODE_LETTERS / 2));
}

/* Empty: it cannot be one. */
static str plain_code(str sent, struct arena *arena)
{
    char *code = arena_bytes(arena, CODE_SENT_MAX);
    size_t len = 0;
    if (sent.len > CODE_SENT_MAX)
        return STR("");
    for (size_t i = 0; i < sent.len; i++) {
        char c = sent.ptr[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c == ' ' || c == '-')
            continue;
        if (!str_has(letters, c))
            return STR("");
        code[len++] = c;
    }
    return len == CODE_LETTERS ? str_of(code, len) : STR("");
}

static str mac_of(const struct shared *shared, str device_code, struct arena *arena)
{
    unsigned char mac[MAC_BYTES];
    mac_compute(&shared->device_mac, device_code, mac);
    return arena_copy(arena, str_of((const char *)mac, sizeof(mac)));
}

static enum error check_name(str name)
{
    if (!str_is_utf8(name) || str_is_empty(str_trim(name)) || str_has_control(name) ||
        str_utf8_length(name) > DEVICE_NAME_MAX)
        return ERR_INVALID;
    return OK;
}

/* A user code that nobody has. */
static enum error insert(struct worker *w, struct device_row *row, struct arena *arena)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t waiting;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = device_grants_count(txn.db, row->created_at, &waiting);
    if (!err && waiting >= WAITING_MAX)
        err = ERR_BUSY;
    if (err)
        return err;
    err = ERR_CONFLICT;
    for (int i = 0; i < CODES_TRIED && err == ERR_CONFLICT; i++) {
        row->user_code = random_text(arena, letters, CODE_LETTERS);
        err = device_grants_insert(txn.db, row);
    }
    return err ? err : txn_commit(&txn);
}

enum error device_ask(struct worker *w, const struct device_order *order, usec now,
                      struct arena *arena, int64_t *retry_after, struct device_asked *out)
{
    enum error err = check_name(order->client_name);
    if (err)
        return err;
    *retry_after =
        rate_begin(w->shared->devices_by_address, network_of_caller(w->origin.address, arena), now);
    if (*retry_after > 0)
        return ERR_THROTTLED;
    arena_mark_secret(arena);
    char bytes[DEVICE_CODE_BYTES];
    random_bytes(bytes, sizeof(bytes));
    str code = base64url_encode(arena, str_of(bytes, sizeof(bytes)));
    wipe(bytes, sizeof(bytes));
    struct device_row row = {
        .device_mac = mac_of(w->shared, code, arena),
        .client_name = order->client_name,
        .scopes = str_is_empty(order->scopes) ? STR(SCOPE_ALL) : order->scopes,
        .address = w->origin.address,
        .user_agent = w->origin.user_agent,
        .state = DEVICE_ASKED,
        .created_at = now,
        .expires_at = now + DEVICE_CODE_LIVES,
        .interval_seconds = DEVICE_INTERVAL_SECONDS,
    };
    err = insert(w, &row, arena);
    if (!err)
        *out = (struct device_asked){.device_code = code,
                                     .user_code = device_code_shown(row.user_code, arena),
                                     .expires_in = DEVICE_CODE_LIVES / SECONDS(1)};
    return err;
}

/* The device's side. */

static enum error write_poll(struct worker *w, str mac, int64_t interval, usec now)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = device_grants_polled(txn.db, mac, interval, now);
    return err ? err : txn_commit(&txn);
}

static enum error still_waiting(struct worker *w, str mac, const struct device_row *row, usec now,
                                struct device_poll *out)
{
    /* a second less than it was told, for clocks and networks */
    bool too_soon =
        row->polled_at != 0 && now - row->polled_at < SECONDS(row->interval_seconds - 1);
    int64_t interval = row->interval_seconds;
    if (too_soon && interval < INTERVAL_MAX)
        interval += SLOW_DOWN_SECONDS;
    out->answer = too_soon ? DEVICE_SLOW_DOWN : DEVICE_PENDING;
    return write_poll(w, mac, interval, now);
}

static enum error finish(struct worker *w, str mac, bool *is_ours)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = device_grants_finish(txn.db, mac, is_ours);
    return err ? err : txn_commit(&txn);
}

static enum error refuse(struct device_poll *out, str problem)
{
    out->answer = DEVICE_REFUSED;
    out->problem = problem;
    return OK;
}

static size_t split(str list, str *names, size_t room)
{
    struct str_pieces pieces = str_pieces(list, ' ');
    size_t count = 0;
    while (count < room && str_next_piece(&pieces, &names[count]))
        count++;
    return count;
}

/* Named after the client; a second one of the name gets a number. */
static enum error create(struct worker *w, const struct device_row *row, usec now,
                         struct arena *arena, struct complaints *complaints, struct new_token *out)
{
    const struct principal who = {
        .kind = CREDENTIAL_SESSION,
        .user_id = row->user_id,
        .organization_id = row->organization_id,
        .token_id = STR(""),
        .scopes = STR(""),
    };
    str scopes[SCOPE_NAMES_MAX];
    struct token_order order = {.kind = TOKEN_PAT,
                                .name = row->client_name,
                                .has_scopes = true,
                                .scopes = scopes,
                                .scope_count = split(row->scopes, scopes, COUNT_OF(scopes)),
                                .is_bare = true};
    enum error err = ERR_CONFLICT;
    for (int i = 1; i <= NAMES_TRIED && err == ERR_CONFLICT; i++) {
        if (i > 1)
            order.name = arena_printf(arena, "%.*s (%d)", STR_ARG(row->client_name), i);
        err = token_create(w, &who, row->user_id, &order, now, arena, complaints, out);
    }
    return err;
}

/*
 * The device is marked as done before its token is made: two that ask at the same moment never get
 * two, and one whose daemon dies in between gets none, and asks anew.
 */
static enum error let_in(struct worker *w, str mac, const struct device_row *row, usec now,
                         struct arena *arena, struct device_poll *out)
{
    bool is_ours = false;
    enum error err = finish(w, mac, &is_ours);
    if (err)
        return err;
    if (!is_ours) {
        out->answer = DEVICE_TOO_LATE;
        return OK;
    }
    struct complaints complaints = {0};
    err = create(w, row, now, arena, &complaints, &out->token);
    out->answer = DEVICE_LET_IN;
    switch ((int)err) {
    case ERR_INVALID:
        return refuse(out,
                      complaints.count > 0 ? complaints.items[0].text : STR("It was refused."));
    case ERR_CONFLICT:
        return refuse(out, STR("There are too many living tokens of that name; revoke some."));
    case ERR_LIMIT:
        return refuse(out, STR("You have as many living tokens as your organization allows."));
    case ERR_KIND_OFF:
        return refuse(out, STR("Personal access tokens are switched off in the organization."));
    case ERR_NOT_FOUND:
        return refuse(out, STR("The account is gone."));
    case ERR_INACTIVE: /* since it was approved */
        return refuse(out, STR("The account is switched off."));
    default:
        return err;
    }
}

enum error device_poll(struct worker *w, str device_code, usec now, struct arena *arena,
                       struct device_poll *out)
{
    struct device_row row;
    *out = (struct device_poll){.problem = STR("")};
    if (device_code.len != DEVICE_CODE_CHARACTERS)
        return ERR_NOT_FOUND;
    str mac = mac_of(w->shared, device_code, arena);
    enum error err = device_grants_find(w->db, mac, arena, &row);
    if (err)
        return err;
    if (row.expires_at <= now) {
        out->answer = DEVICE_TOO_LATE;
        return OK;
    }
    switch (row.state) {
    case DEVICE_ASKED:
        return still_waiting(w, mac, &row, now, out);
    case DEVICE_APPROVED:
        return let_in(w, mac, &row, now, arena, out);
    case DEVICE_DENIED:
        return refuse(out, STR("The request was denied."));
    case DEVICE_DONE:
        break;
    }
    out->answer = DEVICE_TOO_LATE;
    return OK;
}

/* The person's side. */

enum error device_look(struct worker *w, const struct principal *who, str user_code, usec now,
                       struct arena *arena, int64_t *retry_after, struct device_row *out)
{
    str guesser = arena_printf(arena, "%lld", (long long)who->user_id);
    str code = plain_code(user_code, arena);
    *retry_after = rate_begin(w->shared->device_guesses, guesser, now);
    if (*retry_after > 0)
        return ERR_THROTTLED;
    enum error err =
        str_is_empty(code) ? ERR_NOT_FOUND : device_grants_find_by_code(w->db, code, arena, out);
    if (!err && (out->expires_at <= now || (out->user_id != 0 && out->user_id != who->user_id)))
        err = ERR_NOT_FOUND;
    if (err != ERR_NOT_FOUND)
        rate_succeeded(w->shared->device_guesses, guesser, now);
    return err;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       const struct device_row *row, enum device_state state, usec now)
{
    const struct audit_fact facts[] = {
        {.name = STR("scopes"), .before = STR(""), .after = row->scopes},
        {.name = STR("address"), .before = STR(""), .after = row->address},
    };
    const struct audit_event event = {
        .kind = state == DEVICE_APPROVED ? AUDIT_DEVICE_APPROVED : AUDIT_DEVICE_DENIED,
        .organization_id = who->organization_id,
        .subject_kind = STR("device"),
        .subject_id = STR(""),
        .subject_name = row->client_name,
        .subject_user_id = who->user_id,
        .facts = facts,
        .fact_count = COUNT_OF(facts),
    };
    return audit_note(w, txn, who, &event, now);
}

enum error device_decide(struct worker *w, const struct principal *who, str user_code,
                         enum device_state state, usec now, struct arena *arena,
                         int64_t *retry_after)
{
    struct device_row row;
    bool changed = false;
    enum error err = device_look(w, who, user_code, now, arena, retry_after, &row);
    if (err)
        return err;
    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = device_grants_decide(txn.db, row.user_code, state, who->user_id, who->organization_id,
                                   &changed);
    if (!err && !changed)
        err = ERR_CONFLICT;
    if (!err)
        err = note(w, &txn, who, &row, state, now);
    return err ? err : txn_commit(&txn);
}
