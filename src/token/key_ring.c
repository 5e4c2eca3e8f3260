#include "token/key_ring.h"

#include "token/internal.h"

static bool has_duplicates(struct signing_key *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (!str_is_empty(keys[i]->kid) && str_equal(keys[i]->kid, keys[j]->kid))
                return true;
    return false;
}

static enum error check(struct signing_key *const *keys, size_t count, size_t current,
                        size_t access)
{
    if (count == 0 || count > KEY_RING_MAX || current >= count || access >= count)
        return ERR_LIMIT;
    if (has_duplicates(keys, count))
        return ERR_CONFLICT;
    return keys[current]->verifies_only || keys[access]->verifies_only ? ERR_FORBIDDEN : OK;
}

enum error key_ring_new(struct signing_key *const *keys, size_t count, size_t current,
                        struct key_ring **out)
{
    return key_ring_new_with(keys, count, current, current, out);
}

enum error key_ring_new_with(struct signing_key *const *keys, size_t count, size_t current,
                             size_t access, struct key_ring **out)
{
    enum error err = check(keys, count, current, access);
    if (err) {
        for (size_t i = 0; i < count; i++)
            signing_key_free(keys[i]);
        return err;
    }
    struct key_ring *ring = calloc(1, sizeof(*ring));
    if (!ring)
        abort(); /* as an arena does: a process that is truly out of memory stops */
    arena_init(&ring->arena);
    ring->count = count;
    ring->current = current;
    ring->access = access;
    for (size_t i = 0; i < count; i++) {
        ring->keys[i] = keys[i];
        ring->headers[i] = jwt_header_write(keys[i]->algorithm, keys[i]->kid, &ring->arena);
    }
    *out = ring;
    return OK;
}

void key_ring_free(struct key_ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->count; i++)
        signing_key_free(ring->keys[i]);
    arena_release(&ring->arena);
    free(ring);
}

const struct signing_key *key_ring_current(const struct key_ring *ring)
{
    return ring->keys[ring->current];
}

const struct signing_key *key_ring_access(const struct key_ring *ring)
{
    return ring->keys[ring->access];
}

const struct signing_key *key_ring_upstream(const struct key_ring *ring)
{
    const struct signing_key *own = key_ring_find(ring, STR(""));
    return own && !own->verifies_only ? own : key_ring_current(ring);
}

size_t key_ring_count(const struct key_ring *ring)
{
    return ring->count;
}

const struct signing_key *key_ring_at(const struct key_ring *ring, size_t index)
{
    return ring->keys[index];
}

const struct signing_key *key_ring_find(const struct key_ring *ring, str kid)
{
    for (size_t i = 0; i < ring->count; i++)
        if (str_equal(ring->keys[i]->kid, kid))
            return ring->keys[i];
    return NULL;
}

str key_ring_jwks(const struct key_ring *ring, struct arena *arena)
{
    str set = STR("{\"keys\":["), separator = STR("");
    for (size_t i = 0; i < ring->count; i++) {
        str jwk = signing_key_jwk(ring->keys[i], arena);
        if (str_is_empty(jwk))
            continue;
        set = ARENA_JOIN(arena, set, separator, jwk);
        separator = STR(",");
    }
    return ARENA_JOIN(arena, set, STR("]}"));
}
