/* hash.c - see hash.h. The arithmetic is Nettle's. */
#include "base/hash.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void to_hex(char hex[IMP_SHA256_HEX], struct sha256_ctx *sha)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_digest(sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[IMP_SHA256_HEX - 1] = '\0';
}

void imp_sha256(char hex[IMP_SHA256_HEX], const void *data, size_t len)
{
    struct sha256_ctx sha;

    sha256_init(&sha);
    sha256_update(&sha, len, data);
    to_hex(hex, &sha);
}

imp_status imp_sha256_file(char hex[IMP_SHA256_HEX], const char *path, imp_error *err)
{
    imp_status status = IMP_OK;
    struct sha256_ctx sha;
    uint8_t piece[1 << 16];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (!f) return imp_fail(err, IMP_EIO, "%s: %s", path, strerror(errno));
    sha256_init(&sha);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        sha256_update(&sha, n, piece);
    if (ferror(f)) status = imp_fail(err, IMP_EIO, "%s: %s", path, strerror(errno));
    else to_hex(hex, &sha);
    fclose(f);
    return status;
}
