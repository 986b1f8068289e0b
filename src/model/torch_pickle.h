/* torch_pickle.h - what names, calls and storages mean in PyTorch's pickles. */
#ifndef IMP_TORCH_PICKLE_H
#define IMP_TORCH_PICKLE_H

#include "model/pickle.h"

/* Elements that tensors look at, kept apart from the pickle under a key. */
typedef struct imp_storage {
    struct imp_storage *next;
    imp_text key;
    imp_dtype dtype;
    size_t bytes;            /* declared                              */
    const uint8_t *data;     /* set by the container's reader         */
    void *owned;             /* may be NULL; freed with the torch, or once every tensor */
    size_t waiting;          /* that looks at it has been handed over: so many are left  */
} imp_storage;

/* One pickle of PyTorch being read. */
typedef struct imp_torch {
    imp_reader *r;
    imp_pickle *pickle;
    imp_storage *storages;   /* by last key first                     */
    size_t n_storages;
    size_t n_visited;
} imp_torch;

imp_status imp_torch_init(imp_torch *t, imp_reader *r, const uint8_t *data, size_t len);
void imp_torch_free(imp_torch *t);

/* The storage of that key, NULL if no tensor mentions it. */
imp_storage *imp_torch_storage(const imp_torch *t, imp_text key);

/* Makes s->data available; called for storages that wanted tensors look at. */
typedef imp_status imp_storage_load(void *user, imp_storage *s);

/* Hands the tensors of a dictionary to the job, those of dictionaries in it under "KEY.". */
imp_status imp_torch_collect(imp_torch *t, const imp_value *root, imp_storage_load *load,
                             void *user);

#endif
