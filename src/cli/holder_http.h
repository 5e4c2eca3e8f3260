/*
 * What a token's holder asks a server, over HTTP. A secret leaves by HTTPS only, or to this
 * machine.
 */
#ifndef LATCHKEY_CLI_HOLDER_HTTP_H
#define LATCHKEY_CLI_HOLDER_HTTP_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct holder_server {
    str url;     /* without a final slash */
    str ca_file; /* PEM; empty: the system's */
};

enum http_secrecy { HTTPS_ONLY, ANY_HTTP };
/*
 * Reads an address as people write it. ERR_INVALID with `problem`: no http(s) address, or one that
 * would send secrets in the clear to another machine.
 */
enum error holder_server_read(str url, enum http_secrecy secrecy, struct arena *arena, str *problem,
                              str *out) MUST_CHECK;

struct holder_answer {
    long status;
    json_t *body; /* NULL: no JSON; owned by the caller */
};

/*
 * POST with a body of that type, or GET with an empty type. `authorization` may be empty.
 * ERR_UNAVAILABLE  nobody answered; `problem` says why
 */
enum error holder_call(const struct holder_server *server, str path, const char *type, str body,
                       str authorization, struct arena *arena, str *problem,
                       struct holder_answer *out) MUST_CHECK;
void holder_answer_release(struct holder_answer *answer);
/* A text of the body; empty if there is none. Borrowed from it. */
str holder_answer_text(const struct holder_answer *answer, const char *name);

#define TYPE_FORM "application/x-www-form-urlencoded"
#define TYPE_JSON "application/json"
/* "&name=value", encoded; nothing for an empty value. */
str form_pair(struct arena *arena, const char *name, str value);

#endif
