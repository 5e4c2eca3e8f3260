/*
 * ngx_http_latchkey_module: `latchkey /location;` in place of `auth_request /location;`.
 *
 * The location passes the question to the daemon (see deploy/nginx/). The answer is kept in the
 * worker's memory by the exact bytes of the credential, and used again for as long as the daemon's
 * generation page says that nothing it rests on has changed: a revoked token is refused with the
 * next request. What is not known is asked; what cannot be asked is refused with 503.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "kept.h"
#include "reporter.h"

#define REPORT_EVERY 2000 /* milliseconds */

/* Which header the credential came in: the same bytes may mean different things. */
#define TAG_API_KEY 'K'
#define TAG_AUTHORIZATION 'A'

/* A location that asks. Two servers' may have one name and ask different daemons. */
typedef struct {
    void *server;
    ngx_str_t uri;
} asker;

typedef struct {
    ngx_uint_t entries; /* decisions that a worker keeps at most */
    ngx_msec_t max_lag;
    ngx_array_t askers;
} main_conf;

typedef struct {
    ngx_str_t uri;  /* of the location that asks; empty: off */
    uint32_t asker; /* its place among the askers */
} location_conf;

/* What is known of one request. */
typedef struct {
    ngx_uint_t done; /* the answer is there */
    ngx_uint_t status;
    ngx_http_request_t *subrequest;
    const char *source; /* "HIT", "MISS" or "BYPASS" */
    struct told told;   /* its texts live in the request's pool */
} context;

extern ngx_module_t ngx_http_latchkey_module;

/* One a worker process, which is one thread. */
static struct kept *kept;
static ngx_uint_t complained; /* that the page cannot be mapped: said once */
static struct reporter *reporter;
static ngx_uint_t report_failed; /* said once, until it works again */
static ngx_event_t report_timer;
static ngx_connection_t no_connection; /* nginx's debug log looks for a descriptor */

static str of_ngx(ngx_str_t s)
{
    return str_of((const char *)s.data, s.len);
}

static str header_value(const ngx_table_elt_t *header)
{
    return header ? of_ngx(header->value) : STR("");
}

/*
 * X-API-Key, else Authorization, as the daemon looks at them. False: there is none, or it is not
 * clear which: then the daemon is asked each time.
 */
static ngx_uint_t credential_of(ngx_http_request_t *r, struct kept_key *out)
{
    location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_latchkey_module);
    ngx_uint_t keys = 0;
    for (ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        ngx_table_elt_t *headers = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            if (str_equal_nocase(of_ngx(headers[i].key), STR("X-API-Key"))) {
                out->credential = of_ngx(headers[i].value);
                keys++;
            }
    }
    if (keys > 1)
        return 0;
    out->asker = conf->asker;
    out->tag = keys ? TAG_API_KEY : TAG_AUTHORIZATION;
    if (!keys)
        out->credential = header_value(r->headers_in.authorization);
    return out->credential.len > 0;
}

static ngx_int_t copy_told(ngx_http_request_t *r, const struct told *from, struct told *to)
{
    for (ngx_uint_t i = 0; i < TOLD_COUNT; i++) {
        str field = from->fields[i];
        u_char *copy = ngx_pnalloc(r->pool, field.len + 1);
        if (!copy)
            return NGX_ERROR;
        ngx_memcpy(copy, field.ptr, field.len);
        copy[field.len] = '\0';
        to->fields[i] = str_of((const char *)copy, field.len);
    }
    return NGX_OK;
}

static void say_not_reported(ngx_log_t *log, enum error err)
{
    if (err && !report_failed)
        ngx_log_error(
            NGX_LOG_WARN, log, 0,
            "latchkey: what was let pass cannot be reported (%s): tokens that are in use "
            "will seem unused; may this worker's user write to the socket \"usage\" beside "
            "the generation page?",
            error_name(err));
    report_failed = err != OK;
}

/* A request that the daemon does not hear of. */
static void count_use(ngx_http_request_t *r, const struct told *told, usec now)
{
    ngx_table_elt_t *agent = r->headers_in.user_agent;
    if (!reporter)
        return;
    enum error err = reporter_count(reporter, kept_page(kept), told,
                                    of_ngx(r->connection->addr_text), header_value(agent), now);
    if (err)
        say_not_reported(r->connection->log, err);
}

/* Of a kept answer: what is left now. */
static str expires_in(const struct told *told, usec now, char room[24])
{
    if (told->expires_at == 0)
        return STR("");
    int64_t left = told->expires_at > now ? (told->expires_at - now) / SECONDS(1) : 0;
    u_char *end = ngx_snprintf((u_char *)room, 24, "%L", left);
    return str_of(room, (size_t)(end - (u_char *)room));
}

/* From memory. NGX_DECLINED: ask. */
static ngx_int_t answer_from_memory(ngx_http_request_t *r, context *ctx)
{
    char bytes[TOLD_BYTES_MAX], seconds[24];
    struct told told;
    struct kept_key key;
    usec now = time_now();
    if (!kept || !credential_of(r, &key))
        return NGX_DECLINED;
    if (!kept_find(kept, &key, now, bytes, &told))
        return NGX_DECLINED;
    ctx->source = "HIT";
    count_use(r, &told, now);
    told.fields[TOLD_EXPIRES_IN] = expires_in(&told, now, seconds);
    ngx_int_t rc = copy_told(r, &told, &ctx->told);
    wipe(bytes, sizeof(bytes));
    return rc;
}

static str find_header(ngx_list_t *list, str name)
{
    for (ngx_list_part_t *part = &list->part; part; part = part->next) {
        ngx_table_elt_t *headers = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            if (str_equal_nocase(of_ngx(headers[i].key), name))
                return of_ngx(headers[i].value);
    }
    return STR("");
}

static void keep(ngx_http_request_t *r, str decision_header, const struct told *told)
{
    struct told_decision decision;
    struct kept_key key;
    if (!kept || decision_header.len == 0 || !credential_of(r, &key))
        return;
    struct told settled = *told;
    enum error err = told_decision_read(decision_header, &decision);
    if (!err) {
        settled.token_key = decision.token_key;
        told_settle(&settled, time_now());
        err = kept_add(kept, &key, &decision, &settled);
    }
    if (err && !complained) {
        complained = 1;
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "latchkey: decisions cannot be kept (%s), the daemon is asked each time: "
                      "may this worker's user read the file named in \"%*s\"?",
                      error_name(err), decision_header.len, decision_header.ptr);
    }
}

/* The daemon let it pass: reads who it is from the headers of the answer. */
static ngx_int_t hear_answer(ngx_http_request_t *r, context *ctx)
{
    ngx_http_upstream_t *upstream = ctx->subrequest->upstream;
    struct told told = {0};
    if (!upstream)
        return NGX_ERROR; /* the location does not ask anybody */
    ngx_list_t *headers = &upstream->headers_in.headers;
    for (ngx_uint_t i = 0; i < TOLD_COUNT; i++)
        told.fields[i] = find_header(headers, told_header(i));
    ctx->source = "MISS";
    keep(r, find_header(headers, STR("X-Latchkey-Decision")), &told);
    return copy_told(r, &told, &ctx->told);
}

/* The daemon refused: its reason goes to the client, as auth_request hands it on. */
static ngx_int_t pass_challenge(ngx_http_request_t *r, context *ctx)
{
    ngx_http_request_t *sr = ctx->subrequest;
    ngx_table_elt_t *from = sr->headers_out.www_authenticate;
    if (!from && sr->upstream)
        from = sr->upstream->headers_in.www_authenticate;
    if (from) {
        ngx_table_elt_t *to = ngx_list_push(&r->headers_out.headers);
        if (!to)
            return NGX_ERROR;
        *to = *from;
        r->headers_out.www_authenticate = to;
    }
    return NGX_HTTP_UNAUTHORIZED;
}

static ngx_int_t conclude(ngx_http_request_t *r, context *ctx)
{
    if (ctx->status == NGX_HTTP_UNAUTHORIZED)
        return pass_challenge(r, ctx);
    if (ctx->status == NGX_HTTP_FORBIDDEN || ctx->status == NGX_HTTP_BAD_REQUEST)
        return (ngx_int_t)ctx->status;
    if (ctx->status == NGX_HTTP_OK)
        return hear_answer(r, ctx);
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "latchkey: the daemon answered %ui to the question who is calling", ctx->status);
    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

static ngx_int_t answered(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    context *ctx = data;
    ctx->done = 1;
    ctx->status = r->headers_out.status;
    return rc;
}

static ngx_int_t ask(ngx_http_request_t *r, location_conf *conf, context *ctx)
{
    ngx_http_post_subrequest_t *then = ngx_palloc(r->pool, sizeof(*then));
    if (!then)
        return NGX_ERROR;
    then->handler = answered;
    then->data = ctx;
    ngx_http_request_t *sr;
    if (ngx_http_subrequest(r, &conf->uri, NULL, &sr, then, NGX_HTTP_SUBREQUEST_WAITED) != NGX_OK)
        return NGX_ERROR;
    /* the question has no body; the client's goes to the upstream, later */
    sr->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (!sr->request_body)
        return NGX_ERROR;
    sr->header_only = 1;
    ctx->subrequest = sr;
    return NGX_AGAIN;
}

static ngx_int_t access_handler(ngx_http_request_t *r)
{
    location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_latchkey_module);
    if (conf->uri.len == 0)
        return NGX_DECLINED;
    context *ctx = ngx_http_get_module_ctx(r, ngx_http_latchkey_module);
    if (ctx)
        return ctx->done ? conclude(r, ctx) : NGX_AGAIN;

    ctx = ngx_pcalloc(r->pool, sizeof(*ctx));
    if (!ctx)
        return NGX_ERROR;
    for (ngx_uint_t i = 0; i < TOLD_COUNT; i++)
        ctx->told.fields[i] = STR("");
    ngx_http_set_ctx(r, ctx, ngx_http_latchkey_module);
    ngx_int_t rc = answer_from_memory(r, ctx);
    if (rc != NGX_DECLINED)
        return rc;
    ctx->source = "BYPASS";
    return ask(r, conf, ctx);
}

static ngx_int_t told_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    context *ctx = ngx_http_get_module_ctx(r->main, ngx_http_latchkey_module);
    str value = ctx ? ctx->told.fields[data] : STR("");
    v->valid = value.len > 0;
    v->not_found = value.len == 0;
    v->no_cacheable = 1; /* it may be asked for before the answer is there */
    v->len = value.len;
    v->data = (u_char *)(uintptr_t)value.ptr;
    return NGX_OK;
}

static ngx_int_t source_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                                 uintptr_t data)
{
    (void)data;
    context *ctx = ngx_http_get_module_ctx(r->main, ngx_http_latchkey_module);
    str value = ctx ? str_from(ctx->source) : STR("");
    v->valid = value.len > 0;
    v->not_found = value.len == 0;
    v->no_cacheable = 1;
    v->len = value.len;
    v->data = (u_char *)(uintptr_t)value.ptr;
    return NGX_OK;
}

/* Changeable: another location may fill them in by auth_request_set. */
#define TOLD_FLAGS (NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_CHANGEABLE)

static ngx_http_variable_t variables[] = {
    {ngx_string("latchkey_user_id"), NULL, told_variable, TOLD_USER_ID, TOLD_FLAGS, 0},
    {ngx_string("latchkey_email"), NULL, told_variable, TOLD_EMAIL, TOLD_FLAGS, 0},
    {ngx_string("latchkey_organization_id"), NULL, told_variable, TOLD_ORGANIZATION_ID, TOLD_FLAGS,
     0},
    {ngx_string("latchkey_role"), NULL, told_variable, TOLD_ROLE, TOLD_FLAGS, 0},
    {ngx_string("latchkey_scope"), NULL, told_variable, TOLD_SCOPE, TOLD_FLAGS, 0},
    {ngx_string("latchkey_token_id"), NULL, told_variable, TOLD_TOKEN_ID, TOLD_FLAGS, 0},
    {ngx_string("latchkey_token_kind"), NULL, told_variable, TOLD_TOKEN_KIND, TOLD_FLAGS, 0},
    {ngx_string("latchkey_authorization"), NULL, told_variable, TOLD_AUTHORIZATION, TOLD_FLAGS, 0},
    {ngx_string("latchkey_token_expires_in"), NULL, told_variable, TOLD_EXPIRES_IN, TOLD_FLAGS, 0},
    {ngx_string("latchkey_cache"), NULL, source_variable, 0, TOLD_FLAGS, 0},
    ngx_http_null_variable,
};

static ngx_int_t add_variables(ngx_conf_t *cf)
{
    for (ngx_http_variable_t *v = variables; v->name.len; v++) {
        ngx_http_variable_t *var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (!var)
            return NGX_ERROR;
        var->get_handler = v->get_handler;
        var->data = v->data;
    }
    return NGX_OK;
}

static ngx_int_t add_handler(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt *handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (!handler)
        return NGX_ERROR;
    *handler = access_handler;
    return NGX_OK;
}

static void *main_conf_create(ngx_conf_t *cf)
{
    main_conf *conf = ngx_pcalloc(cf->pool, sizeof(*conf));
    if (conf) {
        conf->entries = NGX_CONF_UNSET_UINT;
        conf->max_lag = NGX_CONF_UNSET_MSEC;
        if (ngx_array_init(&conf->askers, cf->pool, 4, sizeof(asker)) != NGX_OK)
            return NULL;
    }
    return conf;
}

static char *main_conf_init(ngx_conf_t *cf, void *data)
{
    (void)cf;
    main_conf *conf = data;
    ngx_conf_init_uint_value(conf->entries, 8192);
    ngx_conf_init_msec_value(conf->max_lag, 5000);
    return NGX_CONF_OK;
}

static void *location_conf_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(location_conf)); /* uri.data NULL: not said */
}

static ngx_int_t asker_number(ngx_conf_t *cf, ngx_str_t uri, uint32_t *out)
{
    main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_latchkey_module);
    void *server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    asker *askers = conf->askers.elts;
    for (ngx_uint_t i = 0; i < conf->askers.nelts; i++)
        if (askers[i].server == server && str_equal(of_ngx(askers[i].uri), of_ngx(uri))) {
            *out = (uint32_t)i;
            return NGX_OK;
        }
    asker *added = ngx_array_push(&conf->askers);
    if (!added)
        return NGX_ERROR;
    *added = (asker){server, uri};
    *out = (uint32_t)(conf->askers.nelts - 1);
    return NGX_OK;
}

static char *location_conf_merge(ngx_conf_t *cf, void *parent, void *child)
{
    location_conf *prev = parent, *conf = child;
    ngx_conf_merge_str_value(conf->uri, prev->uri, "");
    if (conf->uri.len > 0 && asker_number(cf, conf->uri, &conf->asker) != NGX_OK)
        return NGX_CONF_ERROR;
    return NGX_CONF_OK;
}

/* latchkey /location;  latchkey off; */
static char *set_location(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    (void)cmd;
    location_conf *conf = data;
    ngx_str_t *words = cf->args->elts;
    if (conf->uri.data)
        return "is duplicate";
    if (str_equal(of_ngx(words[1]), STR("off"))) {
        ngx_str_set(&conf->uri, "");
        return NGX_CONF_OK;
    }
    if (words[1].len == 0 || words[1].data[0] != '/')
        return "takes a location that begins with \"/\", or off";
    conf->uri = words[1];
    return NGX_CONF_OK;
}

static ngx_command_t commands[] = {
    {ngx_string("latchkey"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_location,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("latchkey_decisions"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_num_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(main_conf, entries), NULL},
    {ngx_string("latchkey_max_lag"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(main_conf, max_lag), NULL},
    ngx_null_command,
};

static void report(ngx_event_t *event)
{
    say_not_reported(event->log, reporter_send(reporter));
    if (!ngx_exiting)
        ngx_add_timer(event, REPORT_EVERY);
}

/* Without it decisions are kept all the same. */
static void start_reporting(ngx_cycle_t *cycle)
{
    reporter = reporter_new();
    if (!reporter) {
        say_not_reported(cycle->log, ERR_INTERNAL);
        return;
    }
    no_connection.fd = (ngx_socket_t)-1;
    report_timer.handler = report;
    report_timer.data = &no_connection;
    report_timer.log = cycle->log;
    report_timer.cancelable = 1; /* it keeps no worker that is to end */
    ngx_add_timer(&report_timer, REPORT_EVERY);
}

/* After the fork: no worker shares its memory with another. */
static ngx_int_t start_worker(ngx_cycle_t *cycle)
{
    main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_latchkey_module);
    if (!conf || conf->askers.nelts == 0)
        return NGX_OK;
    enum error err = kept_new(conf->entries, (usec)conf->max_lag * 1000, &kept);
    if (!err) {
        start_reporting(cycle);
        return NGX_OK;
    }
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "latchkey: no memory for %ui decisions (%s); lower latchkey_decisions",
                  conf->entries, error_name(err));
    return NGX_ERROR;
}

static void stop_worker(ngx_cycle_t *cycle)
{
    if (reporter)
        say_not_reported(cycle->log, reporter_send(reporter));
    reporter_free(reporter);
    reporter = NULL;
    kept_free(kept);
    kept = NULL;
}

static ngx_http_module_t hooks = {
    add_variables, add_handler, main_conf_create,     main_conf_init,
    NULL,          NULL,        location_conf_create, location_conf_merge,
};

ngx_module_t ngx_http_latchkey_module = {
    NGX_MODULE_V1, &hooks, commands, NGX_HTTP_MODULE, NULL, NULL,
    start_worker,  NULL,   NULL,     stop_worker,     NULL, NGX_MODULE_V1_PADDING,
};
