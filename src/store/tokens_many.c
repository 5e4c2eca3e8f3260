#include "store/many.h"
#include "store/tokens.h"

#define ROWS 20 /* in one statement */
#define COLUMNS 11

// clang-format off
static const char insert_many[] =
    "INSERT INTO tokens (id, token_key, user_id, name, holds_name, kid, issued_at, "
    "expires_at, created_at, revoked_at, unsigned_text) VALUES "
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11), "
    "($12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22), "
    "($23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33), "
    "($34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44), "
    "($45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55), "
    "($56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66), "
    "($67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77), "
    "($78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88), "
    "($89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99), "
    "($100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110), "
    "($111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121), "
    "($122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132), "
    "($133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143), "
    "($144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154), "
    "($155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165), "
    "($166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176), "
    "($177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187), "
    "($188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198), "
    "($199, $200, $201, $202, $203, $204, $205, $206, $207, $208, $209), "
    "($210, $211, $212, $213, $214, $215, $216, $217, $218, $219, $220)";

static const char find_many[] =
    "SELECT id, user_id, revoked_at FROM tokens WHERE id IN ("
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
        "$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, "
        "$31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, "
        "$46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60)";
// clang-format on

static enum error bind_row(struct query *q, int first, const struct token_row *row)
{
    const struct {
        enum { TEXT, NUMBER, NULL_IF_ZERO, NULL_IF_EMPTY } form;
        int64_t number;
        str text;
    } values[COLUMNS] = {
        {TEXT, 0, row->id},
        {NUMBER, row->token_key, STR("")},
        {NULL_IF_ZERO, row->user_id, STR("")},
        {TEXT, 0, row->name},
        {NUMBER, row->holds_name, STR("")},
        {TEXT, 0, row->kid},
        {NUMBER, row->issued_at, STR("")},
        {NUMBER, row->expires_at, STR("")},
        {NUMBER, row->created_at, STR("")},
        {NULL_IF_ZERO, row->revoked_at, STR("")},
        {NULL_IF_EMPTY, 0, row->unsigned_text},
    };
    enum error err = OK;
    for (int i = 0; !err && i < COLUMNS; i++) {
        bool is_null = (values[i].form == NULL_IF_ZERO && values[i].number == 0) ||
                       (values[i].form == NULL_IF_EMPTY && values[i].text.len == 0);
        bool is_text = values[i].form == TEXT || values[i].form == NULL_IF_EMPTY;
        if (is_null)
            err = query_null(q, first + i);
        else if (is_text)
            err = query_str(q, first + i, values[i].text);
        else
            err = query_i64(q, first + i, values[i].number);
    }
    return err;
}

static enum error insert_some(struct db *db, const struct token_row *rows)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, insert_many);
    for (int i = 0; !err && i < ROWS; i++)
        err = bind_row(&q, 1 + i * COLUMNS, &rows[i]);
    return err ? err : query_run(&q);
}

enum error tokens_insert_many(struct db *db, const struct token_row *rows, size_t count)
{
    enum error err = OK;
    size_t i = 0;
    for (; !err && i + ROWS <= count; i += ROWS)
        err = insert_some(db, rows + i);
    for (; !err && i < count; i++)
        err = tokens_insert(db, &rows[i]);
    return err;
}

enum error tokens_find_many(struct db *db, const str *ids, size_t count, struct arena *arena,
                            struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct token_row)};
    enum error err = query_start(db, &q, find_many);
    for (size_t i = 0; !err && i < TOKENS_ASKED;
         i++) /* a short list asks for its first one again */
        err = query_str(&q, (int)i + 1, ids[i < count ? i : 0]);
    while (!err && !(err = query_row(&q))) {
        struct token_row *row = many_add(&many);
        row->id = row_str(&q, 0, arena);
        row->user_id = row_is_null(&q, 1) ? 0 : row_i64(&q, 1);
        row->revoked_at = row_is_null(&q, 2) ? 0 : row_i64(&q, 2);
    }
    *out = (struct token_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error tokens_list_names(struct db *db, int64_t from, int64_t up_to, struct arena *arena,
                             struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct token_row)};
    enum error err = query_start(db, &q,
                                 "SELECT user_id, name FROM tokens WHERE user_id >= $1 AND user_id "
                                 "<= $2 AND holds_name = 1 ORDER BY user_id, name");
    if (!err)
        err = query_bind(&q, "ii", from, up_to);
    while (!err && !(err = query_row(&q))) {
        struct token_row *row = many_add(&many);
        row->user_id = row_i64(&q, 0);
        row->name = row_str(&q, 1, arena);
    }
    *out = (struct token_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error tokens_give(struct db *db, const struct token_row *row)
{
    return db_run(db,
                  "UPDATE tokens SET user_id = $2, name = $3, holds_name = $4 WHERE id = $1 AND "
                  "user_id IS NULL",
                  "sisf", row->id, row->user_id, row->name, row->holds_name);
}
