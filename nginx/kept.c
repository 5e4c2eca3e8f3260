#include "kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision/decision.h"

#define PATH_BYTES 4096
#define KEY_BYTES_MAX (KEPT_CREDENTIAL_MAX + sizeof(uint32_t))

struct kept {
    struct decision_cache *cache;
    struct generation_page *page; /* NULL: not mapped */
    char path[PATH_BYTES];        /* of the page */
    usec max_lag;
};

enum error kept_new(size_t entries, usec max_lag, struct kept **out)
{
    const struct decision_limits limits = {
        .entries = entries, .key_bytes_max = KEY_BYTES_MAX, .answer_bytes_max = TOLD_BYTES_MAX};
    struct kept *kept = calloc(1, sizeof(*kept));
    if (!kept)
        return ERR_INTERNAL;
    kept->max_lag = max_lag;
    enum error err = decision_cache_new(&limits, &kept->cache);
    if (err) {
        free(kept);
        return err;
    }
    *out = kept;
    return OK;
}

static void page_forget(struct kept *kept)
{
    generation_close(kept->page);
    kept->page = NULL;
}

void kept_free(struct kept *kept)
{
    if (!kept)
        return;
    page_forget(kept);
    decision_cache_free(kept->cache);
    free(kept);
}

/* A daemon that does not beat may have been replaced, and its page with it. */
static bool is_beating(const struct kept *kept, usec now)
{
    usec lag = now - generation_heartbeat(kept->page);
    return lag <= kept->max_lag && lag >= -kept->max_lag;
}

/* Who asks, then the credential, in `to`. */
static str key_bytes(const struct kept_key *key, char to[KEY_BYTES_MAX])
{
    memcpy(to, &key->asker, sizeof(key->asker));
    memcpy(to + sizeof(key->asker), key->credential.ptr, key->credential.len);
    return (str){to, sizeof(key->asker) + key->credential.len};
}

bool kept_find(struct kept *kept, const struct kept_key *key, usec now, char *bytes,
               struct told *out)
{
    char room[KEY_BYTES_MAX];
    size_t len;
    if (!kept->page || key->credential.len > KEPT_CREDENTIAL_MAX)
        return false;
    if (!is_beating(kept, now)) {
        page_forget(kept); /* the next answer names the page anew */
        return false;
    }
    str packed = key_bytes(key, room);
    bool found =
        decision_find(kept->cache, kept->page, key->tag, packed, now, bytes, TOLD_BYTES_MAX, &len);
    wipe(room, packed.len);
    return found && told_unpack((str){bytes, len}, out) == OK;
}

static enum error page_map(struct kept *kept, str path)
{
    if (kept->page && str_equal(path, str_from(kept->path)))
        return OK;
    if (path.len >= sizeof(kept->path))
        return ERR_TOO_LARGE;
    page_forget(kept);
    memcpy(kept->path, path.ptr, path.len);
    kept->path[path.len] = '\0';
    return generation_open(path, READ_ONLY, &kept->page);
}

enum error kept_add(struct kept *kept, const struct kept_key *key,
                    const struct told_decision *decision, const struct told *told)
{
    char bytes[TOLD_BYTES_MAX], room[KEY_BYTES_MAX];
    size_t len;
    if (key->credential.len > KEPT_CREDENTIAL_MAX)
        return OK; /* asked for each time */
    enum error err = page_map(kept, decision->page);
    if (!err)
        err = told_pack(told, bytes, &len);
    if (err)
        return err;
    str packed = key_bytes(key, room);
    decision_keep(kept->cache, kept->page, key->tag, packed, &decision->basis, decision->until,
                  (str){bytes, len});
    wipe(room, packed.len);
    wipe(bytes, len);
    return OK;
}

str kept_page(const struct kept *kept)
{
    return str_from(kept->path);
}
