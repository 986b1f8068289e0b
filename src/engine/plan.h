/* plan.h - one piece of memory shared by things that live at different times. */
#ifndef IMP_PLAN_H
#define IMP_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/tensor.h"

/* Something that needs `bytes` from moment `first` to moment `last`, both included. */
typedef struct imp_block {
    size_t bytes;            /* a multiple of IMP_ALIGN; 0: nothing */
    int first, last;
    size_t offset;           /* where it lies: imp_plan_place() */
} imp_block;

/* It is needed at that moment, too, which is not before the first. */
static inline void imp_block_keep(imp_block *b, int moment)
{
    if (b->last < moment) b->last = moment;
}

/* Rounds up to IMP_ALIGN; false if it does not fit. */
bool imp_plan_round(size_t *bytes);

/* What a tensor needs, rounded up; false if it does not fit. */
bool imp_plan_tensor(size_t *bytes, const imp_tensor *t);

/* Finds places so that no two blocks that live at the same moment overlap: the largest first,
 * each as low as it fits. *total is the size of the whole. Reorders the n pointers. False if
 * the sizes do not fit a size_t. */
bool imp_plan_place(imp_block **blocks, size_t n, size_t *total);

#endif
