/*
 * What every unit test includes: cmocka and the headers that it wants first.
 */
#ifndef LATCHKEY_TESTS_UNIT_TEST_H
#define LATCHKEY_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* Fails the test, naming the case, with what came and what was wanted. */
#define assert_str(why, got, want)                                                                 \
    do {                                                                                           \
        str got_ = (got), want_ = (want);                                                          \
        if (!str_equal(got_, want_))                                                               \
            fail_msg("%s: came '%.*s', wanted '%.*s'", (why), STR_ARG(got_), STR_ARG(want_));      \
    } while (0)

#define assert_error(why, got, want)                                                               \
    do {                                                                                           \
        enum error got_ = (got), want_ = (want);                                                   \
        if (got_ != want_)                                                                         \
            fail_msg("%s: came %s, wanted %s", (why), error_name(got_), error_name(want_));        \
    } while (0)

#define assert_ok(why, got) assert_error((why), (got), OK)

#endif
