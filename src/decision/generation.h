/*
 * The generation page: how every process of a host learns at once that something was changed.
 *
 * A file of fixed size, mapped by the daemon, the command line and nginx's workers. A user, an
 * organization and a token each own one of its counters, by hash. A counter packs a version (the
 * time of its last change) and how many changes are announced but not ended. The file holds no
 * secret; its writer is the daemon's user, its readers are the daemon's group.
 *
 * WHO CHANGES SOMETHING
 *     generation_announce(page, slot);      before the commit
 *     ... commit ...
 *     generation_end(page, slot, now);      after it, and after a rollback too; then answer
 *
 * WHO DECIDES SOMETHING
 *     basis = basis_take(page, ...);        BEFORE the database is read
 *     ... read the database, decide ...
 *     keep the decision with its basis; use it later only while basis_holds(page, &basis)
 *
 * Why that order. Let a reader see the database as it was before a commit. Then it took its basis
 * either before the change was announced, and the basis no longer holds from the announcement on
 * (announced first, moved later); or after, and a basis taken while a change is announced never
 * holds. Taken after the database was read, a basis could carry the new version beside the old
 * truth, and would hold for ever. Ended before the commit, a change would let the same happen.
 * A process that dies between announcing and ending leaves the counter announced: nothing is kept
 * under it, which costs speed, until generation_clear_announcements moves it.
 *
 * Two owners may share a counter. That costs a needless second look, never a wrong answer.
 * Every function may run in any thread of any process; none of them blocks but generation_open.
 */
#ifndef LATCHKEY_DECISION_GENERATION_H
#define LATCHKEY_DECISION_GENERATION_H

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

#define GENERATION_FILE "generations" /* its name in the daemon's folder */
#define GENERATION_COUNTERS 65536

struct generation_page;

enum generation_mode {
    READ_ONLY, /* the file must be there; the functions that change something must not be called */
    READ_WRITE /* the file is made when it is missing, mode 0640 */
};

/*
 * Maps the file at `path`. Several processes may make it at the same time. A new page says that
 * everything was changed just now, so that no token older than the page passes unlooked-at.
 *
 * ERR_NOT_FOUND  READ_ONLY, and there is no such file, or it is not ready yet
 * ERR_FORBIDDEN  not this process's to open
 * ERR_MALFORMED  not a generation page (a link, a folder, foreign bytes, a wrong size)
 * ERR_TOO_NEW    a page of a newer format
 * ERR_FULL, ERR_READ_ONLY, ERR_IO  the file could not be made or mapped
 */
enum error generation_open(str path, enum generation_mode mode,
                           struct generation_page **out) MUST_CHECK;
void generation_close(struct generation_page *page);

enum owner_kind {
    OWNER_USER,         /* key: its id */
    OWNER_ORGANIZATION, /* key: its id */
    OWNER_TOKEN,        /* key: the 8 bytes that its access tokens carry, or any 64 bits of it */
    OWNER_KEYS          /* key: 0; the keys that sign tokens */
};

/* Which counter belongs to an owner: the same in every process. Below GENERATION_COUNTERS. */
uint32_t generation_slot(enum owner_kind kind, uint64_t key);

void generation_announce(struct generation_page *page, uint32_t slot);
/* The version moves to `now`, or by one if it is there already or the clock went back. */
void generation_end(struct generation_page *page, uint32_t slot, usec now);

/* The same for every counter: a retired signing key, an import, a database that was replaced. */
void generation_announce_all(struct generation_page *page);
void generation_end_all(struct generation_page *page, usec now);

/* The version; `*announced` says whether a change is under way. */
uint64_t generation_read(const struct generation_page *page, uint32_t slot, bool *announced);
/* When the last change ended, never earlier than it did. */
usec generation_version_time(uint64_t version);

/*
 * Ends what dead processes left announced, as if they had committed, and moves every counter: a
 * machine that lost its power may have kept a commit and lost the version that came with it.
 * For the daemon that has just taken the exclusive lock on its folder, before it announces anything
 * itself.
 * ERR_BUSY  another process has the page open for writing, and may be at work: every counter was
 *           moved, but what is announced stays so
 * ERR_IO    the same, as the file could not be locked
 */
enum error generation_clear_announcements(struct generation_page *page, usec now) MUST_CHECK;

/*
 * The follower's heartbeat. Where changes are made on other hosts too, a follower moves the
 * counters here, and the page speaks the truth only as long as the follower lives.
 */
void generation_beat(struct generation_page *page, usec now);
usec generation_heartbeat(const struct generation_page *page); /* 0: never */
/* How old a heartbeat may be; 0, as in a new page, says that nobody else makes changes. */
void generation_set_max_lag(struct generation_page *page, usec max_lag);
/* False when the last heartbeat is further than the maximal lag from `now`, on either side. */
bool generation_is_current(const struct generation_page *page, usec now);

/* What a decision rests on: three counters and the versions that they had. All zero: nothing. */
struct basis {
    uint32_t slot[3];
    uint64_t version[3];
};

/* Read BEFORE the database is read, see above. An owner that there is not has key 0. */
struct basis basis_take(const struct generation_page *page, uint64_t user_id,
                        uint64_t organization_id, uint64_t token_key);
/*
 * None of the three has moved since, none is announced now, and none was when it was taken.
 * Once false for a basis, it stays false. Says nothing about generation_is_current.
 */
bool basis_holds(const struct generation_page *page, const struct basis *basis);

#endif
