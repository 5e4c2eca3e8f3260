/*
 * Personal access tokens, by what they claim: the signature is never here. API keys, by a MAC: the
 * key is never here.
 */
#ifndef LATCHKEY_STORE_TOKENS_H
#define LATCHKEY_STORE_TOKENS_H

#include "db/db.h"

/* As stored. Zero is no kind. */
enum token_kind { TOKEN_PAT = 1, TOKEN_API_KEY = 2 };

/* Why a token was ended before its time. As stored; zero: it was not, or long ago. */
enum token_end_reason {
    ENDED_BY_OWNER = 1,
    ENDED_BY_ADMINISTRATOR,
    ENDED_BY_OPERATOR,
    ENDED_BY_HOLDER, /* whoever showed the whole token */
    ENDED_ROTATED,   /* a successor took its place */
    ENDED_REUSED,    /* it, or one of its family, was shown after its successor had taken over */
    ENDED_LEAKED,    /* reported */
    ENDED_UNUSED,    /* not used for as long as an administrator said */
};

struct token_row {
    str id; /* a PAT's claim jti; an API key's is of the same form */
    enum token_kind kind;
    int64_t token_key; /* the owner's key of its counter; what a PAT's access tokens carry */
    int64_t user_id;   /* 0: its user was deleted */
    str name;
    bool holds_name;  /* no other live token of the user may have the name */
    str kid;          /* the key that signed a PAT; "" for Label Studio's, and for API keys */
    usec issued_at;   /* whole seconds, as claimed */
    usec expires_at;  /* whole seconds; the first moment at which it is no longer good */
    usec claimed_end; /* a PAT's exp, when expires_at was moved before it; 0: they are the same */
    usec created_at;
    usec revoked_at;   /* 0: not revoked */
    str unsigned_text; /* header.payload, kept only where we would write it otherwise */
    str mac;           /* to insert an API key; never read back */
    str hint;          /* an API key's first characters; empty for a PAT */
    str scopes;        /* names, one space apart, sorted; empty means "all" */
    str allowed_ips;   /* networks, one space apart; empty: from anywhere */
    int64_t made_by;   /* the user who made it; 0: its own user, or the operator */
    str family;        /* id of the first of its chain of rotations; empty: it is the first */
    str rotated_from;  /* the id of the one whose place it took; empty: none */
    str replaced_by;   /* its successor's id; empty: none */
    usec grace_until;  /* replaced, it works until then; 0: it is not replaced */
    enum token_end_reason ended_why; /* of revoked_at */
    int64_t ended_by;                /* the user who ended it; 0: nobody, or the operator */
    usec dead_used_at;               /* when it was first shown after its end; 0: never */
    usec last_used_at;               /* read by tokens_page alone; 0: never */
};

/*
 * THE rule of whether a token counts: the first moment at which it no longer does. 0: it was
 * revoked. A successor's predecessor counts until its grace is over, without anybody doing anything
 * at that moment. Nothing derived from a token (a decision, an access token) outlives this.
 */
usec token_row_end(const struct token_row *row);
bool token_row_lives(const struct token_row *row, usec now);
/* Its place was taken by a successor, and the time in which both work is over: whoever shows it
 * now may have stolen it, or the other one may. */
bool token_row_is_rotated_away(const struct token_row *row, usec now);
/* The exp of a PAT's text. */
usec token_row_claimed_end(const struct token_row *row);

/*
 * In SQL: living ones, which hold a place in lists, limits and counts. One in its grace does not.
 * `t` is "" or the table's name and a point, `now` the parameter.
 */
#define TOKENS_LIVING(t, now)                                                                      \
    t "revoked_at IS NULL AND " t "replaced_by IS NULL AND " t "expires_at > " now

struct token_list {
    struct token_row *items; /* in the arena */
    size_t count;
};

/* ERR_CONFLICT if the id is known, or its name is held by another token of the user. */
enum error tokens_insert(struct db *db, const struct token_row *row) MUST_CHECK;
enum error tokens_find(struct db *db, str id, struct arena *arena,
                       struct token_row *out) MUST_CHECK;
/* An API key by the MAC of its whole text. */
enum error tokens_find_by_mac(struct db *db, str mac, struct arena *arena,
                              struct token_row *out) MUST_CHECK;
/* By the key in an access token; of several (a collision of 64 bits) the first one by id. */
enum error tokens_find_by_key(struct db *db, int64_t token_key, struct arena *arena,
                              struct token_row *out) MUST_CHECK;
/* Only if it was not revoked before; *changed says whether. Its name is free from then on. */
enum error tokens_revoke(struct db *db, str id, usec now, bool *changed) MUST_CHECK;
/* The row's name, scopes, allowed_ips, expires_at and claimed_end, as they are to be now. */
enum error tokens_change(struct db *db, const struct token_row *row) MUST_CHECK;
/* A token of the user that has ended no longer holds this name. */
enum error tokens_free_name(struct db *db, int64_t user_id, str name, usec now) MUST_CHECK;
/* Living: neither revoked nor expired. `kind` ANY_KIND: of both. */
#define ANY_KIND DB_NULL_I64
enum error tokens_count_living(struct db *db, int64_t user_id, int64_t kind, usec now,
                               int64_t *out) MUST_CHECK;
/* Living ones of the user, oldest first, at most `limit`, after (created_at, id). */
enum error tokens_list_living(struct db *db, int64_t user_id, int64_t kind, usec now,
                              usec after_created_at, str after_id, int64_t limit,
                              struct arena *arena, struct token_list *out) MUST_CHECK;
/* All of the user, ended ones too, likewise. */
enum error tokens_list_all(struct db *db, int64_t user_id, usec after_created_at, str after_id,
                           int64_t limit, struct arena *arena, struct token_list *out) MUST_CHECK;
/* The user is gone: the rows stay, so that their ids stay known, and belong to nobody. */
enum error tokens_orphan(struct db *db, int64_t user_id) MUST_CHECK;
/*
 * All that live, of everybody. Reads every row. Legacy tokens have no end: those of active users
 * whose organization has them on.
 */
struct living_tokens {
    int64_t pats, api_keys, legacy;
};
enum error tokens_count_all_living(struct db *db, usec now, struct living_tokens *out) MUST_CHECK;

/*
 * Endings, in tokens_end.c.
 */
/* The same with its reason, and the user who did it (0: nobody, or the operator). */
enum error tokens_end(struct db *db, str id, enum token_end_reason why, int64_t by, usec now,
                      bool *changed) MUST_CHECK;
/*
 * The living token `id` gives its name and place to `successor` and goes on until `grace_until`;
 * is that not after `now`, it is revoked. *changed is false where it was revoked or replaced
 * before.
 */
enum error tokens_replace(struct db *db, str id, str successor, usec grace_until, usec now,
                          bool *changed) MUST_CHECK;
/* The id that a token's family goes by. */
str token_row_family(const struct token_row *row);
/* Those of a family that count at `now`: the living one, and those in their grace. */
enum error tokens_list_family(struct db *db, str family, usec now, struct arena *arena,
                              struct token_list *out) MUST_CHECK;
/* *changed: it was not shown after its end before. */
enum error tokens_note_dead(struct db *db, str id, usec now, bool *changed) MUST_CHECK;
/*
 * Living tokens of users with after < user id <= up_to whose active organization that is end at
 * `latest`, if they would end later and live longer than `longest` after they were made.
 */
enum error tokens_shorten(struct db *db, int64_t organization_id, int64_t after, int64_t up_to,
                          usec latest, usec longest, usec now, int64_t *changed) MUST_CHECK;
/*
 * What counts at `now`, of the same users; organization 0: of every user. Only what is needed to
 * end them is set: id, token_key, user_id, name, kind. `unused_since` 0: used or not; else those
 * that were not used, and not made, since.
 */
struct token_choice {
    int64_t organization_id;
    int64_t after, up_to; /* user ids */
    int64_t kind;         /* or ANY_KIND */
    usec unused_since;
};
enum error tokens_choose(struct db *db, const struct token_choice *choice, usec now,
                         struct arena *arena, struct token_list *out) MUST_CHECK;

/*
 * Lists in an order of the caller's choice, in tokens_page.c.
 */
enum token_sort {
    TOKENS_BY_CREATION,
    TOKENS_BY_CREATION_BACKWARDS,
    TOKENS_BY_NAME,
    TOKENS_BY_NAME_BACKWARDS,
    TOKENS_BY_END,
    TOKENS_BY_END_BACKWARDS,
    TOKENS_BY_LAST_USE,           /* never used ones first, */
    TOKENS_BY_LAST_USE_BACKWARDS, /* ... or last */
};
enum token_filter { TOKENS_ACTIVE, TOKENS_ENDED, TOKENS_ALL }; /* in their grace: only with all */
/* Where a page begins: behind the token with these values. */
struct token_place {
    bool is_start;  /* from the first one */
    int64_t number; /* of the order, but for names */
    str name;
    str id;
};
enum error tokens_page(struct db *db, int64_t user_id, int64_t kind, enum token_filter filter,
                       enum token_sort sort, const struct token_place *after, int64_t limit,
                       usec now, struct arena *arena, struct token_list *out) MUST_CHECK;
/*
 * For an import: many rows with one statement each. All are PATs.
 */
enum error tokens_insert_many(struct db *db, const struct token_row *rows, size_t count) MUST_CHECK;
#define TOKENS_ASKED 60
/* Which of up to TOKENS_ASKED ids are known, in no order; only id, user_id, revoked_at are set. */
enum error tokens_find_many(struct db *db, const str *ids, size_t count, struct arena *arena,
                            struct token_list *out) MUST_CHECK;
/* What names are held by tokens of users with from <= id <= up_to, by user; only user_id and name.
 */
enum error tokens_list_names(struct db *db, int64_t from, int64_t up_to, struct arena *arena,
                             struct token_list *out) MUST_CHECK;
/* A token that belonged to nobody gets the row's user_id, name and holds_name. */
enum error tokens_give(struct db *db, const struct token_row *row) MUST_CHECK;

#endif
