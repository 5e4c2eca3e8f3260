/*
 * From what a request shows to who it acts as.
 *
 * The order is Label Studio's: X-API-Key stands in for the whole Authorization header; a session
 * cookie gives a user; a good Bearer replaces him, a bad one is ignored; under the scheme Token any
 * fault is final. Unless `strict`, what a credential is, is told from its form, whatever the scheme
 * says, a PAT counts where the organization allows it, and API keys count; and HTTP Basic with a
 * token does. Like a Bearer, a bad one is ignored: it may be for a proxy in front of us.
 *
 * The same code serves both lanes. Without a connection it works from memory: the cache of
 * decisions, the page, and MACs, and says ERR_WOULD_BLOCK when that is not enough.
 */
#ifndef LATCHKEY_AUTH_AUTHENTICATE_H
#define LATCHKEY_AUTH_AUTHENTICATE_H

#include <stdatomic.h>

#include "auth/principal.h"
#include "auth/scope.h"
#include "base/arena.h"
#include "base/error.h"
#include "crypto/mac.h"
#include "db/db.h"
#include "decision/decision.h"
#include "decision/generation.h"
#include "store/subjects.h"

struct key_ring;

/* What is needed to tell good from bad. Set before the threads start, but for what says otherwise;
 * any thread may use it. */
struct auth {
    const struct generation_page *page;
    struct decision_cache *decisions;    /* locks itself */
    const struct key_ring *_Atomic keys; /* changes when keys do; read it once for one question */
    struct decision_cache *addresses;    /* lists of networks (auth/guard.h); locks itself */
    struct mac_key legacy_mac;           /* index of legacy tokens */
    struct mac_key api_key_mac;          /* index of API keys */
    struct mac_key session_mac;          /* index of sessions */
    bool strict;
    int64_t leeway_seconds;            /* after an access token's end, and for clocks that differ */
    _Atomic int64_t last_organization; /* of a user who was loaded: a guess at the next one's */
};

/* Ends a session that is not used for so long; a cookie's own end is what was promised at sign-in.
 */
#define SESSION_IDLE DAYS(3)

/* What the request showed, as sent. */
struct presented {
    bool has_api_key;
    str api_key; /* X-API-Key */
    bool has_authorization;
    str authorization;
    str session;     /* the cookie's value; empty: none */
    bool only_token; /* POST /api/token/rotate: a Bearer's fault is final, and its kind's switch is
                        looked at by the caller */
};

/* Why nobody was found: Label Studio words each differently. */
enum auth_fault {
    FAULT_NONE,
    FAULT_NO_CREDENTIALS,  /* nothing was shown, or nothing of it counted */
    FAULT_TOKEN_EMPTY,     /* "Token" alone */
    FAULT_TOKEN_SPACES,    /* "Token a b" */
    FAULT_TOKEN_BYTES,     /* bytes above 127 */
    FAULT_TOKEN_UNKNOWN,   /* no such legacy token, or a token that does not verify */
    FAULT_TOKEN_INACTIVE,  /* its user may not act */
    FAULT_LEGACY_OFF,      /* legacy tokens are switched off in the organization */
    FAULT_PAT_OFF,         /* personal access tokens are, or sending them directly is */
    FAULT_API_KEY_OFF,     /* API keys are */
    FAULT_BEARER_INVALID,  /* only_token: the five below */
    FAULT_BEARER_FORMAT,   /* "Bearer" alone or with two words */
    FAULT_BEARER_NO_USER,  /* no user_id */
    FAULT_BEARER_UNKNOWN,  /* no such user */
    FAULT_BEARER_INACTIVE, /* not active */
    FAULT_COUNT
};

struct verdict {
    enum auth_fault fault;
    bool by_basic; /* the credential was HTTP Basic's, which browsers, too, send by themselves */
    struct principal principal; /* somebody if there is no fault; lives in the arena */
    bool is_known;              /* decided from memory: the credential was shown before */
    /*
     * The id of a PAT or API key that was shown whole, by whoever has it, for the first time after
     * its end; empty: none. For service/dead_token.h, by whoever asked with a connection.
     */
    str dead_token;
};

/*
 * `db` NULL: the fast lane.
 * OK               `out` says who, or why nobody
 * ERR_WOULD_BLOCK  only without a connection: ask again with one
 * ERR_UNAVAILABLE, ERR_IO, … the store did not answer: nobody may be let in
 */
enum error authenticate(struct auth *auth, struct db *db, const struct presented *presented,
                        usec now, struct arena *arena, struct verdict *out) MUST_CHECK;

/*
 * The user's state now, from memory or the store, with the basis that it rests on. `token_key` 0:
 * no token is involved. Errors as authenticate; ERR_NOT_FOUND: there is no such user.
 */
enum error subject_load(struct auth *auth, struct db *db, int64_t user_id, int64_t token_key,
                        usec now, struct subject *out, struct basis *basis) MUST_CHECK;
/* The same, always from the store, and what it says of the PAT with that id and key. */
enum error subject_load_with_token(struct auth *auth, struct db *db, int64_t user_id, str token_id,
                                   int64_t token_key, usec now, struct arena *arena,
                                   struct subject_and_token *out, struct basis *basis) MUST_CHECK;

/* The tags under which the one cache keeps different things. */
enum decision_tag {
    TAG_ACCESS = 'A',   /* access token → principal */
    TAG_PAT = 'P',      /* PAT sent directly → principal */
    TAG_LEGACY = 'L',   /* legacy token → principal */
    TAG_API_KEY = 'K',  /* API key → principal */
    TAG_REFUSED = 'R',  /* one of these → nothing: it does not count */
    TAG_SESSION = 'S',  /* cookie → principal */
    TAG_SUBJECT = 'U',  /* user id → struct subject */
    TAG_EXCHANGE = 'X', /* PAT → its claims: it may be exchanged */
    TAG_UPSTREAM = 'V', /* cookie of the upstream → principal */
    TAG_WHOAMI = 'W',   /* user id and organization id → body of the answer */
};

/* Room for the id of a token and its scopes together: what is longer is decided anew each time. */
#define DECISION_TEXTS_MAX 256
#define DECISION_ANSWER_MAX (sizeof(struct principal) + DECISION_TEXTS_MAX)

#endif
