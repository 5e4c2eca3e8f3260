/*
 * Where uses are reported: a socket in the folder of the generation page.
 */
#ifndef LATCHKEY_DECISION_USE_SOCKET_H
#define LATCHKEY_DECISION_USE_SOCKET_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/str.h"

#define USE_SOCKET_NAME "usage"

/*
 * An address has room for 107 bytes. A folder whose path is longer is opened, and its descriptor
 * stands for it, until the address was used.
 */
struct use_address {
    struct sockaddr_un name;
    int folder; /* -1: none */
};

/* ERR_NOT_FOUND, ERR_FORBIDDEN, …: the folder cannot be opened. To be released only after OK. */
enum error use_address_of(str page_path, struct use_address *out) MUST_CHECK;
void use_address_release(struct use_address *address);

#endif
