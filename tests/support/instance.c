#include "support/instance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

static void must(const char *what, enum error err, str problem)
{
    if (err)
        fail_msg("%s: %s %.*s", what, error_name(err), STR_ARG(problem));
}

static struct principal session_of(int64_t user_id, int64_t organization_id, enum role role)
{
    return (struct principal){.kind = CREDENTIAL_SESSION,
                              .user_id = user_id,
                              .organization_id = organization_id,
                              .role = role,
                              .expires_at = USEC_NEVER,
                              .token_id = STR("")};
}

void instance_open_empty(struct instance *out, enum engine engine, bool strict)
{
    str problem = STR("");
    *out = (struct instance){.now = time_now(), .operator= principal_operator()};
    test_place_make(engine, &out->place);
    snprintf(out->folder, sizeof(out->folder), "/tmp/latchkey-test-XXXXXX");
    assert_non_null(mkdtemp(out->folder));
    out->config = (struct config){
        .data = str_from(out->folder),
        .database = str_from(out->place.url),
        .strict = strict,
        .leeway = strict ? 0 : SECONDS(10),
        .access_token_ttl = SECONDS(300),
        .secret_key_file = STR(""),
        .public_url = STR(""),
        .upstream_url = STR(""),
        .admin_email = STR(""),
        .admin_password_file = STR(""),
        .admin_legacy_token_file = STR(""),
    };
    must("open",
         shared_open(&out->config, OPEN_PREPARE, out->now, &out->arena, &problem, &out->shared),
         problem);
    must("worker", worker_open(out->shared, 0, &out->w), problem);
}

void instance_open(struct instance *out, enum engine engine, bool strict)
{
    instance_open_empty(out, engine, strict);
    struct account_order order = {.email = STR("owner@example.com"),
                                  .username = STR(""),
                                  .first_name = STR(""),
                                  .last_name = STR(""),
                                  .phone = STR(""),
                                  .password = STR(""),
                                  .legacy_token = STR(""),
                                  .role = ROLE_OWNER};
    must("found", account_found(out->w, STR("Test"), &order, out->now, &out->arena), STR(""));
    out->owner = session_of(1, 1, ROLE_OWNER);
}

void instance_close(struct instance *instance)
{
    static const char *const files[] = {"master.key", "generations", "lock"};
    char path[128];
    worker_close(instance->w);
    shared_close(instance->shared);
    test_place_remove(&instance->place);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", instance->folder, files[i]);
        unlink(path);
    }
    rmdir(instance->folder);
    arena_release(&instance->arena);
}

struct principal instance_member(struct instance *instance, const char *email, enum role role)
{
    struct user_row user;
    const struct account_order order = {.email = str_from(email),
                                        .username = STR(""),
                                        .first_name = STR(""),
                                        .last_name = STR(""),
                                        .phone = STR(""),
                                        .password = STR(""),
                                        .legacy_token = STR(""),
                                        .organization_id = 1,
                                        .role = role};
    must(email, account_create(instance->w, &order, instance->now, &instance->arena, &user),
         STR(""));
    return session_of(user.id, 1, role);
}

static struct presented with_header(str authorization)
{
    return (struct presented){.has_authorization = true,
                              .authorization = authorization,
                              .api_key = STR(""),
                              .session = STR("")};
}

struct verdict instance_ask(struct instance *instance, str authorization)
{
    struct verdict verdict = {0};
    struct presented presented = with_header(authorization);
    must("authenticate",
         authenticate(&instance->shared->auth, instance->w->db, &presented, instance->now,
                      &instance->arena, &verdict),
         STR(""));
    return verdict;
}

enum error instance_ask_fast(struct instance *instance, str authorization, struct verdict *out)
{
    struct presented presented = with_header(authorization);
    return authenticate(&instance->shared->auth, NULL, &presented, instance->now, &instance->arena,
                        out);
}

str instance_bearer(struct instance *instance, str token)
{
    return ARENA_JOIN(&instance->arena, STR("Bearer "), token);
}
