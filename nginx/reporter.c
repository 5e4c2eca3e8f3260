#include "reporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "decision/use_report.h"
#include "decision/use_socket.h"

#define ENTRIES 4096
#define PAGE_BYTES 4096

struct reporter {
    struct uses *uses;
    int socket;
    char page[PAGE_BYTES]; /* beside which the daemon listens */
    char report[USE_REPORT_MAX];
};

struct reporter *reporter_new(void)
{
    struct reporter *reporter = calloc(1, sizeof(*reporter));
    if (!reporter)
        return NULL;
    reporter->uses = uses_new(ENTRIES);
    reporter->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!reporter->uses || reporter->socket < 0) {
        reporter_free(reporter);
        return NULL;
    }
    return reporter;
}

void reporter_free(struct reporter *reporter)
{
    if (!reporter)
        return;
    if (reporter->socket >= 0)
        close(reporter->socket);
    uses_free(reporter->uses);
    free(reporter);
}

/* A report of entries from `*from` on, which is moved behind the last one that fitted. */
static size_t fill(struct reporter *reporter, size_t *from)
{
    size_t len = use_report_begin(reporter->report), empty = len;
    for (; *from < uses_count(reporter->uses); (*from)++) {
        const struct used *entry = uses_at(reporter->uses, *from);
        if (entry->count > 0 && !use_report_add(reporter->report, &len, entry))
            break;
    }
    return len == empty ? 0 : len;
}

static enum error send_all(struct reporter *reporter, const struct use_address *address)
{
    size_t from = 0;
    for (;;) {
        size_t first = from, len = fill(reporter, &from);
        if (len == 0) {
            uses_clear(reporter->uses);
            return OK;
        }
        if (sendto(reporter->socket, reporter->report, len, MSG_NOSIGNAL,
                   (const struct sockaddr *)&address->name, sizeof(address->name)) < 0)
            /* EAGAIN: the daemon has enough to read for the moment */
            return errno == EAGAIN ? OK : error_of_errno(errno);
        for (; first < from; first++)
            uses_at(reporter->uses, first)->count = 0;
    }
}

enum error reporter_send(struct reporter *reporter)
{
    struct use_address address;
    if (uses_count(reporter->uses) == 0)
        return OK;
    enum error err = use_address_of(str_from(reporter->page), &address);
    if (err)
        return err;
    err = send_all(reporter, &address);
    use_address_release(&address);
    return err;
}

/* What was counted for another daemon is sent there; one that does not take it now is gone. */
static void aim(struct reporter *reporter, str page)
{
    if (str_equal(page, str_from(reporter->page)) || page.len >= sizeof(reporter->page))
        return;
    enum error err = reporter_send(reporter);
    (void)err;
    uses_clear(reporter->uses);
    memcpy(reporter->page, page.ptr, page.len);
    reporter->page[page.len] = '\0';
}

enum error reporter_count(struct reporter *reporter, str page, const struct told *told, str address,
                          str user_agent, usec now)
{
    struct use use = {.key = {.token_key = told->token_key},
                      .count = 1,
                      .first_at = now,
                      .last_at = now,
                      .address = address,
                      .user_agent = user_agent};
    if (told->token_key == 0 || str_to_i64(told->fields[TOLD_USER_ID], &use.key.user_id) ||
        str_to_i64(told->fields[TOLD_ORGANIZATION_ID], &use.key.organization_id))
        return OK; /* a session, or nobody that counts */
    use.key.is_legacy = str_equal(told->fields[TOLD_TOKEN_KIND], STR("legacy"));
    aim(reporter, page);
    if (uses_add(reporter->uses, &use))
        return OK;
    enum error err = reporter_send(reporter);
    if (err)
        return ERR_FULL;
    return uses_add(reporter->uses, &use) ? OK : ERR_FULL;
}
