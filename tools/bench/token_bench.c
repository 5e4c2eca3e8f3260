/*
 * What tokens and MACs cost, in nanoseconds of CPU time: token_bench [ITERATIONS]
 * "other form" is the same token with blanks in its payload, so that it goes through the JSON
 * parser; the algorithms with two keys are measured fewer times, for they are slow.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "token/access.h"
#include "token/internal.h"

#define NOW SECONDS(1795552735)

struct bench {
    struct arena arena;
    struct signing_key *key; /* the ring's */
    struct key_ring *ring;
    struct pat pat;
    str pat_token, access_token, other_form;
    uint64_t sum; /* so that what is measured has an effect */
};

typedef void step(struct bench *bench);

/* What only a broken program can meet here. */
static void need(enum error err)
{
    if (!err)
        return;
    fprintf(stderr, "token_bench: %s\n", error_name(err));
    exit(1);
}

static void sign_access(struct bench *bench)
{
    struct new_access access;
    need(access_sign(&bench->pat, bench->key, NOW, 300, &bench->arena, &access));
}

static void verify(struct bench *bench, str token)
{
    const struct token_clock clock = {.now = NOW};
    struct access access;
    need(access_verify(token, bench->ring, &clock, &bench->arena, &access));
}

static void verify_access(struct bench *bench)
{
    verify(bench, bench->access_token);
}

static void verify_other_form(struct bench *bench)
{
    verify(bench, bench->other_form);
}

static void verify_pat(struct bench *bench)
{
    const struct token_clock clock = {.now = NOW};
    struct pat pat;
    need(pat_verify(bench->pat_token, bench->ring, &clock, &bench->arena, &pat));
}

static void exchange(struct bench *bench)
{
    verify_pat(bench);
    sign_access(bench);
}

static void mac_250(struct bench *bench)
{
    static char data[250];
    unsigned char mac[MAC_BYTES];
    mac_compute(&bench->key->mac, str_of(data, sizeof(data)), mac);
    data[0] = (char)mac[0];
}

static void parent_key(struct bench *bench)
{
    bench->sum += token_parent_key(bench->pat.jti);
}

static void hash_password(struct bench *bench)
{
    str hash;
    need(password_hash(&bench->arena, STR("correct horse"), &hash));
}

/* Of this process, so that what else the machine does counts less. */
static double cpu_nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const char *what, step *run, struct bench *bench, long iterations)
{
    struct arena fresh = bench->arena;
    bench->arena = (struct arena){0};
    for (long i = 0; i < iterations / 10 + 1; i++) {
        run(bench);
        arena_reset(&bench->arena);
    }
    double start = cpu_nanoseconds();
    for (long i = 0; i < iterations; i++) {
        run(bench);
        arena_reset(&bench->arena);
    }
    double took = cpu_nanoseconds() - start;
    printf("%-44s %12.0f ns\n", what, took / (double)iterations);
    arena_release(&bench->arena);
    bench->arena = fresh;
}

static void bench_init(struct bench *bench, enum jwt_algorithm algorithm, str kid)
{
    struct new_access access;
    *bench = (struct bench){0};
    need(signing_key_generate(algorithm, kid, &bench->key));
    need(key_ring_new(&bench->key, 1, 0, &bench->ring));
    bench->pat = (struct pat){.jti = jti_new(&bench->arena),
                              .user_id = 4711,
                              .issued_at = NOW,
                              .expires_at = NOW + DAYS(365)};
    need(pat_sign(&bench->pat, bench->key, &bench->arena, &bench->pat_token));
    need(access_sign(&bench->pat, bench->key, NOW, 300, &bench->arena, &access));
    bench->access_token = access.token;

    struct signature signature;
    str json = arena_printf(&bench->arena,
                            "{\"token_type\": \"access\", \"exp\": %lld, \"iat\": %lld, \"jti\": "
                            "\"%.*s\", \"user_id\": \"4711\"}",
                            (long long)usec_to_seconds(NOW + SECONDS(300)),
                            (long long)usec_to_seconds(NOW), STR_ARG(access.jti));
    str text = ARENA_JOIN(&bench->arena, bench->ring->headers[0], STR("."),
                          base64url_encode(&bench->arena, json));
    need(signature_make(bench->key, text, &signature));
    bench->other_form = ARENA_JOIN(
        &bench->arena, text, STR("."),
        base64url_encode(&bench->arena, str_of((const char *)signature.bytes, signature.len)));
}

static void bench_release(struct bench *bench)
{
    key_ring_free(bench->ring);
    arena_release(&bench->arena);
}

/* The second number of statm: pages that are in memory. */
static int64_t resident_kib(struct arena *arena)
{
    str text, problem, total, rest, resident, more;
    int64_t pages;
    need(file_read(STR("/proc/self/statm"), 4096, arena, &problem, &text));
    str_cut(text, ' ', &total, &rest);
    str_cut(rest, ' ', &resident, &more);
    need(str_to_i64(resident, &pages));
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv)
{
    int64_t iterations = 200000;
    if (argc > 1 && (str_to_i64(str_from(argv[1]), &iterations) || iterations < 1))
        return 2;
    need(crypto_start());

    struct bench bench;
    bench_init(&bench, JWT_HS256, STR(""));
    measure("MAC of 250 bytes", mac_250, &bench, iterations);
    measure("key of a parent", parent_key, &bench, iterations);
    measure("HS256: sign an access token", sign_access, &bench, iterations);
    measure("HS256: verify an access token", verify_access, &bench, iterations);
    measure("HS256: verify one in another form", verify_other_form, &bench, iterations);
    measure("HS256: verify a PAT and sign for it", exchange, &bench, iterations);
    bench_release(&bench);

    for (enum jwt_algorithm a = JWT_EDDSA; a <= JWT_RS256; a++) {
        char what[64];
        str name = jwt_algorithm_name(a);
        bench_init(&bench, a, STR("a-key"));
        snprintf(what, sizeof(what), "%.*s: sign an access token", STR_ARG(name));
        measure(what, sign_access, &bench, iterations / 200 + 1);
        snprintf(what, sizeof(what), "%.*s: verify an access token", STR_ARG(name));
        measure(what, verify_access, &bench, iterations / 200 + 1);
        bench_release(&bench);
    }

    bench_init(&bench, JWT_HS256, STR("a-key"));
    measure("HS256 with kid: verify an access token", verify_access, &bench, iterations);
    int64_t before = resident_kib(&bench.arena);
    measure("hash a password", hash_password, &bench, 3);
    printf("%-44s %12lld KiB\n", "resident memory that four hashes left behind",
           (long long)(resident_kib(&bench.arena) - before));
    bench_release(&bench);
    return 0;
}
