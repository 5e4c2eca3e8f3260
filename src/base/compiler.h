/*
 * What the compiler is asked for beyond plain C17: checked results, handles that close themselves.
 */
#ifndef LATCHKEY_BASE_COMPILER_H
#define LATCHKEY_BASE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Calls `release(&variable)` when the variable goes out of scope. */
#define CLEANUP(release) __attribute__((cleanup(release)))

/* The arguments from number `first` on are checked against the format, number `at`, as printf's
 * are. */
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first), nonnull(at)))

#define NO_RETURN _Noreturn
#define UNUSED __attribute__((unused))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
