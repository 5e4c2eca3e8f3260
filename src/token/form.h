/*
 * What a credential is, told from its form alone, whatever the scheme says that it came under.
 */
#ifndef LATCHKEY_TOKEN_FORM_H
#define LATCHKEY_TOKEN_FORM_H

#include "base/str.h"

enum credential_form {
    FORM_UNKNOWN, /* none of them: no look-up can find it */
    FORM_JWT,     /* three parts, longer than a legacy token: a PAT or an access token */
    FORM_API_KEY, /* begins like one; its checksum is not looked at */
    FORM_LEGACY,  /* anything else that a legacy token may look like */
};

enum credential_form credential_form(str text);

#endif
