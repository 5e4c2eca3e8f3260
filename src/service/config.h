/*
 * What `latchkey serve` was told: its options, checked, with every default filled in. Made by
 * cli/config_load.h from the table cli/options.def, which has a row for each field.
 * Nobody changes it after start; any thread may read it. Its texts live as long as the process.
 */
#ifndef LATCHKEY_SERVICE_CONFIG_H
#define LATCHKEY_SERVICE_CONFIG_H

#include "base/log.h"
#include "base/options.h"
#include "base/str.h"
#include "base/time.h"

/* In the order of the words in cli/options.def. */
enum kind_switch { SWITCH_KEEP, SWITCH_ON, SWITCH_OFF };

struct config {
    str listen;   /* "127.0.0.1:8080", "[::1]:8080" or "unix:/path" */
    str data;     /* the data folder */
    str database; /* "postgresql://…" or a path; empty: the SQLite file in the data folder */

    /* used on an empty database only; empty: not given */
    str admin_email;
    str admin_password_file;
    str admin_legacy_token_file;

    /* applied to the first organization at every start */
    enum kind_switch legacy_tokens;
    enum kind_switch personal_access_tokens;

    str apply;                          /* a file for `latchkey apply`; empty: none */
    bool strict;                        /* exactly Label Studio; `leeway` is 0 then */
    usec leeway;                        /* after exp, and before iat */
    usec access_token_ttl;              /* whole seconds, at least 1 */
    usec rotation_grace;                /* in which a rotated token and its successor both work */
    str secret_key_file;                /* Label Studio's SECRET_KEY; empty: none */
    str upstream_url;                   /* without a final slash; empty: none */
    str public_url;                     /* without a final slash; empty: as the client sees it */
    struct option_list trusted_proxies; /* "10.0.0.0/8", "::1": not checked yet */

    str scopes_file; /* named scopes; empty: the built-in ones alone */

    bool webhook_private_addresses; /* http:// too */

    str metrics_listen; /* as `listen`; empty: /metrics is at `listen`, for this machine only */
    usec max_feed_lag;  /* how long other hosts may go unheard before memory counts no more */

    int64_t threads; /* event loops, at least 1 */
    int64_t workers; /* slow lane, at least 1 */
    str tls_cert_file;
    str tls_key_file; /* both or neither */

    enum log_format log_format;
    enum log_level log_level;

    str config; /* the file that settings were read from; empty: none */
};

#endif
