/*
 * Threads that keep and send ready answers while their owners change, others make room and the dead
 * are swept. Once a change has ended, no answer from before may be sent, one that is being sent
 * stays whole, and nobody gets another's. Built with ThreadSanitizer by `make test-race`; true
 * without it too.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "gateway/ready_answers.h"

#define NOW SECONDS(1800000000)
#define USERS (2 * READY_ANSWERS) /* so that living ones have to make room */
#define FEW 64                    /* of them are asked for half of the time, and change */
#define LOOKS 30000               /* of each sender */
#define SENDERS 3

static struct generation_page *page;
static struct ready_answers *ready;
static _Atomic uint64_t truth[FEW]; /* the database */
static _Atomic uint64_t ended[FEW]; /* the truth that everybody must have seen */
static _Atomic bool stop;

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static struct principal user(uint64_t n)
{
    return (struct principal){
        .kind = CREDENTIAL_ACCESS_TOKEN,
        .user_id = (int64_t)n + 1,
        .organization_id = 1,
        .token_key = (int64_t)n + 1,
        .expires_at = NOW + 1,
        .token_id = STR("0123456789abcdef0123456789abcdef"),
        .scopes = STR(""),
    };
}

static void tell(uint64_t n, struct response *rs)
{
    uint64_t now = n < FEW ? atomic_load(&truth[n]) : 0;
    response_clear(rs);
    response_header(rs, "X-User", arena_printf(rs->arena, "%llu", (unsigned long long)n));
    response_header(rs, "X-Truth", arena_printf(rs->arena, "%llu", (unsigned long long)now));
    (void)reply_empty(rs, 200);
}

static uint64_t number(const struct response *rs, const char *name)
{
    int64_t n = -1;
    enum error err = str_to_i64(str_from(response_get_header(rs, name)), &n);
    assert(!err && n >= 0);
    return (uint64_t)n;
}

static void *sender(void *arg)
{
    uint64_t seed = (uint64_t)(uintptr_t)arg, hits = 0;
    struct arena arena = {0};
    struct response rs, before;
    response_init(&rs, &arena);
    response_init(&before, &arena); /* on its way while the next is asked for */
    for (int i = 0; i < LOOKS; i++) {
        uint64_t n = next(&seed) % (next(&seed) % 2 ? FEW : USERS);
        struct principal who = user(n);
        uint64_t must_know = n < FEW ? atomic_load(&ended[n]) : 0;
        if (ready_answers_reply(ready, page, &who, NOW, &rs)) {
            hits++;
            assert(rs.status == 200 && rs.header_count == 2 && number(&rs, "X-User") == n);
            assert(number(&rs, "X-Truth") >= must_know);
        } else {
            struct basis basis =
                basis_take(page, (uint64_t)who.user_id, 1, (uint64_t)who.token_key);
            tell(n, &rs);
            ready_answers_keep(ready, page, &who, &basis, NOW + 1, NOW, &rs);
        }
        if (before.status != 0)
            assert(before.header_count == 2 && number(&before, "X-User") < USERS);
        response_clear(&before);
        before = rs;
        response_init(&rs, &arena);
        if (i % 64 == 0) {
            response_clear(&before);
            arena_reset(&arena);
        }
    }
    response_clear(&before);
    arena_release(&arena);
    return (void *)(uintptr_t)hits;
}

static void *changer(void *arg)
{
    uint64_t seed = (uint64_t)(uintptr_t)arg, changes = 0;
    while (!atomic_load(&stop)) {
        uint64_t n = next(&seed) % FEW;
        uint32_t slot = generation_slot(next(&seed) % 2 ? OWNER_USER : OWNER_TOKEN, n + 1);
        generation_announce(page, slot);
        uint64_t committed = atomic_fetch_add(&truth[n], 1) + 1;
        generation_end(page, slot, 0);
        atomic_store(&ended[n], committed);
        changes++;
        usleep(20);
    }
    return (void *)(uintptr_t)changes;
}

static void *sweeper(void *arg)
{
    (void)arg;
    size_t swept = 0;
    while (!atomic_load(&stop)) {
        swept += ready_answers_sweep(ready, page, NOW);
        usleep(200);
    }
    return (void *)(uintptr_t)swept;
}

static void *refuser(void *arg)
{
    (void)arg;
    struct arena arena = {0};
    struct response rs;
    response_init(&rs, &arena);
    while (!atomic_load(&stop)) {
        if (!ready_answers_refuse(ready, READY_REFUSAL, &rs)) {
            (void)reply_text(&rs, 401, STR("no"));
            ready_answers_keep_refusal(ready, READY_REFUSAL, &rs);
        }
        assert(rs.status == 401 && str_equal(rs.body, STR("no")));
        response_clear(&rs);
        usleep(10);
    }
    return NULL;
}

int main(void)
{
    char folder[] = "/tmp/race_ready_answers.XXXXXX", file[64];
    if (!mkdtemp(folder))
        return 1;
    int len = snprintf(file, sizeof(file), "%s/generations", folder);
    if (generation_open(str_of(file, (size_t)len), READ_WRITE, &page))
        return 1;
    ready = ready_answers_new();

    pthread_t senders[SENDERS], others[4];
    pthread_create(&others[0], NULL, changer, (void *)(uintptr_t)10);
    pthread_create(&others[1], NULL, sweeper, NULL);
    pthread_create(&others[2], NULL, refuser, NULL);
    pthread_create(&others[3], NULL, refuser, NULL);
    for (uintptr_t i = 0; i < SENDERS; i++)
        pthread_create(&senders[i], NULL, sender, (void *)(i + 1));

    uint64_t hits = 0;
    void *result, *changes, *swept;
    for (size_t i = 0; i < SENDERS; i++) {
        pthread_join(senders[i], &result);
        hits += (uint64_t)(uintptr_t)result;
    }
    atomic_store(&stop, true);
    pthread_join(others[0], &changes);
    pthread_join(others[1], &swept);
    pthread_join(others[2], NULL);
    pthread_join(others[3], NULL);
    printf("%llu hits, %zu changes, %zu swept\n", (unsigned long long)hits,
           (size_t)(uintptr_t)changes, (size_t)(uintptr_t)swept);
    /* A test that never found anything, or never changed it, would have shown nothing. */
    assert(hits > 1000 && (uintptr_t)changes > 100 && (uintptr_t)swept > 10);

    ready_answers_free(ready);
    generation_close(page);
    unlink(file);
    rmdir(folder);
    return 0;
}
