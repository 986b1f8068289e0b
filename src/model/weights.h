/* weights.h - a table of named tensors, whatever file they came from. */
#ifndef IMP_WEIGHTS_H
#define IMP_WEIGHTS_H

#include <impasto/base.h>

enum { IMP_MAX_DIMS = 8, IMP_TENSOR_NAME = 128 };

/* A dense tensor of floats, the last dimension running fastest. */
typedef struct imp_named_tensor {
    char name[IMP_TENSOR_NAME];
    int n_dims;
    size_t dims[IMP_MAX_DIMS];
    float *data;             /* product of dims; owned by the table */
} imp_named_tensor;

typedef struct imp_weights {
    imp_named_tensor *item;
    size_t n;
    char sha256[65];         /* of the file */
} imp_weights;

/* What to take out of a file. */
typedef struct imp_weights_want {
    bool (*wanted)(const char *name);   /* NULL: every tensor; others are not even read      */
    size_t max_bytes;                   /* of memory beside the file itself; 0: 512 MiB, or
                                         * 16 times the file if that is more                 */
} imp_weights_want;

/* Reads any of the supported files, told apart by content; `want` may be NULL for everything.
 * See imp_model_load() for the errors; IMP_ELIMIT is possible too.
 * Ownership: the caller owns *out: imp_weights_free(). Threads: safe. */
IMP_MUST_CHECK imp_status
imp_weights_read(imp_weights **out, const char *path, const imp_weights_want *want,
                 imp_error *err);

/* The same from memory; `name` stands for the path in messages (the fuzzers' door). */
IMP_MUST_CHECK imp_status
imp_weights_parse(imp_weights **out, const void *data, size_t len, const char *name,
                  const imp_weights_want *want, imp_error *err);

void imp_weights_free(imp_weights *w);

/* The tensor of that name, NULL if there is none. Owned by the table. */
const imp_named_tensor *imp_weights_find(const imp_weights *w, const char *name);

/* Elements of a tensor. */
size_t imp_named_tensor_size(const imp_named_tensor *t);

#endif
