#include "api/routes.h"

#include "api/leaks.h"
#include "api/legacy_token.h"
#include "api/audit_events.h"
#include "api/device_grants.h"
#include "api/ls_handlers.h"
#include "api/metrics.h"
#include "api/oauth.h"
#include "api/openapi.h"
#include "api/operations.h"
#include "api/page_handlers.h"
#include "api/people.h"
#include "api/scopes.h"
#include "api/state.h"
#include "api/token_settings.h"
#include "api/token_usage.h"
#include "api/tokens.h"
#include "api/webhooks.h"
#include "gateway/forward_auth.h"

// clang-format off
const struct route routes[] = {
#include "api/ls_routes.def"
#include "api/page_routes.def"
#include "api/people_routes.def"
#include "api/webhook_routes.def"

    /* methods                      path                          who        dialect        flags  body    handler */
    {METHODS_GET,                   "/api/v1/tokens/?",           SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = tokens_list, .query = "limit cursor kind state sort q include"},
    {METHODS_POST,                  "/api/v1/tokens/?",           SIGNED_IN, DIALECT_OWN,   ANSWERS_AGAIN, 65536,  .slow = tokens_create},
    {METHODS_GET,                   "/api/v1/tokens/{id}/?",      SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = tokens_show, .query = "include"},
    {METHODS_PATCH,                 "/api/v1/tokens/{id}/?",      SIGNED_IN, DIALECT_OWN,   0,     65536,  .slow = tokens_patch},
    {METHODS_DELETE,                "/api/v1/tokens/{id}/?",      SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = tokens_delete},
    {METHODS_POST,                  "/api/v1/tokens/{id}/rotate/?", SIGNED_IN, DIALECT_OWN, 0,     65536,  .slow = tokens_rotate},
    {METHODS_POST,                  "/api/v1/leaks/?",            VISITOR,   DIALECT_OWN,   FROM_ANY_SITE, 131072, .slow = leaks_report},
    {METHODS_GET,                   "/api/v1/tokens/{id}/usage/?", SIGNED_IN, DIALECT_OWN,  0,     0,      .slow = token_usage_show},
    {METHODS_GET,                   "/api/v1/legacy-token/?",     SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = legacy_token_get},
    {METHODS_POST,                  "/api/v1/legacy-token/reset/?", SIGNED_IN, DIALECT_OWN, 0,     65536,  .slow = legacy_token_post_reset},
    {METHODS_GET,                   "/api/v1/organizations/{id}/token-settings/?", SIGNED_IN, DIALECT_OWN, 0, 0,     .slow = token_settings_show},
    {METHODS_PATCH,                 "/api/v1/organizations/{id}/token-settings/?", SIGNED_IN, DIALECT_OWN, 0, 65536, .slow = token_settings_patch},

    {METHODS_GET,                   "/api/v1/organizations/{id}/audit-events/?", SIGNED_IN, DIALECT_OWN, 0, 0,       .slow = audit_events_list, .query = "limit cursor event actor_id subject_user_id subject_id since until q order after format"},

    {METHODS_GET,                   "/api/v1/device-grants/{user_code}/?", SIGNED_IN, DIALECT_OWN, 0, 0,      .slow = device_grants_show},
    {METHODS_POST,                  "/api/v1/device-grants/{user_code}/approve/?", SIGNED_IN, DIALECT_OWN, 0, 4096, .slow = device_grants_approve},
    {METHODS_POST,                  "/api/v1/device-grants/{user_code}/deny/?", SIGNED_IN, DIALECT_OWN, 0, 4096, .slow = device_grants_deny},
    {METHODS_GET,                   "/device/plain/?",            VISITOR,   DIALECT_PAGE,  0,     0,      .slow = page_device},
    {METHODS_POST,                  "/device/plain/?",            VISITOR,   DIALECT_PAGE,  0,     16384,  .slow = page_device_submit},

    {METHODS_POST,                  "/oauth/token/?",             ANYBODY,   DIALECT_OAUTH, 0,     OAUTH_BODY_MAX, .fast = oauth_token, .load = oauth_token_load},
    {METHODS_POST,                  "/oauth/introspect/?",        ANYBODY,   DIALECT_OAUTH, 0,     OAUTH_BODY_MAX, .fast = oauth_introspect, .load = oauth_introspect_load},
    {METHODS_POST,                  "/oauth/revoke/?",            ANYBODY,   DIALECT_OAUTH, 0,     OAUTH_BODY_MAX, .slow = oauth_revoke},
    {METHODS_POST,                  "/oauth/device_authorization/?", ANYBODY, DIALECT_OAUTH, 0,    OAUTH_BODY_MAX, .slow = oauth_device_authorization},
    {METHODS_GET,                   "/.well-known/jwks.json",     ANYBODY,   DIALECT_OAUTH, 0,     0,      .fast = oauth_jwks, .load = oauth_jwks_load},
    {METHODS_GET,                   "/.well-known/oauth-authorization-server/{path...}", ANYBODY, DIALECT_OAUTH, 0, 0, .fast = oauth_metadata},
    {METHODS_GET,                   "/.well-known/oauth-authorization-server", ANYBODY, DIALECT_OAUTH, 0, 0, .fast = oauth_metadata},

    {METHODS_ANY,                   "/auth",                      ANYBODY,   DIALECT_PLAIN, 0,     0,      .fast = forward_auth, .load = forward_auth_load},
    {METHODS_ANY,                   "/auth/{path...}",            ANYBODY,   DIALECT_PLAIN, 0,     0,      .fast = forward_auth, .load = forward_auth_load},

    {METHODS_GET,                   "/api/v1/scopes/?",           SIGNED_IN, DIALECT_OWN,   0,     0,      .fast = scopes_show},
    {METHODS_GET,                   "/api/v1/version/?",          ANYBODY,   DIALECT_OWN,   0,     0,      .fast = version_show},
    {METHODS_GET,                   "/api/openapi.json",          ANYBODY,   DIALECT_OWN,   0,     0,      .fast = openapi_json},
    {METHODS_GET,                   "/api/openapi.yaml",          ANYBODY,   DIALECT_OWN,   0,     0,      .fast = openapi_yaml},
    {METHODS_GET,                   "/healthz/?",                 ANYBODY,   DIALECT_PLAIN, 0,     0,      .fast = healthz},
    {METHODS_GET,                   "/readyz/?",                  ANYBODY,   DIALECT_PLAIN, 0,     0,      .slow = readyz},
    {METHODS_GET,                   "/metrics/?",                 ANYBODY,   DIALECT_PLAIN, 0,     0,      .slow = metrics_show},
};
// clang-format on
const size_t routes_count = sizeof(routes) / sizeof(routes[0]);
