/*
 * Any bytes as the headers that name the original request, and as HTTP Basic. What is read is a
 * path that two readers cannot read differently: it begins with a slash, has no dot segment, no
 * empty one, and no control character.
 */
#include "fuzz/fuzz.h"
#include "gateway/credentials.h"
#include "gateway/original.h"

static void check_path(str path)
{
    if (str_is_empty(path))
        return;
    promise(path.ptr[0] == '/' && str_is_utf8(path) && !str_contains(path, STR("//")));
    struct str_pieces pieces = str_pieces(str_from_at(path, 1), '/');
    str piece;
    while (str_next_piece(&pieces, &piece))
        promise(!str_equal(piece, STR(".")) && !str_equal(piece, STR("..")));
    for (size_t i = 0; i < path.len; i++)
        promise((unsigned char)path.ptr[i] >= 0x20 && path.ptr[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    str text = fuzz_text(data + 1, size - 1), uri, other;
    (void)str_cut(text, '\n', &uri, &other);
    struct request rq;
    struct original original;
    struct presented presented;
    request_init(&rq);
    promise(request_set_target(&rq, STR("/auth")) == OK);
    if (data[0] & 1)
        request_set_header(&rq, HEADER_X_ORIGINAL_URI, uri);
    if (data[0] & 2)
        request_set_header(&rq, HEADER_X_FORWARDED_URI, other);
    if (data[0] & 4)
        request_set_header(&rq, HEADER_X_ORIGINAL_METHOD, other);
    request_set_header(&rq, HEADER_AUTHORIZATION,
                       ARENA_JOIN(&rq.arena, STR("Basic "), data[0] & 8 ? uri : other));
    if (original_read(&rq, true, &original) == OK)
        check_path(original.path);
    (void)!credentials_read(&rq, &presented);
    request_release(&rq);
    return 0;
}
