/*
 * An organization's token settings. A missing row means the defaults.
 */
#ifndef LATCHKEY_STORE_TOKEN_SETTINGS_H
#define LATCHKEY_STORE_TOKEN_SETTINGS_H

#include "db/db.h"

#define API_TOKEN_TTL_DAYS_MAX 73000 /* 200 years, Label Studio's own lifetime */

struct token_settings {
    bool api_tokens_enabled;        /* personal access tokens and what they are exchanged for */
    bool legacy_api_tokens_enabled; /* legacy tokens */
    bool api_keys_enabled;          /* API keys */
    bool direct_pat_enabled;        /* a PAT sent as the credential itself */
    int64_t api_token_ttl_days;     /* longest life of a new token, 1 to API_TOKEN_TTL_DAYS_MAX */
    int64_t max_tokens_per_user;    /* 0: no limit */
    bool require_expiry;            /* a new token must say when it ends */
    bool has_allowed_ips; /* tokens count from some networks only; read, never saved here */
    usec updated_at;      /* 0: never written */
};

/* What an organization starts with: Label Studio's own; API keys, which it does not have, on. */
struct token_settings token_settings_default(void);

enum error token_settings_find(struct db *db, int64_t organization_id,
                               struct token_settings *out) MUST_CHECK;
enum error token_settings_save(struct db *db, int64_t organization_id,
                               const struct token_settings *settings) MUST_CHECK;
/* The networks that tokens of the organization count from, one space apart; empty: anywhere. */
enum error token_settings_find_allowed_ips(struct db *db, int64_t organization_id,
                                           struct arena *arena, str *out) MUST_CHECK;
/* ERR_NOT_FOUND: the settings were never saved */
enum error token_settings_set_allowed_ips(struct db *db, int64_t organization_id,
                                          str allowed_ips) MUST_CHECK;

/*
 * A limit that was lowered reaches the organization's tokens some at a time. `to`: where they end
 * at the latest; 0: all is done. Both functions: ERR_NOT_FOUND if the settings were never saved.
 */
struct shortening {
    usec to;
    int64_t count; /* tokens that were shortened so far */
};
enum error token_settings_find_shortening(struct db *db, int64_t organization_id,
                                          struct shortening *out) MUST_CHECK;
enum error token_settings_set_shortening(struct db *db, int64_t organization_id,
                                         const struct shortening *shortening) MUST_CHECK;
/* An organization where one is under way. ERR_NOT_FOUND: there is none. */
enum error token_settings_next_shortening(struct db *db, int64_t *organization_id) MUST_CHECK;

#endif
