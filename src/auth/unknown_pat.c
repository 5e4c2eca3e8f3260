#include "auth/unknown_pat.h"

#include "base/encoding.h"
#include "store/subjects.h"
#include "token/key_ring.h"
#include "token/pat.h"

bool unknown_pat_counts(str token, const struct key_ring *keys, struct arena *arena)
{
    const struct signing_key *label_studio = key_ring_find(keys, STR(""));
    str signed_part, signature_text, signature;
    if (!label_studio || !str_cut_last(token, '.', &signed_part, &signature_text) ||
        base64url_decode(arena, signature_text, &signature))
        return false;
    return signature_check(label_studio, signed_part, signature) == OK;
}

usec unknown_pat_end(const struct pat *pat, const struct subject *subject, bool is_strict)
{
    int64_t days = subject->settings.api_token_ttl_days;
    if (is_strict || subject->organization_id == 0 || days >= API_TOKEN_TTL_DAYS_MAX)
        return pat->expires_at;
    usec latest = pat->issued_at + DAYS(days);
    return latest < pat->expires_at ? latest : pat->expires_at;
}
