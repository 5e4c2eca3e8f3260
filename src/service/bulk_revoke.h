/*
 * Ending many tokens at once: by their ids, all of a user, all of one kind, all that were not used
 * for some days, alone or together (a token must fit all that is said). In transactions of at most
 * REVOKED_AT_ONCE tokens each; what was ended when a later one fails stays ended, and is counted.
 */
#ifndef LATCHKEY_SERVICE_BULK_REVOKE_H
#define LATCHKEY_SERVICE_BULK_REVOKE_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/tokens.h"

#define REVOKED_AT_ONCE 500
#define REVOKE_IDS_MAX 200
#define REVOKE_ID_MAX 255 /* characters */
#define UNUSED_DAYS_MAX 36500

struct revoke_order {
    int64_t organization_id; /* whose members' tokens; 0: everybody's, for the operator alone */
    const str *ids;          /* at most REVOKE_IDS_MAX; of those out of reach nothing is said */
    size_t id_count;
    int64_t user_id;      /* 0: of anybody */
    enum token_kind kind; /* 0: both */
    bool legacy;          /* the kind is legacy tokens: each is replaced by one that nobody knows */
    int64_t unused_days;  /* 0: used or not; a token that was never used counts from its creation */
    enum token_end_reason why; /* 0: as `who` is to the tokens' owner; ENDED_UNUSED, … */
    bool dry_run;              /* count only */
};

/*
 * `*revoked` is how many were ended, also beside an error of a later transaction. Living tokens
 * only, those in their grace too. Everything derived stops with the next request.
 * ERR_INVALID    with complaints: nothing to go by is said, or a number is out of range
 * ERR_FORBIDDEN  not an administrator of the organization; administrators reach nobody above them
 * ERR_NOT_FOUND  user_id is no member
 */
enum error tokens_revoke_many(struct worker *w, const struct principal *who,
                              const struct revoke_order *order, usec now, struct arena *arena,
                              struct complaints *complaints, int64_t *revoked) MUST_CHECK;

#endif
