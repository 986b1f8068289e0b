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

/* --- A file that appears under its name whole or not at all ------------------------------ */

/* A temporary file beside `path` ("-": standard output) is filled, synced and renamed; one
 * that is replaced hands on its permissions. What is no regular file is written as it is. */
typedef struct imp_new_file {
    const char *path;
    char *temporary, *target;   /* NULL: written to as it is */
    int fd;
} imp_new_file;

/* In this order; after an error or imp_new_file_drop() nothing is left behind or to be done.
 * `path` must last as long. Errors: IMP_EIO, IMP_ENOMEM; the message names the path. */
IMP_MUST_CHECK imp_status
imp_new_file_open(imp_new_file *file, const char *path, imp_error *err);
IMP_MUST_CHECK imp_status
imp_new_file_write(imp_new_file *file, const void *data, size_t len, imp_error *err);
IMP_MUST_CHECK imp_status imp_new_file_keep(imp_new_file *file, imp_error *err);
void imp_new_file_drop(imp_new_file *file);

/* All of it at once. */
IMP_MUST_CHECK imp_status
imp_file_write(const char *path, const void *data, size_t len, imp_error *err);

/* Makes the folder and its parents. IMP_EIO names the one that failed. */
IMP_MUST_CHECK imp_status imp_folder_make(const char *path, imp_error *err);

#endif
