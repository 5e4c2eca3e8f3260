#include "cli/admin.h"

#include "auth/scope_file.h"
#include "cli/config_load.h"
#include "cli/say.h"
#include "store/service_accounts.h"

/* What the daemon would have without options, but for where its data is. */
static enum exit_status config_for(const struct invocation *invocation, str data, str database,
                                   struct config *out)
{
    struct options_reader reader;
    options_begin(&reader, serve_options, SERVE_OPTION_COUNT, out, invocation->arena);
    out->data = data;
    out->database = database;
    str problem = STR("");
    if (config_complete(out, invocation->arena, &problem))
        return used_wrongly("%.*s", STR_ARG(problem));
    return EXIT_DONE;
}

static enum exit_status open_as(const struct invocation *invocation, str data, str database,
                                enum open_mode mode, struct admin *out)
{
    *out = (struct admin){
        .operator= principal_operator(), .now = time_now(), .arena = invocation->arena};
    enum exit_status status = config_for(invocation, data, database, &out->config);
    if (status)
        return status;
    /* what the layers below log is for the daemon; here one line says it all */
    log_set(LOG_ERROR, LOG_TEXT);

    str problem = STR("");
    enum error err = shared_open(&out->config, mode, out->now, out->arena, &problem, &out->shared);
    if (err)
        return failed_to("open the data folder", err, problem);
    err = worker_open(out->shared, 0, &out->worker);
    if (err)
        return failed_to("open the database", err, STR(""));
    return EXIT_DONE;
}

enum exit_status admin_open(const struct invocation *invocation, str data, str database,
                            struct admin *out)
{
    return open_as(invocation, data, database, OPEN_COMMAND, out);
}

enum exit_status admin_prepare(const struct invocation *invocation, str data, str database,
                               struct admin *out)
{
    return open_as(invocation, data, database, OPEN_PREPARE, out);
}

enum exit_status admin_scopes(struct admin *admin, str path)
{
    str problem = STR("");
    if (str_is_empty(path))
        return EXIT_DONE;
    enum error err = scopes_load(admin->shared->scopes, path, admin->arena, &problem);
    return err ? failed_to("read the scopes", err, problem) : EXIT_DONE;
}

void admin_close(struct admin *admin)
{
    if (admin->worker)
        worker_close(admin->worker);
    if (admin->shared)
        shared_close(admin->shared);
    *admin = (struct admin){0};
}

enum error admin_find_user(struct admin *admin, str email_or_id, struct user_row *out)
{
    int64_t id;
    enum error err = users_find_by_email(admin->worker->db, email_or_id, admin->arena, out);
    if (err == ERR_NOT_FOUND && str_to_i64(email_or_id, &id) == OK)
        err = users_find(admin->worker->db, id, admin->arena, out);
    if (err == ERR_NOT_FOUND) {
        err = service_accounts_find_by_name(admin->worker->db, DB_NULL_I64, email_or_id, &id);
        if (!err)
            err = users_find(admin->worker->db, id, admin->arena, out);
    }
    return err;
}

enum exit_status admin_user(struct admin *admin, str email_or_id, struct user_row *out)
{
    enum error err = admin_find_user(admin, email_or_id, out);
    if (err == ERR_CONFLICT)
        return failed("several organizations have a service account '%.*s'; say which by its id or "
                      "e-mail ('latchkey service-account list' shows them)",
                      STR_ARG(email_or_id));
    if (err == ERR_NOT_FOUND)
        return failed("there is no user '%.*s'; 'latchkey user list' shows who there is",
                      STR_ARG(email_or_id));
    return err ? failed_to("find the user", err, STR("")) : EXIT_DONE;
}

static enum exit_status only_organization(struct admin *admin, struct organization_row *out)
{
    struct organization_list list;
    enum error err = organizations_list(admin->worker->db, admin->arena, &list);
    if (err)
        return failed_to("list the organizations", err, STR(""));
    if (list.count == 0)
        return failed("there is no organization yet; 'latchkey org add TITLE' makes one");
    if (list.count > 1)
        return used_wrongly("there are several organizations; say which with --organization ID "
                            "('latchkey org list' shows them)");
    *out = list.items[0];
    return EXIT_DONE;
}

enum exit_status admin_organization(struct admin *admin, int64_t id, struct organization_row *out)
{
    if (id == 0)
        return only_organization(admin, out);
    enum error err = organizations_find(admin->worker->db, id, admin->arena, out);
    if (err == ERR_NOT_FOUND)
        return failed("there is no organization %lld; 'latchkey org list' shows them",
                      (long long)id);
    return err ? failed_to("find the organization", err, STR("")) : EXIT_DONE;
}
