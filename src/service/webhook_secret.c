#include "service/webhook_secret.h"

#include "base/encoding.h"
#include "crypto/mac.h"
#include "crypto/random.h"
#include "crypto/seal.h"

#define PREFIX "whsec_"
#define SECRET_BYTES 32

static str seal_context(str webhook_id, struct arena *arena)
{
    return ARENA_JOIN(arena, STR("webhook "), webhook_id);
}

str webhook_secret_new(struct arena *arena)
{
    char bytes[SECRET_BYTES];
    arena_mark_secret(arena);
    random_bytes(bytes, sizeof(bytes));
    str secret = ARENA_JOIN(arena, STR(PREFIX), base64_encode(arena, str_of(bytes, sizeof(bytes))));
    wipe(bytes, sizeof(bytes));
    return secret;
}

str webhook_secret_seal(const struct shared *shared, str webhook_id, str secret, str before,
                        usec before_until, struct arena *arena)
{
    arena_mark_secret(arena);
    str plain = str_is_empty(before)
                    ? secret
                    : ARENA_JOIN(arena, secret, STR(" "), before, STR(" "),
                                 arena_printf(arena, "%lld", (long long)before_until));
    return seal(shared->vault.webhook_seal, arena, plain, seal_context(webhook_id, arena));
}

enum error webhook_secret_open(const struct shared *shared, str webhook_id, str sealed, usec now,
                               struct arena *arena, struct webhook_secrets *out)
{
    str plain, rest, until;
    arena_mark_secret(arena);
    *out = (struct webhook_secrets){.secret = STR(""), .before = STR("")};
    enum error err =
        unseal(shared->vault.webhook_seal, arena, sealed, seal_context(webhook_id, arena), &plain);
    if (err)
        return err;
    if (!str_cut(plain, ' ', &out->secret, &rest))
        return OK;
    if (!str_cut(rest, ' ', &out->before, &until) || str_to_i64(until, &out->before_until))
        return ERR_FORGED;
    if (out->before_until <= now)
        out->before = STR("");
    return OK;
}

static enum error sign_one(str secret, str signed_text, struct arena *arena, str *out)
{
    unsigned char mac[MAC_BYTES];
    struct mac_key key;
    str bytes;
    enum error err = base64_decode(arena, str_from_at(secret, sizeof(PREFIX) - 1), &bytes);
    if (err)
        return err;
    mac_key_init(&key, bytes);
    mac_compute(&key, signed_text, mac);
    mac_key_release(&key);
    *out =
        ARENA_JOIN(arena, STR("v1,"), base64_encode(arena, str_of((const char *)mac, sizeof(mac))));
    return OK;
}

enum error webhook_sign(const struct webhook_secrets *secrets, str id, int64_t timestamp, str body,
                        struct arena *arena, str *out)
{
    str text = ARENA_JOIN(arena, id, arena_printf(arena, ".%lld.", (long long)timestamp), body);
    str before;
    enum error err = sign_one(secrets->secret, text, arena, out);
    if (err || str_is_empty(secrets->before))
        return err;
    err = sign_one(secrets->before, text, arena, &before);
    if (!err)
        *out = ARENA_JOIN(arena, *out, STR(" "), before);
    return err;
}
