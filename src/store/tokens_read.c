#include "store/tokens_read.h"

static int64_t number_or_0(struct query *q, int column)
{
    return row_is_null(q, column) ? 0 : row_i64(q, column);
}

void token_row_read(struct query *q, struct arena *arena, struct token_row *out)
{
    *out = (struct token_row){
        .id = row_str(q, 0, arena),
        .token_key = row_i64(q, 1),
        .user_id = number_or_0(q, 2),
        .name = row_str(q, 3, arena),
        .holds_name = row_flag(q, 4),
        .kid = row_str(q, 5, arena),
        .issued_at = row_i64(q, 6),
        .expires_at = row_i64(q, 7),
        .created_at = row_i64(q, 8),
        .revoked_at = number_or_0(q, 9),
        .unsigned_text = row_str(q, 10, arena),
        .kind = (enum token_kind)row_i64(q, 11),
        .mac = STR(""),
        .hint = row_str(q, 12, arena),
        .scopes = row_str(q, 13, arena),
        .allowed_ips = row_str(q, 14, arena),
        .made_by = number_or_0(q, 15),
        .family = row_str(q, 16, arena),
        .replaced_by = row_str(q, 17, arena),
        .grace_until = number_or_0(q, 18),
        .ended_why = (enum token_end_reason)number_or_0(q, 19),
        .ended_by = number_or_0(q, 20),
        .dead_used_at = number_or_0(q, 21),
        .claimed_end = number_or_0(q, 22),
        .rotated_from = row_str(q, 23, arena),
    };
}

enum error token_list_read(struct query *q, struct arena *arena, struct token_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct token_row)};
    enum error err;
    while (!(err = query_row(q)))
        token_row_read(q, arena, many_add(&many));
    *out = (struct token_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}
