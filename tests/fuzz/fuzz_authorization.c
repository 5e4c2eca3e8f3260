/*
 * Any bytes as Authorization and X-API-Key, strict and not, in the fast lane: nobody is ever let in
 * by what no key of ours has signed, and every other way out is one of the known ones.
 *
 * The first byte chooses how the rest is shown.
 */
#include "auth/authenticate.h"
#include "crypto/random.h"
#include "fuzz/fuzz.h"
#include "token/key_ring.h"

#include <stdio.h>
#include <unistd.h>

static struct auth auth;

static void start(void)
{
    static const struct decision_limits limits = {
        .entries = 64, .key_bytes_max = 512, .answer_bytes_max = DECISION_ANSWER_MAX};
    char secret[32], folder[] = "/tmp/latchkey-fuzz-XXXXXX", path[64];
    struct signing_key *key;
    struct key_ring *ring;
    struct generation_page *page;
    promise(crypto_start() == OK && mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/generations", folder);
    promise(generation_open(str_from(path), READ_WRITE, &page) == OK);
    unlink(path); /* mapped already; nothing is left behind */
    rmdir(folder);
    random_bytes(secret, sizeof(secret));
    promise(signing_key_import(JWT_HS256, STR(""), str_of(secret, sizeof(secret)), &key) == OK);
    promise(key_ring_new(&key, 1, 0, &ring) == OK);
    promise(decision_cache_new(&limits, &auth.decisions) == OK);
    auth.page = page;
    auth.keys = ring;
    mac_key_init(&auth.legacy_mac, str_of(secret, sizeof(secret)));
    mac_key_init(&auth.session_mac, str_of(secret, sizeof(secret)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!auth.page)
        start();
    if (size == 0)
        return 0;
    str text = fuzz_text(data + 1, size - 1);
    struct presented presented = {
        .has_api_key = (data[0] & 1) != 0,
        .api_key = data[0] & 1 ? text : STR(""),
        .has_authorization = (data[0] & 2) != 0,
        .authorization = data[0] & 2 ? text : STR(""),
        .session = data[0] & 4 ? text : STR(""),
        .only_token = (data[0] & 8) != 0,
    };
    auth.strict = (data[0] & 16) != 0;
    auth.leeway_seconds = auth.strict ? 0 : 10;

    struct arena arena = {0};
    struct verdict verdict;
    enum error err = authenticate(&auth, NULL, &presented, SECONDS(1795552735), &arena, &verdict);
    promise(err == OK || err == ERR_WOULD_BLOCK);
    if (!err)
        promise(verdict.fault != FAULT_NONE && verdict.principal.kind == CREDENTIAL_NONE);
    arena_release(&arena);
    return 0;
}
