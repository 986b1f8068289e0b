/* context.h - the inside of a context. */
#ifndef IMP_CONTEXT_H
#define IMP_CONTEXT_H

#include "engine/ops.h"

struct imp_context {
    int threads;
    const imp_ops *ops;
    uint64_t max_memory;     /* 0: what is free */
};

#endif
