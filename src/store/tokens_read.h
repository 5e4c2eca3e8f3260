/*
 * What the files of the table `tokens` share: its columns, and how a row of them is read.
 */
#ifndef LATCHKEY_STORE_TOKENS_READ_H
#define LATCHKEY_STORE_TOKENS_READ_H

#include "store/many.h"
#include "store/tokens.h"

/* `t` is "" or the table's name and a point. */
#define TOKEN_COLUMNS_OF(t)                                                                        \
    t "id, " t "token_key, " t "user_id, " t "name, " t "holds_name, " t "kid, " t "issued_at, " t \
      "expires_at, " t "created_at, " t "revoked_at, " t "unsigned_text, " t "kind, " t "hint, " t \
      "scopes, " t "allowed_ips, " t "made_by, " t "family, " t "replaced_by, " t                  \
      "grace_until, " t "ended_why, " t "ended_by, " t "dead_used_at, " t "claimed_end, " t        \
      "rotated_from"
#define TOKEN_COLUMNS TOKEN_COLUMNS_OF("")
#define TOKEN_COLUMN_COUNT 24

/* Of a row that begins with TOKEN_COLUMNS. */
void token_row_read(struct query *q, struct arena *arena, struct token_row *out);
/* All that the query still has. */
enum error token_list_read(struct query *q, struct arena *arena, struct token_list *out) MUST_CHECK;

#endif
