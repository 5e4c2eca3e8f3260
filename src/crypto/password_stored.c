#include "crypto/password_stored.h"

#include "base/encoding.h"

#define PHC_MAX 127 /* libsodium's crypto_pwhash_STRBYTES, without the NUL */

static bool read_number(str text, str name, int64_t min, int64_t max, int64_t *out)
{
    if (!str_starts(text, name))
        return false;
    str digits = str_from_at(text, name.len);
    int64_t value;
    if (digits.len == 0 || digits.ptr[0] == '0' || str_to_i64(digits, &value) || value < min ||
        value > max)
        return false;
    *out = value;
    return true;
}

static bool is_base64(str text, size_t min, size_t max)
{
    if (text.len < min || text.len > max)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/'))
            return false;
    }
    return true;
}

/* "m=65536,t=3,p=1" */
static enum error read_costs(str text, bool *are_todays)
{
    str memory_text, passes_text, lanes_text, rest;
    int64_t memory, passes, lanes;
    if (!str_cut(text, ',', &memory_text, &rest) || !str_cut(rest, ',', &passes_text, &lanes_text))
        return ERR_MALFORMED;
    if (!read_number(lanes_text, STR("p="), 1, ARGON2_LANES_MAX, &lanes) ||
        !read_number(passes_text, STR("t="), 1, ARGON2_PASSES_MAX, &passes) ||
        !read_number(memory_text, STR("m="), 8 * lanes, ARGON2_MEMORY_KIB_MAX, &memory))
        return ERR_MALFORMED;
    *are_todays = memory == ARGON2_MEMORY_KIB && passes == ARGON2_PASSES && lanes == ARGON2_LANES;
    return OK;
}

/* "$argon2id$v=19$m=…,t=…,p=…$SALT$DIGEST", the digest 16 to 64 bytes and the salt 8 to 48. */
static enum error read_argon2id(str text, struct stored_password *out)
{
    str rest = text;
    if (text.len > PHC_MAX || !str_starts(text, STR("$argon2id$v=19$")))
        return ERR_MALFORMED;
    rest = str_from_at(text, STR("$argon2id$v=19$").len);
    str costs, salt, digest;
    if (!str_cut(rest, '$', &costs, &rest) || !str_cut(rest, '$', &salt, &digest) ||
        !is_base64(salt, 11, 64) || !is_base64(digest, 22, 86))
        return ERR_MALFORMED;
    enum error err = read_costs(costs, &out->is_todays);
    out->form = STORED_ARGON2ID;
    out->phc = text;
    return err;
}

/* "ITERATIONS$SALT$DIGEST", the digest in base64 with padding. */
static enum error read_pbkdf2(str text, enum stored_form form, size_t digest_len,
                              struct stored_password *out)
{
    str iterations_text, salt, digest, rest;
    int64_t iterations;
    if (!str_cut(text, '$', &iterations_text, &rest) || !str_cut(rest, '$', &salt, &digest) ||
        !read_number(iterations_text, STR(""), 1, PBKDF2_ITERATIONS_MAX, &iterations) ||
        salt.len == 0 || salt.len > PBKDF2_SALT_MAX)
        return ERR_MALFORMED;
    /* The padding is cut and the rest read as base64url's twin: one decoder, no allocation. */
    size_t pads = digest_len % 3 == 0 ? 0 : 3 - digest_len % 3;
    size_t whole = (digest_len + 2) / 3 * 4;
    char url[64];
    if (digest.len != whole || !is_base64(str_slice(digest, 0, whole - pads), 1, sizeof(url)) ||
        !str_equal(str_from_at(digest, whole - pads), str_slice(STR("=="), 0, pads)))
        return ERR_MALFORMED;
    for (size_t i = 0; i < whole - pads; i++) {
        char c = digest.ptr[i];
        url[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    enum error err =
        base64url_decode_into(out->digest, str_of(url, whole - pads), &out->digest_len);
    out->form = form;
    out->iterations = (int)iterations;
    out->salt = salt;
    return err;
}

enum error stored_password_read(str text, struct stored_password *out)
{
    struct stored_password stored = {.phc = STR(""), .salt = STR("")};
    str scheme, rest;
    enum error err = ERR_MALFORMED;
    if (text.len > PASSWORD_STORED_MAX || !str_cut(text, '$', &scheme, &rest))
        return ERR_MALFORMED;
    if (scheme.len == 0)
        err = read_argon2id(text, &stored);
    else if (str_equal(scheme, STR("pbkdf2_sha256")))
        err = read_pbkdf2(rest, STORED_PBKDF2_SHA256, 32, &stored);
    else if (str_equal(scheme, STR("pbkdf2_sha1")))
        err = read_pbkdf2(rest, STORED_PBKDF2_SHA1, 20, &stored);
    else if (str_equal(scheme, STR("argon2"))) { /* Django's name before the PHC text */
        err = read_argon2id(str_from_at(text, scheme.len), &stored);
        stored.is_todays = false;
    }
    if (!err)
        *out = stored;
    return err;
}
