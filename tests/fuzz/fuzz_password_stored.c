/*
 * Any bytes as a stored password hash. What is accepted is within the bounds that keep a check
 * affordable, and borrows from the input only.
 */
#include <assert.h>

#include "crypto/password_stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_part(str part, str whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stored_password stored;
    str input = str_of((const char *)data, size);
    if (stored_password_read(input, &stored) != OK)
        return 0;
    assert(is_part(stored.phc, input) && is_part(stored.salt, input));
    if (stored.form == STORED_ARGON2ID) {
        assert(stored.phc.len < 128);
    } else {
        assert(!stored.is_todays);
        assert(stored.iterations > 0 && stored.iterations <= PBKDF2_ITERATIONS_MAX);
        assert(stored.salt.len > 0 && stored.salt.len <= PBKDF2_SALT_MAX);
        assert(stored.digest_len == (stored.form == STORED_PBKDF2_SHA1 ? 20 : 32));
    }
    return 0;
}
