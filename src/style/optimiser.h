/* optimiser.h - walks: from a picture and its gradient to the next picture to look at.
 * Knows nothing of networks or losses. Reverse communication: whoever drives it evaluates. */
#ifndef IMP_OPTIMISER_H
#define IMP_OPTIMISER_H

#include <impasto/style.h>

#include "engine/ops.h"

typedef struct imp_optimiser imp_optimiser;

/* Bytes of state for n variables. */
uint64_t imp_optimiser_bytes(const imp_params *params, size_t n);

/* For a variable of the planar shape of `like`. With params->clamp it stays within the range
 * of colours; with that or a metric of bands it has three planes. All memory is taken here.
 * The caller owns *out: imp_optimiser_free(). Errors: IMP_ENOMEM. */
imp_status imp_optimiser_new(imp_optimiser **out, const imp_ops *ops, const imp_params *params,
                             const imp_tensor *like, imp_error *err);
void imp_optimiser_free(imp_optimiser *opt);

/* As new, wherever it is. */
void imp_optimiser_restart(imp_optimiser *opt);

/* Given the loss and its gradient at x, overwrites x by the next point to look at, and expects
 * to be called with just that x. A line search's trial points are points like any other: each
 * call is one evaluation. Allocates nothing. */
void imp_optimiser_next(imp_optimiser *opt, float *x, double loss, const float *grad);

/* Takes over into a new optimiser what another of the same parameters, both of three planes,
 * has learnt at another size. Adam: the moments, enlarged (the first by a bicubic filter, the
 * second by a bilinear one, so that none falls below zero), and the count of steps. L-BFGS:
 * the factors of its first metric's bands, if it has any; its pairs mislead at another size.
 * Errors: IMP_ENOMEM; `to` may then have a part of it. */
imp_status imp_optimiser_carry(imp_optimiser *to, const imp_optimiser *from, imp_error *err);

/* --- To interrupt a run and go on with the same bits ------------------------------------- *
 * What is kept, besides x, which is the caller's: a head (magic number, version, optimiser,
 * line search, history, metric, shape), then
 *   Adam: the count of steps; both moments;
 *   L-BFGS: whether it has begun, whether its next step is a first one, the number of pairs,
 *   the first metric (the scalar, whether there are bands; energies of s and y and the factor
 *   in each); the line search (start, bracket, trial, counts); the point and gradient that the
 *   search started from, its direction, with Wolfe's conditions the gradient at the best
 *   trial; the pairs, oldest first;
 * and a check sum. Numbers are as this machine has them; another byte order is refused. */

/* Hands out or fills `size` bytes; false ends it. */
typedef bool imp_optimiser_move(void *user, void *data, size_t size);

/* Errors: IMP_EIO if `move` says so, IMP_ENOMEM. */
imp_status imp_optimiser_save(imp_optimiser *opt, imp_optimiser_move *move, void *user,
                              imp_error *err);

/* Into an optimiser made with the same parameters for the same shape. Errors: as above, and
 * IMP_EFORMAT: not such a state, damaged, or of another version, shape or kind. After an error
 * the optimiser is as new. */
imp_status imp_optimiser_load(imp_optimiser *opt, imp_optimiser_move *move, void *user,
                              imp_error *err);

#endif
