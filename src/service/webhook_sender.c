#include "service/webhook_sender.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "service/webhook_address.h"
#include "service/webhook_secret.h"
#include "service/webhooks.h"
#include "store/webhooks.h"

#define SLOTS 16
#define SLOTS_OF_ONE 4 /* organization: slow receivers of one leave room for all others */
#define LOOK_EVERY_MS 500
#define TIMEOUT_SECONDS 10
#define CLAIM_KEPT MINUTES(1) /* longer than an attempt can take */
#define ANSWER_BYTES_MAX 65536
#define GIVE_UP_AFTER DAYS(5)

/* One delivery under way. */
struct slot {
    bool is_taken;
    bool is_refused; /* every address was one that must not be asked */
    size_t received;
    struct webhook_sender *sender;
    struct arena arena; /* secret: the signature's key passes through it */
    struct delivery_row delivery;
    str url;
    struct curl_slist *headers;
    CURL *curl;
};

struct webhook_sender {
    struct shared *shared;
    struct worker *worker; /* its thread's */
    CURLM *multi;
    struct slot slots[SLOTS];
    bool is_blind; /* the last look into the database failed */
    atomic_bool is_stopping;
    pthread_t thread;
};

usec webhook_pause_after(int64_t attempts)
{
    static const usec pauses[] = {SECONDS(5), MINUTES(5), MINUTES(30), HOURS(2), HOURS(5),
                                  HOURS(10),  HOURS(14),  HOURS(20),   HOURS(24)};
    return attempts >= 1 && attempts <= (int64_t)COUNT_OF(pauses) ? pauses[attempts - 1] : 0;
}

/* ---- one attempt */

static struct ip_address address_of(const struct curl_sockaddr *from)
{
    struct ip_address out = {0};
    if (from->family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)&from->addr;
        out.family = 4;
        memcpy(out.bytes, &in->sin_addr, 4);
    } else if (from->family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&from->addr;
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
        out.family = is_mapped ? 4 : 6;
        if (is_mapped)
            memcpy(out.bytes, in6->sin6_addr.s6_addr + 12, 4);
        else
            memcpy(out.bytes, &in6->sin6_addr, 16);
    }
    return out;
}

/* The address that the name stands for now, and that is about to be asked. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct slot *slot = context;
    struct ip_address ip = address_of(address);
    if (!slot->sender->shared->config->webhook_private_addresses && !address_is_public(&ip)) {
        slot->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Nobody reads the answer; too long a one is cut off. */
static size_t take(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    struct slot *slot = context;
    slot->received += size * count;
    return slot->received > ANSWER_BYTES_MAX ? 0 : size * count;
}

static bool add_header(struct slot *slot, const char *name, str value)
{
    str line = ARENA_JOIN(&slot->arena, str_from(name), STR(": "), value);
    struct curl_slist *all = curl_slist_append(slot->headers, arena_cstr(&slot->arena, line));
    if (all)
        slot->headers = all;
    return all != NULL;
}

static enum error write_headers(struct slot *slot, const struct webhook_row *webhook, usec now)
{
    const struct delivery_row *delivery = &slot->delivery;
    struct webhook_secrets secrets;
    int64_t timestamp = usec_to_seconds(now);
    str signature;
    enum error err = webhook_secret_open(slot->sender->shared, webhook->id, webhook->sealed, now,
                                         &slot->arena, &secrets);
    if (!err)
        err = webhook_sign(&secrets, delivery->id, timestamp, delivery->body, &slot->arena,
                           &signature);
    if (err)
        return err;
    bool ok = add_header(slot, "webhook-id", delivery->id) &&
              add_header(slot, "webhook-timestamp",
                         arena_printf(&slot->arena, "%lld", (long long)timestamp)) &&
              add_header(slot, "webhook-signature", signature) &&
              add_header(slot, "Content-Type", STR("application/json")) &&
              add_header(slot, "Expect", STR(""));
    return ok ? OK : ERR_INTERNAL;
}

static void set_up(struct slot *slot)
{
    CURL *curl = slot->curl;
    bool may_be_private = slot->sender->shared->config->webhook_private_addresses;
    curl_easy_setopt(curl, CURLOPT_URL, arena_cstr(&slot->arena, slot->url));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, may_be_private ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, slot->headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)slot->delivery.body.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, slot->delivery.body.ptr);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "latchkey/" LATCHKEY_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);   /* a stop waits for no name server */
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");     /* a proxy would look at no address */
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L); /* each time the address is looked at */
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, slot);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, slot);
}

static void slot_release(struct slot *slot)
{
    if (slot->curl) {
        curl_multi_remove_handle(slot->sender->multi, slot->curl);
        curl_easy_cleanup(slot->curl);
    }
    curl_slist_free_all(slot->headers);
    arena_release(&slot->arena);
    *slot = (struct slot){.sender = slot->sender};
}

/* ---- what came of it */

static str problem_text(struct slot *slot, CURLcode code, long status)
{
    if (slot->is_refused && status == 0)
        return STR("its address is not public; the server runs without "
                   "--webhook-private-addresses");
    if (code == CURLE_UNSUPPORTED_PROTOCOL)
        return STR("http:// needs a server with --webhook-private-addresses");
    if (status != 0)
        return arena_printf(&slot->arena, "answered %ld", status);
    return arena_copy(&slot->arena, str_from(curl_easy_strerror(code)));
}

/* Into the delivery's row. True: it went well. */
static bool judge(struct slot *slot, CURLcode code, long status, usec now)
{
    struct delivery_row *row = &slot->delivery;
    usec pause = webhook_pause_after(row->attempts);
    bool is_good = status >= 200 && status <= 299;
    row->status = status;
    row->delivered_at = is_good ? now : 0;
    row->problem = is_good ? STR("") : problem_text(slot, code, status);
    row->next_at = is_good || status == 410 || pause == 0 ? 0 : now + pause;
    return is_good;
}

static enum error write_result(struct worker *w, struct slot *slot, bool is_good, usec now)
{
    const struct delivery_row *row = &slot->delivery;
    struct webhook_row webhook;
    str why = STR("");
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = deliveries_settle(txn.db, row);
    if (!err)
        err = webhooks_set_failing(txn.db, row->webhook_id, is_good ? 0 : now);
    if (!err)
        err = webhooks_find(txn.db, row->webhook_id, &slot->arena, &webhook);
    if (err == ERR_NOT_FOUND) /* it was removed meanwhile, and its deliveries with it */
        return txn_commit(&txn);
    if (!err && row->status == 410)
        why = STR("it answered 410 Gone");
    else if (!err && row->next_at == 0 && !is_good && webhook.failing_since != 0 &&
             webhook.failing_since <= now - GIVE_UP_AFTER)
        why = STR("nothing could be delivered for five days");
    if (!err && webhook.is_enabled && !str_is_empty(why)) {
        log_warning("webhook %.*s is disabled: %.*s", STR_ARG(webhook.id), STR_ARG(why));
        err = webhook_disable(w, &txn, &webhook, why, now);
    }
    return err ? err : txn_commit(&txn);
}

static void finish(struct slot *slot, CURLcode code)
{
    long status = 0;
    usec now = time_now();
    curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &status);
    bool is_good = judge(slot, code, status, now);
    enum error err = write_result(slot->sender->worker, slot, is_good, now);
    if (err) /* it comes up again when its claim ends */
        log_warning("what came of delivery %.*s could not be kept: %s", STR_ARG(slot->delivery.id),
                    error_name(err));
    else
        log_debug("webhook %.*s, %.*s: %.*s", STR_ARG(slot->delivery.webhook_id),
                  STR_ARG(slot->delivery.id),
                  STR_ARG(is_good ? STR("delivered") : slot->delivery.problem));
    slot_release(slot);
}

/* ---- the thread */

static bool is_under_way(const struct webhook_sender *s, str webhook_id)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (s->slots[i].is_taken && str_equal(s->slots[i].delivery.webhook_id, webhook_id))
            return true;
    return false;
}

static bool has_its_share(const struct webhook_sender *s, int64_t organization_id)
{
    size_t taken = 0;
    for (size_t i = 0; i < SLOTS; i++)
        taken += s->slots[i].is_taken && s->slots[i].delivery.organization_id == organization_id;
    return taken >= SLOTS_OF_ONE;
}

static struct slot *free_slot(struct webhook_sender *s)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (!s->slots[i].is_taken)
            return &s->slots[i];
    return NULL;
}

static enum error claim(struct worker *w, const struct delivery_row *row, usec now, bool *taken)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = deliveries_claim(txn.db, row->id, row->next_at, now + CLAIM_KEPT, now, taken);
    return err ? err : txn_commit(&txn);
}

static void keep_row(struct slot *slot, const struct delivery_row *row, usec now)
{
    slot->delivery = *row;
    slot->delivery.id = arena_copy(&slot->arena, row->id);
    slot->delivery.webhook_id = arena_copy(&slot->arena, row->webhook_id);
    slot->delivery.event = arena_copy(&slot->arena, row->event);
    slot->delivery.body = arena_copy(&slot->arena, row->body);
    slot->delivery.attempts++;
    slot->delivery.attempted_at = now;
}

static enum error start(struct webhook_sender *s, struct slot *slot, const struct delivery_row *row)
{
    usec now = time_now();
    struct webhook_row webhook;
    bool taken = false;
    enum error err = claim(s->worker, row, now, &taken);
    if (err || !taken)
        return err;
    slot->is_taken = true;
    arena_mark_secret(&slot->arena);
    keep_row(slot, row, now);
    err = webhooks_find(s->worker->db, row->webhook_id, &slot->arena, &webhook);
    if (!err)
        err = write_headers(slot, &webhook, now);
    slot->curl = err ? NULL : curl_easy_init();
    if (!err && !slot->curl)
        err = ERR_INTERNAL;
    if (!err) {
        slot->url = webhook.url;
        set_up(slot);
        if (curl_multi_add_handle(s->multi, slot->curl) != CURLM_OK)
            err = ERR_INTERNAL;
    }
    if (err)
        slot_release(slot);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* Fills the free slots with what is due. */
static enum error look(struct webhook_sender *s)
{
    struct arena arena;
    struct delivery_list list = {0};
    arena_init(&arena);
    enum error err = free_slot(s) ? deliveries_due(s->worker->db, time_now(), SLOTS_OF_ONE * 2,
                                                   SLOTS * 2, &arena, &list)
                                  : OK;
    for (size_t i = 0; !err && i < list.count; i++) {
        struct slot *slot = free_slot(s);
        if (!slot)
            break;
        if (!is_under_way(s, list.items[i].webhook_id) &&
            !has_its_share(s, list.items[i].organization_id))
            err = start(s, slot, &list.items[i]);
    }
    arena_release(&arena);
    return err;
}

static void finish_all(struct webhook_sender *s)
{
    const CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(s->multi, &left))) {
        char *private_pointer = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result; /* gone with the handle */
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_pointer);
        finish((struct slot *)(void *)private_pointer, code);
    }
}

static void *run(void *argument)
{
    struct webhook_sender *s = argument;
    usec looked = 0;
    while (!atomic_load(&s->is_stopping)) {
        int running = 0;
        if (time_monotonic() - looked >= SECONDS(1) / 1000 * LOOK_EVERY_MS) {
            enum error err = look(s);
            if (err && !s->is_blind)
                log_warning("webhooks cannot be looked after: %s", error_name(err));
            s->is_blind = err != OK;
            looked = time_monotonic();
        }
        curl_multi_perform(s->multi, &running);
        finish_all(s);
        curl_multi_poll(s->multi, NULL, 0, LOOK_EVERY_MS, NULL);
    }
    for (size_t i = 0; i < SLOTS; i++)
        slot_release(&s->slots[i]);
    return NULL;
}

static void sender_free(struct webhook_sender *s)
{
    worker_close(s->worker);
    if (s->multi)
        curl_multi_cleanup(s->multi);
    curl_global_cleanup();
    free(s);
}

enum error webhook_sender_start(struct shared *shared, struct webhook_sender **out)
{
    struct webhook_sender *s = calloc(1, sizeof(*s));
    if (!s)
        return ERR_INTERNAL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(s);
        return ERR_INTERNAL;
    }
    s->shared = shared;
    s->multi = curl_multi_init();
    for (size_t i = 0; i < SLOTS; i++)
        s->slots[i].sender = s;
    enum error err = s->multi ? worker_open(shared, -2, &s->worker) : ERR_INTERNAL;
    if (!err && pthread_create(&s->thread, NULL, run, s) != 0)
        err = ERR_INTERNAL;
    if (err)
        sender_free(s);
    else
        *out = s;
    return err;
}

void webhook_sender_stop(struct webhook_sender *sender)
{
    if (!sender)
        return;
    atomic_store(&sender->is_stopping, true);
    curl_multi_wakeup(sender->multi);
    pthread_join(sender->thread, NULL);
    sender_free(sender);
}
