/*
 * An organization's token settings: members read, owners and administrators write.
 */
#ifndef LATCHKEY_SERVICE_SETTINGS_H
#define LATCHKEY_SERVICE_SETTINGS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/token_settings.h"

/* What to change; what is not named stays. */
struct settings_patch {
    bool has_api_tokens, has_legacy_tokens, has_api_keys, has_direct_pat;
    bool has_ttl_days, has_max_tokens, has_require_expiry, has_allowed_ips;
    bool api_tokens, legacy_tokens, api_keys, direct_pat, require_expiry;
    int64_t ttl_days, max_tokens;
    const str *allowed_ips; /* networks; none: from anywhere */
    size_t allowed_ip_count;
};

/* As they are, with what a flag alone cannot say. */
struct shown_settings {
    struct token_settings settings;
    str allowed_ips;   /* a list, in the arena */
    int64_t shortened; /* by this change: tokens that would have lived beyond a lower limit */
};

/* ERR_FORBIDDEN: not a member (or without an organization). */
enum error settings_read(struct worker *w, const struct principal *who, int64_t organization_id,
                         struct token_settings *out) MUST_CHECK;
/* The same with the networks. */
enum error settings_show(struct worker *w, const struct principal *who, int64_t organization_id,
                         struct arena *arena, struct shown_settings *out) MUST_CHECK;
/*
 * Takes effect with the next request. A limit that is lowered shortens the tokens that exist, see
 * service/shortening.h. `complaints` may hold some already.
 * ERR_FORBIDDEN; ERR_INVALID with complaints
 */
enum error settings_change(struct worker *w, const struct principal *who, int64_t organization_id,
                           const struct settings_patch *patch, usec now, struct arena *arena,
                           struct complaints *complaints, struct shown_settings *out) MUST_CHECK;

#endif
