/* hash.h - SHA-256 of memory and of files. */
#ifndef IMP_HASH_H
#define IMP_HASH_H

#include <impasto/base.h>

enum { IMP_SHA256_HEX = 65 };  /* 64 lower-case hexadecimal digits and a zero */

void imp_sha256(char hex[IMP_SHA256_HEX], const void *data, size_t len);

/* The same of a whole file, read in pieces. IMP_EIO names the path. */
IMP_MUST_CHECK imp_status
imp_sha256_file(char hex[IMP_SHA256_HEX], const char *path, imp_error *err);

#endif
