#include "token/jwt.h"

#include "base/encoding.h"
#include "token/internal.h"

str jwt_header_write(enum jwt_algorithm algorithm, str kid, struct arena *arena)
{
    str name = jwt_algorithm_name(algorithm);
    if (algorithm == JWT_HS256 && str_is_empty(kid))
        return STR("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"); /* {"alg":"HS256","typ":"JWT"} */
    str json = str_is_empty(kid)
                   ? ARENA_JOIN(arena, STR("{\"alg\":\""), name, STR("\",\"typ\":\"JWT\"}"))
                   : ARENA_JOIN(arena, STR("{\"alg\":\""), name, STR("\",\"kid\":\""), kid,
                                STR("\",\"typ\":\"JWT\"}"));
    return base64url_encode(arena, json);
}

static str text_member(json_t *root, const char *name, struct arena *arena)
{
    json_t *value = json_object_get(root, name);
    if (!json_is_string(value))
        return STR("");
    return arena_copy(arena, str_of(json_string_value(value), json_string_length(value)));
}

/* Nothing critical is understood here (RFC 7515 4.1.11); b64 would change what is signed (RFC
 * 7797). */
static bool is_acceptable(json_t *root)
{
    json_t *kid = json_object_get(root, "kid");
    json_t *b64 = json_object_get(root, "b64");
    return json_is_string(json_object_get(root, "alg")) && !json_object_get(root, "crit") &&
           (!kid || json_is_string(kid)) && (!b64 || json_is_true(b64));
}

enum error jwt_header_read(str part, struct arena *arena, struct jwt_header *out)
{
    str text;
    enum error err = base64url_decode(arena, part, &text);
    if (err)
        return err;
    json_t *root = json_object_read(text);
    bool good = root && is_acceptable(root);
    if (good) {
        out->alg = text_member(root, "alg", arena);
        out->kid = text_member(root, "kid", arena);
    }
    json_decref(root);
    return good ? OK : ERR_MALFORMED;
}
