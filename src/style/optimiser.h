/* optimiser.h - walks: from a picture and its gradient to the next picture to look at.
 * Knows nothing of networks or losses. Reverse communication: whoever drives it evaluates. */
#ifndef IMP_OPTIMISER_H
#define IMP_OPTIMISER_H

#include <impasto/style.h>

#include "engine/ops.h"

typedef struct imp_optimiser imp_optimiser;

/* Bytes of state for n variables. */
uint64_t imp_optimiser_bytes(size_t n);

/* For n variables. The caller owns *out: imp_optimiser_free(). Errors: IMP_ENOMEM. */
imp_status imp_optimiser_new(imp_optimiser **out, const imp_ops *ops, const imp_params *params,
                             size_t n, imp_error *err);
void imp_optimiser_free(imp_optimiser *opt);

/* Given the loss and its gradient at x, overwrites x by the next point to look at. A line
 * search's trial points are points like any other: each call is one evaluation. Allocates
 * nothing. */
void imp_optimiser_next(imp_optimiser *opt, float *x, double loss, const float *grad);

#endif
