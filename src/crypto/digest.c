#include "crypto/digest.h"

#include "crypto/sha256.h"

void sha256(str data, unsigned char out[DIGEST_BYTES])
{
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, data.ptr, data.len);
    SHA256_Final(out, &ctx);
    wipe(&ctx, sizeof(ctx));
}
