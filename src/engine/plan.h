/* plan.h - one piece of memory shared by things that live at different times. */
#ifndef IMP_PLAN_H
#define IMP_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/* Something that needs `bytes` from moment `first` to moment `last`, both included. */
typedef struct imp_block {
    size_t bytes;            /* a multiple of IMP_ALIGN; 0: nothing */
    int first, last;
    size_t offset;           /* where it lies: imp_plan_place() */
} imp_block;

/* Finds places so that no two blocks that live at the same moment overlap: the largest first,
 * each as low as it fits. *total is the size of the whole. Reorders the n pointers. False if
 * the sizes do not fit a size_t. */
bool imp_plan_place(imp_block **blocks, size_t n, size_t *total);

#endif
