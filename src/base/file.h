/* file.h - whole files in, whole files out: nothing half-written under its final name. */
#ifndef IMP_FILE_H
#define IMP_FILE_H

#include <impasto/base.h>

/* Reads all of `path` ("-": standard input) into a new buffer that ends with an extra zero
 * byte.
 *
 * Ownership: the caller owns *data: imp_free().
 * Errors: IMP_EIO (also for a directory or an empty file), IMP_ELIMIT (more than max_bytes),
 * IMP_ENOMEM; the message names the path. Threads: safe. */
IMP_MUST_CHECK imp_status
imp_file_read(char **data, size_t *len, const char *path, size_t max_bytes, imp_error *err);

/* Writes a file that appears under `path` ("-": standard output) whole or not at all: a
 * temporary file beside it is filled, synced and renamed. Keeps the permissions of a file it
 * replaces.
 * Errors: IMP_EIO; the message names the path, and nothing is left behind. */
IMP_MUST_CHECK imp_status
imp_file_write(const char *path, const void *data, size_t len, imp_error *err);

/* Makes the folder and its parents. IMP_EIO names the one that failed. */
IMP_MUST_CHECK imp_status imp_folder_make(const char *path, imp_error *err);

#endif
