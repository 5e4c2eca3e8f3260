#include "service/internal.h"

enum error token_organization(struct db *db, int64_t user_id, int64_t *out)
{
    struct subject subject;
    *out = 0;
    enum error err = user_id ? subjects_find(db, user_id, &subject) : ERR_NOT_FOUND;
    if (!err)
        *out = subject.active_organization_id;
    return err == ERR_NOT_FOUND ? OK : err;
}

struct audit_event token_event(enum audit_kind kind, const struct token_row *row,
                               int64_t organization_id)
{
    return (struct audit_event){
        .kind = kind,
        .organization_id = organization_id,
        .subject_kind = STR("token"),
        .subject_id = row->id,
        .subject_name = row->name,
        .subject_user_id = row->user_id,
    };
}

static const str words[] = {
    [ENDED_BY_OWNER] = STR_INIT("owner"),
    [ENDED_BY_ADMINISTRATOR] = STR_INIT("administrator"),
    [ENDED_BY_OPERATOR] = STR_INIT("operator"),
    [ENDED_BY_HOLDER] = STR_INIT("holder"),
    [ENDED_ROTATED] = STR_INIT("rotated"),
    [ENDED_REUSED] = STR_INIT("reuse"),
    [ENDED_LEAKED] = STR_INIT("leaked"),
    [ENDED_UNUSED] = STR_INIT("unused"),
};

str token_end_reason_word(enum token_end_reason why)
{
    return (unsigned)why < COUNT_OF(words) && words[why].ptr ? words[why] : STR("");
}

str token_kind_word(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_PAT:
        return STR("pat");
    case TOKEN_API_KEY:
        return STR("api_key");
    }
    return STR("unknown"); /* of a newer program's row */
}
