/* average.h - the running average of the pictures that the optimiser goes through: recent ones
 * count most, and there is no pull towards zero at the start (Kingma and Ba, 2014, section 3,
 * do the same with moments). Noise from step to step is gone from it. */
#ifndef IMP_AVERAGE_H
#define IMP_AVERAGE_H

#include "style/archive.h"

typedef struct imp_average imp_average;

/* Bytes for n variables. */
uint64_t imp_average_bytes(size_t n);

/* Of n variables, 0 < decay < 1. The caller owns *out: imp_average_free().
 * Errors: IMP_ENOMEM. */
imp_status imp_average_new(imp_average **out, const imp_ops *ops, double decay, size_t n,
                           imp_error *err);
void imp_average_free(imp_average *average);

/* Counts one more x, in the backend's memory: after t of them the average is the sum of
 * decay^(t - i) x_i over i = 1 .. t, divided by the sum of those weights. Allocates
 * nothing. */
void imp_average_add(imp_average *average, const float *x);

/* Forgets all of them. */
void imp_average_restart(imp_average *average);

/* The average, rounded to floats, on the host. At least one x must have been added. */
void imp_average_get(float *host, const imp_average *average);

/* Its state, either way. */
void imp_average_visit(imp_average *average, imp_archive *archive);

#endif
