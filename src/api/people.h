/*
 * /api/v1 about people and machines: sessions, one's account, organizations, members, invitations,
 * service accounts, everybody's tokens. The routes are in people_routes.def.
 */
#ifndef LATCHKEY_API_PEOPLE_H
#define LATCHKEY_API_PEOPLE_H

#include "api/json.h"
#include "http/router.h"
#include "service/service_accounts.h"
#include "service/token_roll.h"

slow_handler session_create; /* POST   …/session {email, password} */
slow_handler session_show;   /* GET    …/session */
slow_handler session_delete; /* DELETE …/session */
slow_handler sessions_list;  /* GET    …/sessions */
slow_handler sessions_clear; /* DELETE …/sessions: all others */
slow_handler sessions_end;   /* DELETE …/sessions/{id} */

slow_handler account_get;           /* GET   …/account */
slow_handler account_patch_own;     /* PATCH …/account {first_name, last_name, phone} */
slow_handler account_password_post; /* POST  …/account/password */

slow_handler organizations_index; /* GET   …/organizations */
slow_handler organization_get;    /* GET   …/organizations/{id} */
slow_handler organization_patch;  /* PATCH …/organizations/{id} {title} */

slow_handler members_index; /* GET    …/members */
slow_handler member_get;    /* GET    …/members/{user} */
slow_handler member_modify; /* PATCH  …/members/{user} {role, is_active} */
slow_handler member_delete; /* DELETE …/members/{user} */

slow_handler invitations_index;  /* GET    …/invitations */
slow_handler invitations_post;   /* POST   …/invitations {email, role, ttl_days} */
slow_handler invitations_delete; /* DELETE …/invitations/{invitation} */

slow_handler service_accounts_index;     /* GET    …/service-accounts */
slow_handler service_accounts_post;      /* POST   …/service-accounts */
slow_handler service_account_get;        /* GET    …/service-accounts/{account} */
slow_handler service_account_modify;     /* PATCH  …/service-accounts/{account} */
slow_handler service_account_delete;     /* DELETE …/service-accounts/{account} */
slow_handler service_account_tokens;     /* GET    …/service-accounts/{account}/tokens */
slow_handler service_account_token_post; /* POST   …/service-accounts/{account}/tokens */

slow_handler organization_tokens_index;   /* GET    …/tokens */
slow_handler organization_token_get;      /* GET    …/tokens/{token} */
slow_handler organization_token_delete;   /* DELETE …/tokens/{token} */
slow_handler organization_tokens_revoke;  /* POST   …/tokens/revoke */
slow_handler organization_tokens_summary; /* GET    …/tokens/summary */
slow_handler token_settings_impact;       /* GET    …/token-settings/impact */

/* The organization of the path. ERR_NOT_FOUND: not the caller's, which is as if there were none. */
enum error read_organization(struct request *rq, int64_t *out) MUST_CHECK;
/* The same, and the caller administers it. ERR_FORBIDDEN. */
enum error read_administered(struct request *rq, int64_t *out) MUST_CHECK;
/* A number in the path. ERR_NOT_FOUND: it is none. */
enum error read_path_id(struct request *rq, str name, int64_t *out) MUST_CHECK;

/* An account as its own user sees it; a new reference. */
json_t *own_user_json(const struct user_row *user, struct arena *arena);

/* For the command line too; a new reference. */
json_t *service_account_json(const struct service_account *account, struct arena *arena);

/* A page of tokens with the query's filters; `user_id` 0: of everybody. */
enum error reply_token_roll(struct worker *w, struct request *rq, struct response *rs,
                            int64_t organization_id, int64_t user_id) MUST_CHECK;

#endif
