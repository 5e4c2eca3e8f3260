/*
 * What the rules work with: one `struct shared` for the process, one `struct worker` a thread.
 * The daemon and the command line open the same way; only the daemon takes the lock on the folder.
 */
#ifndef LATCHKEY_SERVICE_CONTEXT_H
#define LATCHKEY_SERVICE_CONTEXT_H

#include "auth/authenticate.h"
#include "base/arena.h"
#include "base/error.h"
#include "db/db.h"
#include "decision/decision.h"
#include "decision/generation.h"
#include "decision/rate.h"
#include "service/config.h"

struct key_box;
struct metrics;
struct networks;
struct ready_answers;
struct router;
struct scopes;
struct upstream;
struct upstream_watch;
struct usage;

/* In the data folder. */
#define DATABASE_FILE "latchkey.db"
#define MASTER_FILE "master.key"

#define BODY_KEPT_MAX 4096      /* bytes */
#define IDENTITY_BYTES_MAX 1024 /* bytes: an e-mail and an access token */

#define EXPIRY_STEPS 4 /* service/expiry_warnings.h */

/* Subkeys of the master key, one a purpose. */
struct vault {
    unsigned char legacy_seal[32];
    unsigned char key_seal[32];
    unsigned char answer_seal[32]; /* of answers that are given again */
    unsigned char webhook_seal[32];
};

/* One a process. Set before the threads start; each member that changes later locks itself. */
struct shared {
    const struct config *config;
    struct database *database;
    struct generation_page *page;
    char *page_path;                   /* absolute, for those who map the page too; owned */
    struct decision_cache *decisions;  /* credentials, users and exchanges; small answers */
    struct decision_cache *bodies;     /* ready-made bodies of answers, up to BODY_KEPT_MAX */
    struct decision_cache *identities; /* what proxies are told, up to IDENTITY_BYTES_MAX */
    struct rate *failures_by_account;  /* of sign-in */
    struct rate *failures_by_address;
    struct rate *devices_by_address; /* that asked to be let in */
    struct rate *device_guesses;     /* user codes that were none, by who tried */
    struct rate *noted_strangers;    /* service/audit.h */
    struct rate *noted_lately;       /* what the audit log says once a while only */
    struct scopes *scopes;           /* those that are known: the built-in ones and --scopes-file */
    struct auth auth;
    struct key_box *key_box;             /* locks itself; see service/keys.h */
    const struct key_ring *_Atomic keys; /* the newest; borrowed for an hour at most */
    struct vault vault;
    struct mac_key device_mac;       /* index of device codes */
    struct mac_key audit_mac;        /* of the audit log's entries */
    struct mac_key invitation_mac;   /* index of invitations */
    usec warned_up_to[EXPIRY_STEPS]; /* ends of tokens; the housekeeping's thread only */
    int lock;                        /* file descriptor of the folder's lock, -1: not taken */

    /* the daemon's upper layers set these before its threads start; empty on the command line */
    struct router *router;
    struct metrics *metrics;
    struct upstream *upstream;      /* the Label Studio behind the proxy; NULL: none */
    struct upstream_watch *watch;   /* … and who was let pass to it */
    const struct networks *trusted; /* --trusted-proxies, read */
    struct ready_answers *ready;    /* what proxies are told, ready to be sent; NULL: none kept */
    struct usage *usage;            /* what tokens did, counted; NULL: nobody counts */
    str base_path;                  /* the path of --public-url: "/base", or empty */
};

/* Where a request came from: for the audit log and for what is told to people. */
struct origin {
    str address;    /* the client's; empty: the command line */
    str user_agent; /* as sent, cut to ORIGIN_USER_AGENT_MAX bytes; may be empty */
    str request_id; /* X-Request-ID; may be empty */
};
#define ORIGIN_USER_AGENT_MAX 200
#define ORIGIN_NONE                                                                                \
    ((struct origin){.address = STR(""), .user_agent = STR(""), .request_id = STR("")})

/* One a thread that may block: only its thread touches it. */
struct worker {
    struct shared *shared;
    struct db *db;
    int number;
    struct origin origin; /* of the request that it runs; its texts live as long as that */
};

enum open_mode {
    OPEN_DAEMON,  /* makes folder, master key and database where there are none; takes the lock */
    OPEN_COMMAND, /* they must be there; the daemon may be running */
    OPEN_PREPARE, /* as OPEN_DAEMON without the lock: for a command that may be the first of all */
};

/*
 * Opens folder, master key, page, database and keys. `problem` gets a sentence with the remedy.
 * Nothing half-made is left behind on an error.
 *
 * ERR_NOT_FOUND  OPEN_COMMAND, and there is no such folder, key or database
 * ERR_BUSY       OPEN_DAEMON, and another daemon has the folder
 * ERR_CONFLICT   the secret key file holds another key than the one that was sealed
 * and those of store_open and of the master key
 */
enum error shared_open(const struct config *config, enum open_mode mode, usec now,
                       struct arena *arena, str *problem, struct shared **out) MUST_CHECK;
void shared_close(struct shared *shared);

enum error worker_open(struct shared *shared, int number, struct worker **out) MUST_CHECK;
void worker_close(struct worker *worker);

#endif
