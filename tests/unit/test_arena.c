#include "base/arena.h"
#include "unit/test.h"

/* Odd texts before, so that what follows starts anywhere, at a block's end too. */
static void memory_is_aligned_wherever_a_block_ends(void **state)
{
    (void)state;
    for (size_t used = 8100; used <= 8192; used++) {
        struct arena arena = {0};
        memset(arena_bytes(&arena, used), 'x', used);
        for (size_t bytes = 1; bytes <= 48; bytes++) {
            unsigned char *memory = arena_alloc(&arena, bytes);
            if ((uintptr_t)memory % _Alignof(max_align_t) != 0)
                fail_msg("%zu bytes after %zu are not aligned", bytes, used);
            for (size_t i = 0; i < bytes; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 'y', bytes);
        }
        arena_release(&arena);
    }
}

static void what_is_larger_than_a_block_fits_too(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *large = arena_alloc(&arena, 100000);
    large[99999] = 'x';
    str copy = arena_copy(&arena, str_of(large, 100000));
    assert_int_equal(copy.len, 100000);
    assert_int_equal(copy.ptr[100000], '\0');
    arena_reset(&arena);
    assert_str("after a reset", arena_copy(&arena, STR("abc")), STR("abc"));
    arena_release(&arena);
}

/* In the block that an arena keeps: what was given out is wiped, wherever it ended. */
static void a_secret_is_gone_after_a_reset(void **state)
{
    (void)state;
    for (size_t before = 0; before < 8192; before += 511) {
        struct arena arena = {0};
        arena_mark_secret(&arena);
        char *first = arena_bytes(&arena, 1);
        if (before > 0)
            (void)arena_bytes(&arena, before);
        str secret = arena_copy(&arena, STR("secret"));
        bool is_kept = secret.ptr > first && secret.ptr < first + 8192; /* else it was freed */
        arena_reset(&arena);
        if (is_kept && memcmp(secret.ptr, "\0\0\0\0\0\0", 6) != 0)
            fail_msg("a secret after %zu bytes is still there", before);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_wherever_a_block_ends),
        cmocka_unit_test(a_secret_is_gone_after_a_reset),
        cmocka_unit_test(what_is_larger_than_a_block_fits_too),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
