/*
 * Label Studio's API paths, as its contract records them. Which path has which handler stands in
 * ls_routes.def.
 */
#ifndef LATCHKEY_API_LS_HANDLERS_H
#define LATCHKEY_API_LS_HANDLERS_H

#include "http/router.h"

/* ls_tokens.c. The two `load` handlers of this header answer by themselves. */
fast_handler ls_token_refresh;
slow_handler ls_token_refresh_load;
slow_handler ls_tokens_list;
slow_handler ls_tokens_create;
slow_handler ls_token_blacklist;
slow_handler ls_token_rotate;

/* ls_settings.c */
slow_handler ls_settings_show;
slow_handler ls_settings_change;

/* ls_whoami.c */
fast_handler ls_whoami;
slow_handler ls_whoami_load;

/* ls_users.c */
slow_handler ls_users_list;
slow_handler ls_users_create;
slow_handler ls_user_show;
slow_handler ls_user_patch;
slow_handler ls_user_delete;

/* ls_organizations.c */
slow_handler ls_organizations_list;
slow_handler ls_organizations_create; /* always refused */
slow_handler ls_organization_show;
slow_handler ls_organization_patch;
slow_handler ls_organization_put;
slow_handler ls_invitation_show;
slow_handler ls_invitation_reset;

/* ls_members.c */
slow_handler ls_members_list;
slow_handler ls_member_show;
slow_handler ls_member_delete;

/* ls_legacy.c */
slow_handler ls_legacy_token_show;
slow_handler ls_legacy_token_reset;

/* ls_misc.c */
fast_handler ls_version;
fast_handler ls_version_page;
fast_handler ls_health;
fast_handler ls_describe; /* OPTIONS */

#endif
