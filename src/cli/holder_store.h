/*
 * What a token's holder keeps between two calls: a credential for each server, and the access token
 * that was last exchanged for it. One file of mode 0600, $XDG_CONFIG_HOME/latchkey/credentials, in
 * a folder of mode 0700. Links are not followed; the file is replaced whole; a lock beside it makes
 * callers that race take turns.
 */
#ifndef LATCHKEY_CLI_HOLDER_STORE_H
#define LATCHKEY_CLI_HOLDER_STORE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

struct holder_store {
    int folder;   /* file descriptor; -1: there is none yet */
    int lock;     /* file descriptor; -1: not taken */
    str path;     /* of the folder, for messages */
    json_t *root; /* owned */
};

/* A server's entry; the texts borrow from the store. Empty: there is none. */
struct holder_entry {
    str token;
    str ca_file;
    bool was_made_here; /* by `latchkey login`, so that `logout` ends it */
    str access;         /* a secret */
    str access_of;      /* the mark of the token that it came from */
    usec access_ends_at;
};

enum holder_mode {
    HOLDER_READ,  /* what is there; no file is made */
    HOLDER_CHANGE /* made where it is missing, and locked until the end */
};

/* `problem` gets a sentence. ERR_FORBIDDEN: others could read or write it; and file_read's. */
enum error holder_open(enum holder_mode mode, struct arena *arena, str *problem,
                       struct holder_store *out) MUST_CHECK;
/* Takes an all-zero or half-opened one too. */
void holder_close(struct holder_store *store);

/* False: nothing is kept for the server. */
bool holder_find(const struct holder_store *store, str url, struct holder_entry *out);
/* The server that was signed in to last; empty: none. */
str holder_default(const struct holder_store *store);
enum holder_default_mode { LEAVE_DEFAULT, MAKE_DEFAULT };
/* In memory; holder_write keeps it. */
void holder_put(struct holder_store *store, str url, const struct holder_entry *entry,
                enum holder_default_mode mode);
void holder_forget(struct holder_store *store, str url);
enum error holder_write(struct holder_store *store, struct arena *arena, str *problem) MUST_CHECK;

#endif
