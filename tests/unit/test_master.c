/* The master key's file: each test has a folder of its own. */
#include "unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/master.h"
#include "crypto/random.h"

struct place {
    struct arena arena;
    char folder[64];
    str path;
    str problem;
};

static void place_init(struct place *place)
{
    *place = (struct place){.folder = "/tmp/latchkey-master-XXXXXX", .problem = STR("")};
    assert_non_null(mkdtemp(place->folder));
    place->path = arena_printf(&place->arena, "%s/master.key", place->folder);
}

static void place_remove(struct place *place)
{
    DIR *dir = opendir(place->folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(place->folder);
    arena_release(&place->arena);
}

static size_t files_in(const struct place *place)
{
    size_t count = 0;
    DIR *dir = opendir(place->folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void put_file(struct place *place, size_t bytes, mode_t mode)
{
    const char *path = arena_cstr(&place->arena, place->path);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    static const char content[64] = {1};
    assert_int_equal(write(fd, content, bytes), bytes);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void the_first_start_makes_a_key_and_the_next_one_reads_it(void **state)
{
    (void)state;
    struct place place;
    struct master first, second;
    struct stat st;
    place_init(&place);
    assert_error("before",
                 master_open(place.path, MASTER_EXPECT, &place.arena, &place.problem, &first),
                 ERR_NOT_FOUND);
    assert_int_equal(files_in(&place), 0);
    umask(0);
    assert_ok("made", master_open(place.path, MASTER_MAKE, &place.arena, &place.problem, &first));
    assert_int_equal(stat(arena_cstr(&place.arena, place.path), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, MASTER_BYTES);
    assert_int_equal(files_in(&place), 1);
    assert_ok("read", master_open(place.path, MASTER_MAKE, &place.arena, &place.problem, &second));
    assert_memory_equal(&first, &second, sizeof(first));
    master_release(&second);
    static const struct master empty;
    assert_memory_equal(&second, &empty, sizeof(empty));
    assert_memory_not_equal(&first, &empty, sizeof(empty));
    place_remove(&place);
}

static void a_file_that_others_could_read_or_change_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        mode_t mode;
        enum error err;
    } cases[] = {
        {"ours", 0600, OK},
        {"a credential", 0400, OK},
        {"the world reads", 0604, ERR_FORBIDDEN},
        {"the world writes", 0602, ERR_FORBIDDEN},
        {"the group writes", 0620, ERR_FORBIDDEN},
        {"all", 0666, ERR_FORBIDDEN},
        {"a program", 0700, ERR_FORBIDDEN},
        {"setuid", 04600, ERR_FORBIDDEN},
    };
    struct place place;
    struct master master;
    place_init(&place);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        put_file(&place, MASTER_BYTES, cases[i].mode);
        assert_error(cases[i].why,
                     master_open(place.path, MASTER_MAKE, &place.arena, &place.problem, &master),
                     cases[i].err);
        if (cases[i].err)
            assert_true(str_contains(place.problem, STR("chmod 600")));
    }
    place_remove(&place);
}

static void a_file_of_another_length_is_refused_and_left_alone(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 31, 33, 64};
    struct place place;
    struct master master;
    struct stat st;
    place_init(&place);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        put_file(&place, lengths[i], 0600);
        assert_error("length",
                     master_open(place.path, MASTER_MAKE, &place.arena, &place.problem, &master),
                     ERR_MALFORMED);
        assert_true(str_contains(place.problem, STR("backup")));
        assert_int_equal(stat(arena_cstr(&place.arena, place.path), &st), 0);
        assert_int_equal(st.st_size, lengths[i]);
    }
    place_remove(&place);
}

static void what_is_no_file_is_refused_without_waiting(void **state)
{
    (void)state;
    struct place place;
    struct master master;
    place_init(&place);
    const char *path = arena_cstr(&place.arena, place.path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_error("a pipe",
                 master_open(place.path, MASTER_MAKE, &place.arena, &place.problem, &master),
                 ERR_MALFORMED);
    unlink(path);
    assert_error(
        "a folder",
        master_open(str_from(place.folder), MASTER_MAKE, &place.arena, &place.problem, &master),
        ERR_MALFORMED);
    assert_error("no folder",
                 master_open(STR("/nonexistent/folder/master.key"), MASTER_MAKE, &place.arena,
                             &place.problem, &master),
                 ERR_NOT_FOUND);
    place_remove(&place);
}

struct opener {
    str path;
    struct master master;
    enum error err;
};

static void *open_one(void *memory)
{
    struct opener *opener = memory;
    struct arena arena = {0};
    str problem;
    opener->err = master_open(opener->path, MASTER_MAKE, &arena, &problem, &opener->master);
    arena_release(&arena);
    return NULL;
}

static void of_many_who_make_it_at_once_all_get_the_same(void **state)
{
    (void)state;
    struct place place;
    struct opener openers[8];
    pthread_t threads[8];
    place_init(&place);
    for (size_t i = 0; i < COUNT_OF(openers); i++) {
        openers[i] = (struct opener){.path = place.path};
        assert_int_equal(pthread_create(&threads[i], NULL, open_one, &openers[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(openers); i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < COUNT_OF(openers); i++) {
        assert_ok("opened", openers[i].err);
        assert_memory_equal(&openers[i].master, &openers[0].master, sizeof(struct master));
    }
    assert_int_equal(files_in(&place), 1);
    place_remove(&place);
}

static void each_purpose_has_a_subkey_of_its_own(void **state)
{
    (void)state;
    const struct master one = {{1}}, two = {{2}};
    unsigned char a[SUBKEY_BYTES], b[SUBKEY_BYTES], c[SUBKEY_BYTES], d[SUBKEY_BYTES];
    master_subkey(&one, "a", a);
    master_subkey(&one, "a", b);
    master_subkey(&one, "b", c);
    master_subkey(&two, "a", d);
    assert_memory_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, c, sizeof(a));
    assert_memory_not_equal(a, d, sizeof(a));
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_start_makes_a_key_and_the_next_one_reads_it),
        cmocka_unit_test(a_file_that_others_could_read_or_change_is_refused),
        cmocka_unit_test(a_file_of_another_length_is_refused_and_left_alone),
        cmocka_unit_test(what_is_no_file_is_refused_without_waiting),
        cmocka_unit_test(of_many_who_make_it_at_once_all_get_the_same),
        cmocka_unit_test(each_purpose_has_a_subkey_of_its_own),
    };
    return cmocka_run_group_tests_name("master", tests, start, NULL);
}
