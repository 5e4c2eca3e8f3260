#include "http/internal.h"

#include "http/ready_answer.h"

/* ---- the pool */

static struct exchange *exchange_take(struct exchange_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct exchange *x = pool->first;
    if (x) {
        pool->first = x->next;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->lock);
    if (x)
        return x;
    x = malloc(sizeof(*x));
    if (!x)
        abort(); /* a process that is truly out of memory stops */
    request_init(&x->rq);
    return x;
}

static void exchange_give_back(struct exchange_pool *pool, struct exchange *x)
{
    request_reset(&x->rq);
    pthread_mutex_lock(&pool->lock);
    bool is_kept = pool->count < SPARE_EXCHANGES;
    if (is_kept) {
        x->next = pool->first;
        pool->first = x;
        pool->count++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (is_kept)
        return;
    request_release(&x->rq);
    free(x);
}

void exchange_pool_release(struct exchange_pool *pool)
{
    for (struct exchange *x; (x = pool->first);) {
        pool->first = x->next;
        request_release(&x->rq);
        free(x);
    }
    pool->count = 0;
}

/* ---- the answer */

void exchange_refuse(struct exchange *x, enum refusal refusal)
{
    static const int statuses[] = {
        [REFUSED_MALFORMED] = 400,      [REFUSED_TARGET_TOO_LONG] = 414,
        [REFUSED_HEAD_TOO_LARGE] = 431, [REFUSED_BODY_TOO_LARGE] = 413,
        [REFUSED_BUSY] = 503,           [REFUSED_STOPPING] = 503,
    };
    bool is_passing = refusal == REFUSED_BUSY || refusal == REFUSED_STOPPING;
    const struct server_app *app = &x->server->app;
    response_clear(&x->rs);
    x->rs.status = statuses[refusal];
    x->rs.close = !is_passing;
    if (is_passing)
        response_header(&x->rs, "Retry-After",
                        arena_printf(&x->rq.arena, "%d", LIMIT_RETRY_SECONDS));
    if (app->refuse)
        app->refuse(app->shared, &x->rq, &x->rs, refusal);
}

struct MHD_Response *library_body(str body)
{
    void *bytes = (void *)(uintptr_t)body.ptr; /* read only, whatever its type says */
    return MHD_create_response_from_buffer(body.len, bytes, MHD_RESPMEM_PERSISTENT);
}

bool library_add_headers(struct MHD_Response *response, const struct response_header *headers,
                         size_t count)
{
    enum MHD_Result ok = MHD_YES;
    for (size_t i = 0; i < count && ok; i++)
        ok = MHD_add_response_header(response, headers[i].name, headers[i].value);
    return ok == MHD_YES;
}

/* The body, or the file, which is the library's from then on. */
static struct MHD_Response *response_of(struct response *rs)
{
    if (rs->file <= 0)
        return library_body(rs->body);
    struct MHD_Response *response =
        MHD_create_response_from_fd64((uint64_t)rs->file_bytes, rs->file);
    if (response)
        rs->file = 0;
    return response;
}

/* A file takes as long as a line of 512 kbit/s needs for it. */
static unsigned seconds_for(const struct exchange *x)
{
    unsigned seconds = x->server->options.answer_seconds;
    return seconds == 0 ? 0 : seconds + (unsigned)(x->rs.file_bytes / 65536);
}

/* Hands the answer to the library. Its texts stay where they are until on_completed. */
static enum MHD_Result answer(struct exchange *x)
{
    struct response *rs = &x->rs;
    bool is_last = rs->close || atomic_load_explicit(&x->server->stopping, memory_order_relaxed);
    struct MHD_Response *ready = is_last ? NULL : ready_answer_library(rs);
    connection_give(x->connection, seconds_for(x));
    if (ready)
        return MHD_queue_response(x->mhd, (unsigned)rs->status, ready);

    if (rs->status == 0)
        rs->status = 500; /* a handler that said nothing */
    struct MHD_Response *response = response_of(rs);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_NO;
    if (library_add_headers(response, rs->headers, rs->header_count))
        ok = is_last ? MHD_add_response_header(response, "Connection", "close") : MHD_YES;
    if (ok)
        ok = MHD_queue_response(x->mhd, (unsigned)rs->status, response);
    MHD_destroy_response(response);
    return ok;
}

/* Before the body was read: the connection ends with this answer. */
static enum MHD_Result answer_early(struct exchange *x)
{
    x->rs.close = true;
    x->connection->linger = true;
    return answer(x);
}

/* ---- the head */

void *on_target(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct server *server = cls;
    struct exchange *x = exchange_take(&server->pool);
    response_init(&x->rs, &x->rq.arena);
    x->server = server;
    x->connection = connection_of(mhd);
    x->mhd = mhd;
    x->stage = STAGE_HEAD;
    x->lane = LANE_DONE;
    x->keep_body = x->too_large = false;
    x->seen = 0;
    x->body = NULL;
    x->body_room = 0;
    x->started = 0;
    /* The library is about to cut the query to pieces where it lies. */
    x->rq.target = arena_copy(&x->rq.arena, str_from(uri));
    connection_give(x->connection, server->options.head_seconds);
    return x;
}

/* A client may name its request if the name can stand in a log line and a header as it is. */
static bool is_decent_id(str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '-' || c == '_' || c == '.'))
            return false;
    }
    return id.len > 0 && id.len <= LIMIT_REQUEST_ID_BYTES;
}

/* Different from every other of this process, and most likely from others' (splitmix64). */
static str request_id_make(struct server *server, struct arena *arena)
{
    uint64_t n = atomic_fetch_add_explicit(&server->id_count, 1, memory_order_relaxed);
    uint64_t h = server->id_seed + n * 0x9E3779B97F4A7C15U;
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9U;
    h = (h ^ h >> 27) * 0x94D049BB133111EBU;
    h ^= h >> 31;
    char *text = arena_bytes(arena, 16);
    for (int i = 0; i < 16; i++, h <<= 4)
        text[i] = "0123456789abcdef"[h >> 60];
    return str_of(text, 16);
}

static void greet(struct exchange *x)
{
    struct request *rq = &x->rq;
    rq->now = time_now();
    x->started = time_monotonic();
    rq->listener = x->connection->listener;
    rq->peer = x->connection->peer;
    rq->is_tls = x->connection->is_tls;
    str id = rq->headers[HEADER_X_REQUEST_ID];
    rq->request_id = is_decent_id(id) ? id : request_id_make(x->server, &rq->arena);
    atomic_fetch_add_explicit(&x->server->in_flight, 1, memory_order_relaxed);
}

/* Decides about the body before any of it is read. */
static enum MHD_Result expect_body(struct exchange *x, const struct framing *framing, size_t limit)
{
    x->keep_body = x->lane != LANE_DONE && limit > 0;
    x->body_ceiling = x->keep_body ? limit : LIMIT_DRAIN_BYTES;
    x->stage = STAGE_BODY;
    if (x->lane == LANE_DONE && framing->has_body && framing->expects_continue)
        return answer_early(x); /* RFC 9110 10.1.1: it is waiting for just this */
    if (framing->content_length > x->body_ceiling) {
        if (x->lane != LANE_DONE)
            exchange_refuse(x, REFUSED_BODY_TOO_LARGE);
        return answer_early(x);
    }
    if (x->keep_body && framing->content_length > 0) {
        x->body_room = (size_t)framing->content_length;
        x->body = arena_bytes(&x->rq.arena, x->body_room);
    }
    if (framing->has_body)
        connection_give(x->connection, x->server->options.body_seconds);
    return MHD_YES;
}

static enum MHD_Result head_complete(struct exchange *x, const char *method, const char *url,
                                     const char *version)
{
    struct framing framing;
    enum refusal refusal;
    enum error err = head_read(&x->rq, x->mhd, method, url, version, &framing, &refusal);
    greet(x);
    if (err) {
        exchange_refuse(x, err == ERR_TOO_LARGE ? refusal : REFUSED_MALFORMED);
        return answer_early(x);
    }
    const struct server_app *app = &x->server->app;
    size_t limit = LIMIT_BODY_BYTES;
    x->lane = app->open(app->shared, &x->rq, &x->rs, &limit);
    return expect_body(x, &framing, limit);
}

/* ---- the body */

/* Room for `more` bytes behind what is there. A body without a length doubles its room. */
static void body_grow(struct exchange *x, size_t more)
{
    size_t used = x->rq.body.len;
    if (used + more <= x->body_room)
        return;
    size_t room = 2 * x->body_room > used + more ? 2 * x->body_room : used + more;
    if (room > x->body_ceiling)
        room = x->body_ceiling;
    char *body = arena_bytes(&x->rq.arena, room);
    memcpy(body, x->rq.body.ptr, used);
    x->body = body;
    x->body_room = room;
}

static enum MHD_Result body_part(struct exchange *x, str data)
{
    x->seen += data.len;
    if (x->seen > x->body_ceiling)
        x->too_large = true;
    /* No answer can be given in the middle of a body: a little more is read, then it is cut off. */
    if (x->seen > x->body_ceiling + LIMIT_DRAIN_BYTES) {
        exchange_refuse(x, REFUSED_BODY_TOO_LARGE);
        return MHD_NO;
    }
    if (x->keep_body && !x->too_large) {
        body_grow(x, data.len);
        memcpy(x->body + x->rq.body.len, data.ptr, data.len);
        x->rq.body = str_of(x->body, x->rq.body.len + data.len);
    }
    return MHD_YES;
}

static enum MHD_Result go_slow(struct exchange *x)
{
    connection_give(x->connection, 0);
    x->stage = STAGE_WORKING;
    MHD_suspend_connection(x->mhd); /* first: a worker may be done with it at once */
    if (slow_lane_push(x->server->slow_lane, x) == OK)
        return MHD_YES; /* it is not ours any more */
    exchange_refuse(x, REFUSED_BUSY);
    x->stage = STAGE_ANSWER;
    MHD_resume_connection(x->mhd);
    return MHD_YES;
}

static enum MHD_Result body_complete(struct exchange *x)
{
    const struct server_app *app = &x->server->app;
    if (x->too_large && x->lane != LANE_DONE) {
        exchange_refuse(x, REFUSED_BODY_TOO_LARGE);
        return answer(x);
    }
    if (x->lane == LANE_FAST)
        x->lane = app->fast(app->shared, &x->rq, &x->rs);
    return x->lane == LANE_SLOW ? go_slow(x) : answer(x);
}

/* ---- the library's door */

enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                           const char *method, const char *version, const char *upload_data,
                           size_t *upload_data_size, void **req_cls)
{
    (void)cls;
    (void)mhd;
    struct exchange *x = *req_cls;
    switch (x->stage) {
    case STAGE_HEAD:
        return head_complete(x, method, url, version);
    case STAGE_BODY:
        if (*upload_data_size == 0)
            return body_complete(x);
        str data = str_of(upload_data, *upload_data_size);
        *upload_data_size = 0;
        return body_part(x, data);
    case STAGE_WORKING:
        return MHD_YES;
    case STAGE_ANSWER:
        return answer(x);
    }
    return MHD_NO;
}

void on_completed(void *cls, struct MHD_Connection *mhd, void **req_cls,
                  enum MHD_RequestTerminationCode code)
{
    (void)mhd;
    struct server *server = cls;
    struct exchange *x = *req_cls;
    *req_cls = NULL;
    if (!x)
        return;
    connection_give(x->connection, server->options.idle_seconds);
    if (x->started > 0) {
        const struct server_app *app = &server->app;
        if (app->finish)
            app->finish(app->shared, &x->rq, &x->rs, time_monotonic() - x->started,
                        code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        atomic_fetch_sub_explicit(&server->in_flight, 1, memory_order_relaxed);
    }
    response_clear(&x->rs); /* a file that never came to be sent; a ready answer was */
    exchange_give_back(&server->pool, x);
}
