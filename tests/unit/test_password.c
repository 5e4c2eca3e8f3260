#include "unit/test.h"

#include <assert.h>
#include <pthread.h>
#include <unistd.h>

#include "base/arena.h"
#include "crypto/password.h"
#include "crypto/password_stored.h"
#include "crypto/random.h"

static void our_own_hashes_are_todays(void **state)
{
    (void)state;
    struct arena arena = {0};
    bool outdated = true;
    str stored, again;
    assert_ok("hash", password_hash(&arena, STR("correct horse"), &stored));
    assert_ok("hash", password_hash(&arena, STR("correct horse"), &again));
    assert_true(str_starts(stored, STR("$argon2id$v=19$m=65536,t=3,p=1$")));
    assert_false(str_equal(stored, again));
    assert_ok("right", password_check(stored, STR("correct horse"), &outdated));
    assert_false(outdated);
    assert_error("wrong", password_check(stored, STR("correct house"), &outdated), ERR_FORGED);
    assert_error("cut", password_check(stored, STR("correct hors"), &outdated), ERR_FORGED);
    assert_error("empty", password_check(stored, STR(""), &outdated), ERR_FORGED);
    assert_ok("waste", password_waste(STR("anything")));
    arena_release(&arena);
}

static void passwords_are_compared_whole(void **state)
{
    (void)state;
    struct arena arena = {0};
    bool outdated;
    str stored, with_nul = STR("ab\0cd"), longest, longer;
    char *text = arena_bytes(&arena, PASSWORD_BYTES_MAX + 1);
    memset(text, 'x', PASSWORD_BYTES_MAX + 1);
    longest = str_of(text, PASSWORD_BYTES_MAX);
    longer = str_of(text, PASSWORD_BYTES_MAX + 1);
    assert_ok("with a NUL", password_hash(&arena, with_nul, &stored));
    assert_ok("with a NUL", password_check(stored, with_nul, &outdated));
    assert_error("up to the NUL", password_check(stored, STR("ab"), &outdated), ERR_FORGED);
    assert_ok("the longest", password_hash(&arena, longest, &stored));
    assert_error("longer", password_check(stored, longer, &outdated), ERR_FORGED);
    assert_error("longer", password_hash(&arena, longer, &stored), ERR_TOO_LARGE);
    arena_release(&arena);
}

static void hashes_of_others_open_for_the_right_password_and_are_outdated(void **state)
{
    (void)state;
    static const struct {
        const char *why, *password, *stored;
    } cases[] = {
        {"Label Studio 1.23", "Adm1nPass!",
         "pbkdf2_sha256$1000000$wUMAnYrPZemnVeLrIH8LcC$VnMAb/"
         "k3nIv5sapMweR6CgFkDGkYMe0h+MnXmNDDGNs="},
        {"RFC 7914 11", "passwd",
         "pbkdf2_sha256$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw="},
        {"RFC 7914 11", "Password",
         "pbkdf2_sha256$80000$NaCl$TdzY9guYviGDDO5e8icB+WQaRBjQTAQUrv8Ih2s0q1Y="},
        {"RFC 6070 2", "password", "pbkdf2_sha1$1$salt$DGDID5YfDnHzqbUkr2ASBi/gN6Y="},
        {"RFC 6070 2", "password", "pbkdf2_sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE="},
        {"Django's argon2, eight lanes", "Adm1nPass!",
         "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$YlL1L/"
         "PA6hY8erVziRZXsrhR08VM36DdVae81lC9QK8"},
        {"argon2id, cheaper", "pw",
         "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$qaWuWNjWlsmlk0vwSA6PBw"},
        {"argon2id, two lanes", "pw",
         "$argon2id$v=19$m=64,t=1,p=2$c2FsdHNhbHRzYWx0c2FsdA$AEhnExUIibUqTEOyeAzZfV/"
         "Dc2V2VZxnwnzPvzpFX0U"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool outdated = false;
        str stored = str_from(cases[i].stored);
        assert_ok(cases[i].why, password_check(stored, str_from(cases[i].password), &outdated));
        assert_true(outdated);
        assert_error(cases[i].why, password_check(stored, STR("another"), &outdated), ERR_FORGED);
    }
}

static void no_password_works_for_these(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "!",
        "!pbkdf2_sha256$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "plain",
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv",
        "pbkdf2_sha512$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "pbkdf2_sha256",
        "pbkdf2_sha256$",
        "pbkdf2_sha256$1$salt",
        "pbkdf2_sha256$1$$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "pbkdf2_sha256$0$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "pbkdf2_sha256$-1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "pbkdf2_sha256$01$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "pbkdf2_sha256$10000001$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        "pbkdf2_sha256$99999999999999999999$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
        /* the digest: cut, without padding, with a line feed, of another hash, not canonical */
        "pbkdf2_sha256$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw",
        "pbkdf2_sha256$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=\n",
        "pbkdf2_sha256$1$salt$DGDID5YfDnHzqbUkr2ASBi/gN6Y=",
        "pbkdf2_sha256$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLx=",
        "pbkdf2_sha256$1$salt$",
        "pbkdf2_sha1$1$salt$DGDID5YfDnHzqbUkr2ASBi_gN6Y=",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$m=64,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=64,t=17,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=64,t=1,p=17$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=7,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$t=1,m=64,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=64,t=1,p=1$$VawEblbjCJ/sFpHCJUS2BQ",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ$",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BR",
        "argon2$$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$VawEblbjCJ/sFpHCJUS2BQ",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool outdated = false;
        assert_error(cases[i], password_check(str_from(cases[i]), STR("pw"), &outdated),
                     ERR_MALFORMED);
        assert_false(outdated);
    }
}

static void a_very_long_stored_text_is_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct stored_password stored;
    char *salt = arena_bytes(&arena, 10000);
    memset(salt, 's', 10000);
    const size_t lengths[] = {PBKDF2_SALT_MAX, PBKDF2_SALT_MAX + 1, 10000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        str text = ARENA_JOIN(&arena, STR("pbkdf2_sha256$1$"), str_of(salt, lengths[i]),
                              STR("$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw="));
        assert_error("salt", stored_password_read(text, &stored), i == 0 ? OK : ERR_MALFORMED);
    }
    arena_release(&arena);
}

static void *check_once(void *busy)
{
    enum error err = password_waste(STR("x"));
    assert(err == OK || err == ERR_BUSY);
    if (err == ERR_BUSY)
        __atomic_add_fetch((int *)busy, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void a_crowd_is_turned_away_and_the_next_one_is_served(void **state)
{
    (void)state;
    /* cores at work, eight times as many waiting, and as many again too many */
    pthread_t threads[512];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = (size_t)cores * 10;
    int busy = 0;
    if (count > COUNT_OF(threads))
        skip();
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, check_once, &busy), 0);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    assert_true(busy > 0);
    assert_ok("later", password_waste(STR("x")));
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_hashes_are_todays),
        cmocka_unit_test(passwords_are_compared_whole),
        cmocka_unit_test(hashes_of_others_open_for_the_right_password_and_are_outdated),
        cmocka_unit_test(no_password_works_for_these),
        cmocka_unit_test(a_very_long_stored_text_is_refused),
        cmocka_unit_test(a_crowd_is_turned_away_and_the_next_one_is_served),
    };
    return cmocka_run_group_tests_name("password", tests, start, NULL);
}
