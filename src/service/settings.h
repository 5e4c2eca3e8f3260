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
    bool has_ttl_days, has_max_tokens;
    bool api_tokens, legacy_tokens, api_keys, direct_pat;
    int64_t ttl_days, max_tokens;
};

/* ERR_FORBIDDEN: not a member (or without an organization). */
enum error settings_read(struct worker *w, const struct principal *who, int64_t organization_id,
                         struct token_settings *out) MUST_CHECK;
/* ERR_FORBIDDEN; ERR_INVALID with complaints. Takes effect with the next request. */
enum error settings_change(struct worker *w, const struct principal *who, int64_t organization_id,
                           const struct settings_patch *patch, usec now,
                           struct complaints *complaints, struct token_settings *out) MUST_CHECK;

#endif
