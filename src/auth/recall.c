#include "auth/internal.h"

/* A principal without its texts: what is kept, followed by the token's id and the scopes. */
struct packed {
    int64_t user_id;
    int64_t organization_id;
    int64_t token_key;
    usec expires_at;
    uint8_t kind;
    uint8_t role;
    uint8_t guards;
    uint8_t token_id_len;
    uint16_t scopes_len;
};
_Static_assert(sizeof(struct packed) <= sizeof(struct principal), "it fits an answer");

bool principal_recall(struct asking *ask, enum decision_tag tag, str credential,
                      struct principal *out)
{
    char answer[DECISION_ANSWER_MAX];
    struct packed packed;
    size_t len;
    if (!decision_find(ask->auth->decisions, ask->auth->page, (uint8_t)tag, credential, ask->now,
                       answer, sizeof(answer), &len) ||
        len < sizeof(packed))
        return false;
    memcpy(&packed, answer, sizeof(packed));
    if (len != sizeof(packed) + packed.token_id_len + packed.scopes_len)
        return false;
    str texts = arena_copy(ask->arena, (str){answer + sizeof(packed), len - sizeof(packed)});
    *out = (struct principal){
        .kind = (enum credential_kind)packed.kind,
        .user_id = packed.user_id,
        .organization_id = packed.organization_id,
        .role = (enum role)packed.role,
        .token_key = packed.token_key,
        .expires_at = packed.expires_at,
        .token_id = str_slice(texts, 0, packed.token_id_len),
        .scopes = str_from_at(texts, packed.token_id_len),
        .guards = packed.guards,
    };
    ask->is_known = true;
    return true;
}

void principal_keep(struct asking *ask, enum decision_tag tag, str credential,
                    const struct basis *basis, usec until, const struct principal *who)
{
    if (who->token_id.len > UINT8_MAX || who->token_id.len + who->scopes.len > DECISION_TEXTS_MAX)
        return;
    char answer[DECISION_ANSWER_MAX];
    struct packed packed;
    memset(&packed, 0, sizeof(packed)); /* its padding too */
    packed.user_id = who->user_id;
    packed.organization_id = who->organization_id;
    packed.token_key = who->token_key;
    packed.expires_at = who->expires_at;
    packed.kind = (uint8_t)who->kind;
    packed.role = (uint8_t)who->role;
    packed.guards = (uint8_t)who->guards;
    packed.token_id_len = (uint8_t)who->token_id.len;
    packed.scopes_len = (uint16_t)who->scopes.len;
    memcpy(answer, &packed, sizeof(packed));
    memcpy(answer + sizeof(packed), who->token_id.ptr, who->token_id.len);
    memcpy(answer + sizeof(packed) + who->token_id.len, who->scopes.ptr, who->scopes.len);
    decision_keep(ask->auth->decisions, ask->auth->page, (uint8_t)tag, credential, basis, until,
                  (str){answer, sizeof(packed) + who->token_id.len + who->scopes.len});
}

bool refusal_recall(struct asking *ask, str credential)
{
    char answer[DECISION_ANSWER_MAX];
    size_t len;
    return decision_find(ask->auth->decisions, ask->auth->page, TAG_REFUSED, credential, ask->now,
                         answer, sizeof(answer), &len);
}

void refusal_keep(struct asking *ask, str credential, const struct basis *basis, usec until)
{
    decision_keep(ask->auth->decisions, ask->auth->page, TAG_REFUSED, credential, basis, until,
                  STR(""));
}
