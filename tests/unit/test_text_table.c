#include "unit/test.h"

#include "cli/say.h"
#include "cli/text_table.h"

static const char *const headings[] = {"ID", "NAME", "STATE"};

struct sample {
    struct arena arena;
    struct text_table table;
    struct buf out;
};

static void begin(struct sample *s)
{
    *s = (struct sample){0};
    buf_init(&s->out, 65536);
    table_begin(&s->table, &s->arena, headings, COUNT_OF(headings));
}

static void end(struct sample *s)
{
    buf_release(&s->out);
    arena_release(&s->arena);
}

static void columns_line_up_and_the_last_one_has_no_blanks_behind(void **state)
{
    (void)state;
    CLEANUP(end) struct sample s;
    begin(&s);
    TABLE_ADD(&s.table, STR("1"), STR("Zoë"), STR("on"));
    TABLE_ADD(&s.table, STR("100"), STR(""), STR("off"));
    table_write(&s.table, 0, &s.out);
    assert_str("the table", buf_str(&s.out),
               STR("ID   NAME  STATE\n"
                   "1    Zoë   on\n"
                   "100        off\n"));
}

static void the_widest_columns_give_way_to_the_terminal(void **state)
{
    (void)state;
    CLEANUP(end) struct sample s;
    begin(&s);
    TABLE_ADD(&s.table, STR("1"), STR("Wolfeschlegelsteinhausenbergerdorff"), STR("on"));
    TABLE_ADD(&s.table, STR("2"), STR("ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ"), STR("off"));
    table_write(&s.table, 24, &s.out);
    assert_str("cut to 24", buf_str(&s.out),
               STR("ID  NAME           STATE\n"
                   "1   Wolfeschlege…  on\n"
                   "2   ÄÖÜÄÖÜÄÖÜÄÖÜ…  off\n"));
}

static void no_column_vanishes_on_a_narrow_terminal(void **state)
{
    (void)state;
    CLEANUP(end) struct sample s;
    begin(&s);
    TABLE_ADD(&s.table, STR("123456789"), STR("123456789"), STR("123456789"));
    table_write(&s.table, 5, &s.out);
    assert_str("each keeps six", buf_str(&s.out),
               STR("ID      NAME    STATE\n12345…  12345…  12345…\n"));
}

static void nothing_in_a_cell_is_a_command_to_the_terminal(void **state)
{
    (void)state;
    static const struct {
        str text, shown;
    } cases[] = {
        {STR_INIT("a\x1b[2Jb"), STR_INIT("a?[2Jb")},
        {STR_INIT("a\nb\tc\x7f"), STR_INIT("a?b?c?")},
        {STR_INIT("a\xc2\x9b"
                  "2J"),
         STR_INIT("a??2J")},
        {STR_INIT("Zo\xc3\xab"), STR_INIT("Zo\xc3\xab")},
        {STR_INIT("\xc3\x9f"), STR_INIT("\xc3\x9f")}, /* ß ends in 9f, and is a letter */
        {STR_INIT(""), STR_INIT("")},
    };
    CLEANUP(arena_release) struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str("made safe", say_safely(&arena, cases[i].text), cases[i].shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up_and_the_last_one_has_no_blanks_behind),
        cmocka_unit_test(the_widest_columns_give_way_to_the_terminal),
        cmocka_unit_test(no_column_vanishes_on_a_narrow_terminal),
        cmocka_unit_test(nothing_in_a_cell_is_a_command_to_the_terminal),
    };
    return cmocka_run_group_tests_name("text_table", tests, NULL, NULL);
}
