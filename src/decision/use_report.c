#include "decision/use_report.h"

#include <string.h>

static const char magic[8] = "LKUSES1\n";

#define COUNT_MOST 100000000 /* requests in one entry */

/* What stands before an entry's texts. */
struct wire {
    int64_t token_key, user_id, organization_id;
    int64_t first_at, last_at;
    uint32_t count;
    uint8_t is_legacy, address_len, user_agent_len;
};

size_t use_report_begin(char *to)
{
    memcpy(to, magic, sizeof(magic));
    return sizeof(magic);
}

bool use_report_add(char *to, size_t *len, const struct used *entry)
{
    struct wire wire;
    size_t texts = (size_t)entry->address_len + entry->user_agent_len;
    if (*len + sizeof(wire) + texts > USE_REPORT_MAX)
        return false;
    memset(&wire, 0, sizeof(wire)); /* its padding too */
    wire.token_key = entry->key.token_key;
    wire.user_id = entry->key.user_id;
    wire.organization_id = entry->key.organization_id;
    wire.first_at = entry->first_at;
    wire.last_at = entry->last_at;
    wire.count = entry->count;
    wire.is_legacy = entry->key.is_legacy;
    wire.address_len = entry->address_len;
    wire.user_agent_len = entry->user_agent_len;
    memcpy(to + *len, &wire, sizeof(wire));
    *len += sizeof(wire);
    memcpy(to + *len, entry->address, entry->address_len);
    *len += entry->address_len;
    memcpy(to + *len, entry->user_agent, entry->user_agent_len);
    *len += entry->user_agent_len;
    return true;
}

enum error use_report_open(str report, str *rest)
{
    if (!str_starts(report, str_of(magic, sizeof(magic))))
        return ERR_MALFORMED;
    *rest = str_from_at(report, sizeof(magic));
    return OK;
}

enum error use_report_next(str *rest, struct use *out)
{
    struct wire wire;
    if (str_is_empty(*rest))
        return ERR_NOT_FOUND;
    if (rest->len < sizeof(wire))
        return ERR_MALFORMED;
    memcpy(&wire, rest->ptr, sizeof(wire));
    str texts = str_from_at(*rest, sizeof(wire));
    if (wire.count == 0 || wire.count > COUNT_MOST || wire.is_legacy > 1 ||
        wire.first_at > wire.last_at || wire.address_len > USES_ADDRESS_MAX ||
        wire.user_agent_len > USES_USER_AGENT_MAX ||
        texts.len < (size_t)wire.address_len + wire.user_agent_len)
        return ERR_MALFORMED;
    *out = (struct use){
        .key = {.token_key = wire.token_key,
                .user_id = wire.user_id,
                .organization_id = wire.organization_id,
                .is_legacy = wire.is_legacy == 1},
        .count = wire.count,
        .first_at = wire.first_at,
        .last_at = wire.last_at,
        .address = str_slice(texts, 0, wire.address_len),
        .user_agent = str_slice(texts, wire.address_len, wire.user_agent_len),
    };
    *rest = str_from_at(texts, (size_t)wire.address_len + wire.user_agent_len);
    return OK;
}
