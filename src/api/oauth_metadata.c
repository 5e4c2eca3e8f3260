/*
 * What clients and verifiers may know beforehand: metadata (RFC 8414) and public keys (RFC 7517).
 */
#include "api/json.h"
#include "api/oauth.h"
#include "auth/scope.h"
#include "service/context.h"
#include "service/key_changes.h"
#include "service/keys.h"

static json_t *texts(const char *const *items, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(items[i]));
    return array;
}
#define TEXTS(...)                                                                                 \
    texts((const char *const[]){__VA_ARGS__},                                                      \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void add_address(json_t *object, const char *name, str issuer, str path, struct arena *arena)
{
    json_add(object, name, json_from_str(ARENA_JOIN(arena, issuer, path)));
}

static json_t *known_scopes(const struct shared *shared, struct arena *arena)
{
    struct scope_list list;
    json_t *array = json_array();
    scopes_list(shared->scopes, arena, &list);
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(array, json_from_str(list.items[i].name));
    return array;
}

static void allow_keeping(struct request *rq, struct response *rs)
{
    response_header_static(rs, "Cache-Control",
                           arena_printf(&rq->arena, "public, max-age=%d", JWKS_AGE_SECONDS).ptr);
}

/*
 * A path of --public-url stands behind the well-known name (RFC 8414 3.1); many clients put it
 * before, as OpenID Connect does. Both are answered, another path is not.
 */
enum error oauth_metadata(struct shared *shared, struct request *rq, struct response *rs)
{
    struct arena *arena = &rq->arena;
    str behind = request_param(rq, STR("path"));
    while (str_ends(behind, STR("/")))
        behind = str_slice(behind, 0, behind.len - 1);
    if (!str_is_empty(behind) && !str_equal(behind, str_from_at(shared->base_path, 1)))
        return ERR_NOT_FOUND;

    str issuer = oauth_issuer(shared, rq);
    json_t *body = json_object();
    json_add(body, "issuer", json_from_str(issuer));
    add_address(body, "token_endpoint", issuer, STR("/oauth/token"), arena);
    add_address(body, "device_authorization_endpoint", issuer, STR("/oauth/device_authorization"),
                arena);
    add_address(body, "introspection_endpoint", issuer, STR("/oauth/introspect"), arena);
    add_address(body, "revocation_endpoint", issuer, STR("/oauth/revoke"), arena);
    add_address(body, "jwks_uri", issuer, STR("/.well-known/jwks.json"), arena);
    json_add(body, "grant_types_supported",
             TEXTS(GRANT_REFRESH_TOKEN, GRANT_TOKEN_EXCHANGE, GRANT_DEVICE_CODE));
    json_add(body, "response_types_supported", json_array());
    json_add(body, "scopes_supported", known_scopes(shared, arena));
    json_add(body, "token_endpoint_auth_methods_supported", TEXTS("none"));
    json_add(body, "revocation_endpoint_auth_methods_supported", TEXTS("none"));
    json_add(body, "introspection_endpoint_auth_methods_supported",
             TEXTS("client_secret_basic", "client_secret_post", "bearer"));
    allow_keeping(rq, rs);
    return reply_json_value(rs, 200, body);
}

enum error oauth_jwks(struct shared *shared, struct request *rq, struct response *rs)
{
    allow_keeping(rq, rs);
    return reply_body(rs, 200, "application/jwk-set+json", keys_public_set(shared, &rq->arena));
}

enum error oauth_jwks_load(struct worker *w, struct request *rq, struct response *rs)
{
    return oauth_jwks(w->shared, rq, rs);
}
