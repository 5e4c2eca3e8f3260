/*
 * What the commands for token holders share: which server, which credential, and an access token
 * for it.
 */
#ifndef LATCHKEY_CLI_HOLDER_H
#define LATCHKEY_CLI_HOLDER_H

#include "cli/command.h"
#include "cli/holder_http.h"
#include "cli/holder_store.h"

/* The fields of such a command's options, and their rows. */
#define HOLDER_FIELDS                                                                              \
    str ca_file;                                                                                   \
    bool insecure_http
#define HOLDER_ROWS(type)                                                                          \
    OPTION_ROW(type, ca_file, PATH, "FILE", "", ANY,                                               \
               "certificates that the server's must come from, in PEM form, where it is not one "  \
               "that the system trusts"),                                                          \
        OPTION_ROW(type, insecure_http, FLAG, "", "", ANY,                                         \
                   "send the token over http to another machine too: all on the way can read it")

/* The address given, else LATCHKEY_URL, else that of the last login. A failure is said. */
enum exit_status holder_choose(const struct invocation *invocation, bool insecure_http,
                               const struct holder_store *store, str *url) MUST_CHECK;

/* What tells an access token whose it is, without saying the token: of a kept one. */
str holder_mark(str token, struct arena *arena);

/*
 * An access token for `token`: a PAT as Label Studio exchanges it, an API key by token exchange.
 * ERR_UNAUTHENTICATED  the server says no
 * ERR_WRONG_TYPE       a legacy token, or a server that exchanges no API keys: it is sent as it is
 * ERR_UNAVAILABLE      and all of them with `problem`
 */
enum error holder_exchange(const struct holder_server *server, str token, struct arena *arena,
                           str *problem, str *access) MUST_CHECK;
/* When an access token ends, as it says itself; 0: it does not. */
usec holder_access_end(str access, struct arena *arena);

#endif
