/*
 * The secrets of webhooks, and signatures by the Standard Webhooks scheme
 * (github.com/standard-webhooks/standard-webhooks, "Signature scheme"): HMAC-SHA256 over
 * "id.timestamp.body" with the bytes that "whsec_…" stands for in base64.
 */
#ifndef LATCHKEY_SERVICE_WEBHOOK_SECRET_H
#define LATCHKEY_SERVICE_WEBHOOK_SECRET_H

#include "service/context.h"

/* After a new secret is made, the one before signs beside it for so long. */
#define WEBHOOK_SECRET_OVERLAP HOURS(24)

/* "whsec_" and 32 random bytes in base64: a secret; the arena is marked. */
str webhook_secret_new(struct arena *arena);

/*
 * What rests in the database: the secret, and the one before (empty: none) with its last moment.
 * It opens for its own webhook alone.
 */
str webhook_secret_seal(const struct shared *shared, str webhook_id, str secret, str before,
                        usec before_until, struct arena *arena);

struct webhook_secrets {
    str secret;
    str before; /* empty: none that still signs */
    usec before_until;
};
/* ERR_FORGED  sealed for another webhook, or with another master key */
enum error webhook_secret_open(const struct shared *shared, str webhook_id, str sealed, usec now,
                               struct arena *arena, struct webhook_secrets *out) MUST_CHECK;

/* The header webhook-signature: "v1,…", two of them with a blank between while both sign. */
enum error webhook_sign(const struct webhook_secrets *secrets, str id, int64_t timestamp, str body,
                        struct arena *arena, str *out) MUST_CHECK;

#endif
