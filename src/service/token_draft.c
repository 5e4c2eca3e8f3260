#include "service/internal.h"

#include "crypto/random.h"
#include "token/access.h"
#include "token/api_key.h"
#include "token/key_ring.h"
#include "token/pat.h"

usec whole_second(usec t)
{
    return SECONDS(usec_to_seconds(t));
}

/* The names of tokens are for people: any script, no control characters, nothing invisible alone.
 */
static bool name_is_good(str name)
{
    if (!str_is_utf8(name) || str_is_empty(str_trim(name)) ||
        str_utf8_length(name) > TOKEN_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
            return false;
    return true;
}

void check_token_name(str name, struct complaints *complaints)
{
    if (!name_is_good(name))
        complain(complaints, STR("name"),
                 STR("Must be 1 to 100 characters, without control characters."));
}

usec check_token_end(const struct token_order *order, int64_t limit_days, usec now,
                     struct arena *arena, struct complaints *complaints)
{
    usec latest = whole_second(now) + DAYS(limit_days);
    if (order->ttl_days != 0 && order->expires_at != 0) {
        complain(complaints, STR("expires_at"), STR("Give either expires_at or ttl_days."));
        return latest;
    }
    if (order->ttl_days < 0 || order->ttl_days > limit_days) {
        complain(complaints, STR("ttl_days"),
                 arena_printf(arena,
                              "Must be a whole number from 1 to %lld, this organization's limit.",
                              (long long)limit_days));
        return latest;
    }
    if (order->ttl_days != 0)
        return whole_second(now) + DAYS(order->ttl_days);
    if (order->expires_at == 0)
        return latest;
    if (whole_second(order->expires_at) <= now)
        complain(complaints, STR("expires_at"), STR("Must lie in the future."));
    else if (whole_second(order->expires_at) > latest)
        complain(complaints, STR("expires_at"),
                 arena_printf(arena,
                              "Must not lie more than %lld days ahead, this organization's limit.",
                              (long long)limit_days));
    return whole_second(order->expires_at);
}

int64_t token_limit_days(const struct shared *shared, const struct subject *subject)
{
    return shared->config->strict ? API_TOKEN_TTL_DAYS_MAX : subject->settings.api_token_ttl_days;
}

bool token_kind_is_off(const struct shared *shared, const struct subject *subject,
                       enum token_kind kind)
{
    bool strict = shared->config->strict;
    switch (kind) {
    case TOKEN_PAT: /* Label Studio goes on issuing them */
        return !strict && !subject->settings.api_tokens_enabled;
    case TOKEN_API_KEY: /* Label Studio has none */
        return strict || !subject->settings.api_keys_enabled;
    }
    return true;
}

static enum error make_pat(const struct shared *shared, struct arena *arena,
                           struct new_token *token)
{
    const struct signing_key *key = key_ring_current(shared->keys);
    struct pat pat = {
        .jti = token->row.id,
        .user_id = token->row.user_id,
        .issued_at = token->row.issued_at,
        .expires_at = token->row.expires_at,
        .user_id_json = STR(""),
        .extra = STR(""),
        .missing = STR(""),
    };
    token->row.kid = key->kid;
    return pat_sign(&pat, key, arena, &token->secret);
}

static enum error make_api_key(const struct shared *shared, struct arena *arena,
                               struct new_token *token)
{
    unsigned char mac[MAC_BYTES];
    token->secret = api_key_new(arena);
    mac_compute(&shared->auth.api_key_mac, token->secret, mac);
    token->row.mac = arena_copy(arena, str_of((const char *)mac, sizeof(mac)));
    token->row.hint = api_key_hint(token->secret);
    return OK;
}

enum error token_draft_make(const struct shared *shared, const struct token_draft *draft, usec now,
                            struct arena *arena, struct new_token *out)
{
    str id = jti_new(arena);
    struct new_token token = {.row = {.id = id,
                                      .kind = draft->kind,
                                      .token_key = (int64_t)token_parent_key(id),
                                      .user_id = draft->user_id,
                                      .name = draft->name,
                                      .holds_name = true,
                                      .kid = STR(""),
                                      .issued_at = whole_second(now),
                                      .expires_at = draft->expires_at,
                                      .created_at = now,
                                      .unsigned_text = STR(""),
                                      .mac = STR(""),
                                      .hint = STR("")}};
    arena_mark_secret(arena);
    enum error err = draft->kind == TOKEN_PAT ? make_pat(shared, arena, &token)
                                              : make_api_key(shared, arena, &token);
    if (!err)
        *out = token;
    return err;
}
