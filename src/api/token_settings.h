/*
 * /api/v1/organizations/{id}/token-settings: members read, owners and administrators write. Another
 * organization's are not there.
 */
#ifndef LATCHKEY_API_TOKEN_SETTINGS_H
#define LATCHKEY_API_TOKEN_SETTINGS_H

#include "api/json.h"
#include "http/router.h"
#include "service/settings.h"

slow_handler token_settings_show;  /* GET   …/token-settings */
slow_handler token_settings_patch; /* PATCH …/token-settings {what changes} */

/* As the own API and the command line's --json show them; a new reference. */
json_t *token_settings_json(const struct shown_settings *settings);

#endif
