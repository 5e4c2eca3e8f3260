/*
 * The audit log: who did what, from where, before and after. It is only ever added to. Each entry
 * carries a MAC over its fields and the MAC of the one before, under a subkey of the master key;
 * the head carries the last number and MAC under a MAC of its own. So whoever can write the
 * database but has not the master key cannot change, remove, insert or reorder entries unseen
 * (service/audit_verify.h finds it). docs/audit.md says what that does not prove.
 *
 * Entries are written in the transaction of what they are about: there is no change without its
 * entry, and no entry of what did not happen. Entries of all organizations are one chain, so that
 * the head's row serializes writers: a note is the last thing that a transaction does before its
 * commit, after every other statement. (On PostgreSQL two transactions could otherwise wait for
 * each other: one holds the head and wants a row, the other holds the row and wants the head.)
 * Several notes in a row are fine. Whoever takes COUNTER_CHANGE by hand notes before that.
 *
 * No secret is ever in an entry: not a password, a token, a part of one that could be used, a
 * secret key. Texts that are no UTF-8 are mended, long ones cut.
 */
#ifndef LATCHKEY_SERVICE_AUDIT_H
#define LATCHKEY_SERVICE_AUDIT_H

#include "service/context.h"

enum audit_kind {
    AUDIT_NOTHING = 0, /* zero is no kind */
#define KIND(kind, name) AUDIT_##kind,
#include "service/audit_kinds.def"
#undef KIND
    AUDIT_KIND_COUNT
};

/* "token.created"; never empty for a kind. */
str audit_kind_name(enum audit_kind kind);
/* ERR_NOT_FOUND  there is no such kind */
enum error audit_kind_find(str name, enum audit_kind *out) MUST_CHECK;

/* One field of what changed. */
struct audit_fact {
    str name;   /* a literal: "role", "expires_at" */
    str before; /* STR(""): there was none */
    str after;  /* STR(""): there is none now */
};

struct audit_event {
    enum audit_kind kind;
    int64_t organization_id; /* 0: of none; then no webhook hears of it */
    str subject_kind;        /* "token", "user", "organization", "session", … */
    str subject_id;          /* a number in decimal, or a token's id */
    str subject_name;        /* a token's name, a user's e-mail; may be empty */
    int64_t subject_user_id; /* whose it is; 0: nobody's */
    const struct audit_fact *facts;
    size_t fact_count;
};

/*
 * Inside the transaction of what it is about, as its last statements. The actor is `who`: a user or
 * service account, the operator (with the name of the operating system's user), anonymous if it is
 * nobody, the system if it is NULL. Address and user agent come from w->origin. It also queues what
 * webhooks of the organization want to hear of it.
 */
enum error audit_note(struct worker *w, struct txn *txn, const struct principal *who,
                      const struct audit_event *event, usec now) MUST_CHECK;
/* Outside any transaction, for what changes nothing else: a failed sign-in, a dead token shown. */
enum error audit_note_alone(struct worker *w, const struct principal *who,
                            const struct audit_event *event, usec now) MUST_CHECK;

/*
 * For what may come again and again without changing anything: true if nothing was noted under
 * `name` for five minutes in this process; from then on it counts as noted.
 */
bool audit_is_due(struct shared *shared, str name, usec now);

/*
 * For what strangers can do at will, from as many addresses as they like: true for the first
 * AUDIT_STRANGERS_MAX of all in five minutes, so that they cannot fill the disk.
 */
#define AUDIT_STRANGERS_MAX 300
bool audit_has_room_for_strangers(struct shared *shared, usec now);

/* Events about what has a number; facts are the caller's to add. */
struct audit_event audit_about_user(enum audit_kind kind, int64_t organization_id, int64_t user_id,
                                    str email, struct arena *arena);
struct audit_event audit_about_organization(enum audit_kind kind, int64_t organization_id,
                                            str title, struct arena *arena);
/* The organization that an act upon a user's account belongs to: the actor's, else the user's. */
int64_t audit_organization(const struct principal *who, int64_t active_organization_id);

/* Adds the fact unless both sides are the same; `facts` has the room. */
void audit_compare(struct audit_fact *facts, size_t *count, str name, str before, str after);
/* A number as a fact or as a subject's id; it lives in the arena. */
str audit_number(struct arena *arena, int64_t n);
/* RFC 3339; empty for 0 and USEC_NEVER. */
str audit_time(struct arena *arena, usec t);
/* "on" or "off". */
str audit_switch(bool is_on);

#endif
