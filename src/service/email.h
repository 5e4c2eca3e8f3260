/*
 * What an e-mail address must look like to be somebody's account.
 */
#ifndef LATCHKEY_SERVICE_EMAIL_H
#define LATCHKEY_SERVICE_EMAIL_H

#include "base/str.h"

#define EMAIL_MAX 254 /* bytes */

/* What the e-mail of a service account ends in: nobody else has one there, and no mail goes there
 * (RFC 2606 2). */
#define SERVICE_DOMAIN "service.invalid"

/* Is it "local@domain.tld", of a person? Django's notion, for ASCII. */
bool email_is_valid(str email);

#endif
