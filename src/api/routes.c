#include "api/routes.h"

#include "api/legacy_token.h"
#include "api/ls_handlers.h"
#include "api/metrics.h"
#include "api/operations.h"
#include "api/page_handlers.h"
#include "api/state.h"
#include "api/token_settings.h"
#include "api/token_usage.h"
#include "api/tokens.h"
#include "gateway/forward_auth.h"

// clang-format off
const struct route routes[] = {
#include "api/ls_routes.def"
#include "api/page_routes.def"

    /* methods                      path                          who        dialect        flags  body    handler */
    {METHODS_GET,                   "/api/v1/tokens/?",           SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = tokens_list},
    {METHODS_POST,                  "/api/v1/tokens/?",           SIGNED_IN, DIALECT_OWN,   0,     65536,  .slow = tokens_create},
    {METHODS_GET,                   "/api/v1/tokens/{id}/?",      SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = tokens_show},
    {METHODS_PATCH,                 "/api/v1/tokens/{id}/?",      SIGNED_IN, DIALECT_OWN,   0,     65536,  .slow = tokens_patch},
    {METHODS_DELETE,                "/api/v1/tokens/{id}/?",      SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = tokens_delete},
    {METHODS_POST,                  "/api/v1/tokens/{id}/rotate/?", SIGNED_IN, DIALECT_OWN, 0,     65536,  .slow = tokens_rotate},
    {METHODS_GET,                   "/api/v1/tokens/{id}/usage/?", SIGNED_IN, DIALECT_OWN,  0,     0,      .slow = token_usage_show},
    {METHODS_GET,                   "/api/v1/legacy-token/?",     SIGNED_IN, DIALECT_OWN,   0,     0,      .slow = legacy_token_get},
    {METHODS_POST,                  "/api/v1/legacy-token/reset/?", SIGNED_IN, DIALECT_OWN, 0,     65536,  .slow = legacy_token_post_reset},
    {METHODS_GET,                   "/api/v1/organizations/{id}/token-settings/?", SIGNED_IN, DIALECT_OWN, 0, 0,     .slow = token_settings_show},
    {METHODS_PATCH,                 "/api/v1/organizations/{id}/token-settings/?", SIGNED_IN, DIALECT_OWN, 0, 65536, .slow = token_settings_patch},

    {METHODS_ANY,                   "/auth",                      ANYBODY,   DIALECT_PLAIN, 0,     0,      .fast = forward_auth, .load = forward_auth_load},
    {METHODS_ANY,                   "/auth/{path...}",            ANYBODY,   DIALECT_PLAIN, 0,     0,      .fast = forward_auth, .load = forward_auth_load},

    {METHODS_GET,                   "/api/v1/version/?",          ANYBODY,   DIALECT_OWN,   0,     0,      .fast = version_show},
    {METHODS_GET,                   "/healthz/?",                 ANYBODY,   DIALECT_PLAIN, 0,     0,      .fast = healthz},
    {METHODS_GET,                   "/readyz/?",                  ANYBODY,   DIALECT_PLAIN, 0,     0,      .slow = readyz},
    {METHODS_GET,                   "/metrics/?",                 ANYBODY,   DIALECT_PLAIN, 0,     0,      .slow = metrics_show},
};
// clang-format on
const size_t routes_count = sizeof(routes) / sizeof(routes[0]);
