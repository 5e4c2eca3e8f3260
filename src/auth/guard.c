#include "auth/guard.h"

#include "store/token_settings.h"
#include "store/tokens.h"

/* In the cache of lists. */
#define TAG_OF_TOKEN 'T'
#define TAG_OF_ORGANIZATION 'O'

struct list {
    size_t count;
    struct network items[ALLOWED_IPS_MAX]; /* plain bytes: kept as they are */
};
_Static_assert(sizeof(struct network) * ALLOWED_IPS_MAX == GUARD_LIST_BYTES, "a list fits");

static enum error read_list(str text, struct list *out)
{
    str piece;
    out->count = 0;
    if (str_is_empty(text))
        return OK;
    struct str_pieces pieces = str_pieces(text, ' ');
    while (str_next_piece(&pieces, &piece))
        if (out->count == ALLOWED_IPS_MAX || network_read(piece, &out->items[out->count++]))
            return ERR_MALFORMED;
    return OK;
}

static bool list_has(const struct list *list, const struct ip_address *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (network_has(&list->items[i], address))
            return true;
    return list->count == 0;
}

static str key_bytes(const int64_t *key)
{
    return str_of((const char *)key, sizeof(*key));
}

static bool recall(struct auth *auth, uint8_t tag, int64_t key, usec now, struct list *out)
{
    size_t len;
    if (!decision_find(auth->addresses, auth->page, tag, key_bytes(&key), now, out->items,
                       sizeof(out->items), &len))
        return false;
    out->count = len / sizeof(out->items[0]);
    return true;
}

/* A parent that the store does not know (Label Studio's own) has no list. */
static enum error find_text(struct db *db, uint8_t tag, int64_t key, struct arena *arena, str *out)
{
    if (tag == TAG_OF_ORGANIZATION)
        return token_settings_find_allowed_ips(db, key, arena, out);
    struct token_row row;
    enum error err = tokens_find_by_key(db, key, arena, &row);
    *out = err ? STR("") : row.allowed_ips;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error load(struct auth *auth, struct db *db, uint8_t tag, int64_t key, usec now,
                       struct arena *arena, struct list *out)
{
    str text;
    if (recall(auth, tag, key, now, out))
        return OK;
    if (!db)
        return ERR_WOULD_BLOCK;
    struct basis basis = tag == TAG_OF_TOKEN ? basis_take(auth->page, 0, 0, (uint64_t)key)
                                             : basis_take(auth->page, 0, (uint64_t)key, 0);
    enum error err = find_text(db, tag, key, arena, &text);
    if (err)
        return err;
    if (read_list(text, out)) /* nobody can have written it: nobody is let in */
        return ERR_ADDRESS;
    decision_keep(auth->addresses, auth->page, tag, key_bytes(&key), &basis, USEC_NEVER,
                  str_of((const char *)out->items, out->count * sizeof(out->items[0])));
    return OK;
}

static enum error check_list(struct auth *auth, struct db *db, uint8_t tag, int64_t key,
                             const struct ip_address *address, usec now, struct arena *arena)
{
    struct list list;
    enum error err = load(auth, db, tag, key, now, arena, &list);
    if (err)
        return err;
    return list_has(&list, address) ? OK : ERR_ADDRESS;
}

enum error guard_check_address(struct auth *auth, struct db *db, const struct principal *who,
                               str address, usec now, struct arena *arena)
{
    struct ip_address client = {0};
    enum error err = OK;
    if ((who->guards & (GUARD_TOKEN_ADDRESSES | GUARD_ORGANIZATION_ADDRESSES)) == 0)
        return OK;
    if (ip_address_read(address, &client)) /* unknown: in no network */
        client = (struct ip_address){0};
    if (who->guards & GUARD_TOKEN_ADDRESSES)
        err = check_list(auth, db, TAG_OF_TOKEN, who->token_key, &client, now, arena);
    if (!err && (who->guards & GUARD_ORGANIZATION_ADDRESSES))
        err = check_list(auth, db, TAG_OF_ORGANIZATION, who->organization_id, &client, now, arena);
    return err;
}

static enum error read_one(str text, struct arena *arena, str *problem, struct network *out)
{
    if (text.len > 64 || network_read(text, out)) {
        *problem = arena_printf(arena,
                                "'%.*s' is no address and no network; write 192.0.2.7, 10.0.0.0/8 "
                                "or 2001:db8::/32.",
                                text.len > 64 ? 0 : (int)text.len, text.ptr);
        return ERR_MALFORMED;
    }
    if (!network_has_host_bits(out))
        return OK;
    struct network whole = network_without_host_bits(out);
    *problem =
        arena_printf(arena,
                     "'%.*s' has bits set behind its length: write %.*s for the network, or %.*s "
                     "for the one address.",
                     STR_ARG(text), STR_ARG(network_text(&whole, arena)),
                     STR_ARG(ip_address_text(&out->address, arena)));
    return ERR_MALFORMED;
}

enum error allowed_ips_make(const str *texts, size_t count, struct arena *arena, str *problem,
                            str *out)
{
    struct list list = {0};
    if (count > ALLOWED_IPS_MAX) {
        *problem = STR("At most 50 networks.");
        return ERR_MALFORMED;
    }
    str text = STR("");
    for (size_t i = 0; i < count; i++) {
        struct network *network = &list.items[list.count];
        enum error err = read_one(texts[i], arena, problem, network);
        if (err)
            return err;
        bool is_new = true;
        for (size_t k = 0; k < list.count && is_new; k++)
            is_new = memcmp(&list.items[k], network, sizeof(*network)) != 0;
        if (!is_new)
            continue;
        text = list.count++ == 0 ? network_text(network, arena)
                                 : ARENA_JOIN(arena, text, STR(" "), network_text(network, arena));
    }
    *out = text;
    return OK;
}

bool allowed_ips_narrow(str from, str to)
{
    struct list outer, inner;
    if (read_list(from, &outer) || read_list(to, &inner))
        return false;
    if (outer.count == 0)
        return true;
    for (size_t i = 0; i < inner.count; i++) {
        bool covered = false;
        for (size_t k = 0; k < outer.count && !covered; k++)
            covered = network_covers(&outer.items[k], &inner.items[i]);
        if (!covered)
            return false;
    }
    return inner.count > 0;
}

bool allowed_ips_have(str list, str address)
{
    struct list networks;
    struct ip_address client;
    if (read_list(list, &networks))
        return false;
    if (ip_address_read(address, &client))
        client = (struct ip_address){0};
    return list_has(&networks, &client);
}
