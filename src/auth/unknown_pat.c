#include "auth/unknown_pat.h"

#include "base/encoding.h"
#include "token/key_ring.h"

bool unknown_pat_counts(str token, const struct key_ring *keys, struct arena *arena)
{
    const struct signing_key *label_studio = key_ring_find(keys, STR(""));
    str signed_part, signature_text, signature;
    if (!label_studio || !str_cut_last(token, '.', &signed_part, &signature_text) ||
        base64url_decode(arena, signature_text, &signature))
        return false;
    return signature_check(label_studio, signed_part, signature) == OK;
}
