/* archive.h - numbers and vectors to a stream of bytes and back, by one list of them for both
 * ways; what went wrong shows at the end. */
#ifndef IMP_ARCHIVE_H
#define IMP_ARCHIVE_H

#include <impasto/base.h>

#include "engine/ops.h"

typedef struct imp_archive {
    bool reading;
    bool (*move)(void *user, void *data, size_t size);
    void *user;
    const imp_ops *ops;
    float *host;             /* a piece of a vector on its way         */
    imp_status status;       /* the first failure; nothing moves after */
    uint64_t sum;            /* of all bytes so far                    */
} imp_archive;

/* Begun by setting the fields up to ops. False: no memory. */
bool imp_archive_begin(imp_archive *a);

void imp_archive_bytes(imp_archive *a, void *data, size_t size);
void imp_archive_int(imp_archive *a, int *v);
void imp_archive_bool(imp_archive *a, bool *v);
void imp_archive_double(imp_archive *a, double *v);
void imp_archive_vector(imp_archive *a, float *data, size_t n);   /* in the ops' memory */

/* A value that must be the same on both sides. */
void imp_archive_same(imp_archive *a, uint32_t v);

/* Reading: the status becomes IMP_EFORMAT unless this holds. */
void imp_archive_require(imp_archive *a, bool holds);

/* The check sum, which must be the same; frees the memory. Returns the status. */
imp_status imp_archive_end(imp_archive *a);

#endif
