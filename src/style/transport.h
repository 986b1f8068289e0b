/* transport.h - the optimal transport between two normal distributions N(0, C1) and N(0, C2):
 * the linear map T, symmetric and positive, with T C1 T = C2. The squared 2-Wasserstein
 * distance is tr C1 + tr C2 - 2 tr (C1 T), its derivative with respect to C1 is I - T
 * (Dowson and Landau 1982; Olkin and Pukelsheim 1982). In double, one thread, all memory
 * taken beforehand. Formulas: docs/maths.md.
 *
 * To each covariance epsilon I is added first. Matrices lie column by column; of symmetric
 * ones all elements are given and made. */
#ifndef IMP_TRANSPORT_H
#define IMP_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <impasto/base.h>

typedef struct imp_transport {
    int c;
    double epsilon;
    double target_trace;     /* of C2 + epsilon I                                       */
    double *root;            /* L, C2 + epsilon I = L L^T                               */
    int rank;                /* of C2, at most                                          */
    double *map;             /* c x c: T, or other things on the way                    */
    double *a;               /* c x columns                                             */
    double *b;               /* c x c                                                   */
    bool neglected;          /* by the last imp_transport_columns(): C1's epsilon       */
    double *spectrum;        /* c                                                       */
    double *work;            /* of imp_eigen(), and 2 c x c for products                */
    int *iwork;
} imp_transport;

/* columns: from c to 2 c. IMP_ENOMEM. */
imp_status imp_transport_init(imp_transport *t, int c, int columns, double epsilon,
                              imp_error *err);
void imp_transport_free(imp_transport *t);   /* also of a zeroed one */
uint64_t imp_transport_bytes(int c, int columns);

/* b += columns columns^T, n columns of c numbers. */
void imp_transport_add(imp_transport *t, double *b, const double *columns, int n);

/* C2, of that rank at most, becomes the target. If it is not finite no distance from it is,
 * either. */
void imp_transport_target(imp_transport *t, const double *c2, int rank);

/* With C1 in t->b: leaves T in t->map, and in *distance the squared distance. False if numbers
 * are not finite. */
bool imp_transport_map(imp_transport *t, double *distance);

/* The same for C1 = A A^T with A in t->a, n columns whose sum is 0 if each is multiplied by
 * its weight (NULL: 1 each): leaves T A in t->a. If n < c this is done by n x n matrices, C1's
 * epsilon left out, provided that it costs less than IMP_TRANSPORT_NEGLECT of the distance and
 * of A - T A. */
bool imp_transport_columns(imp_transport *t, int n, const float *weight, double *distance);

#define IMP_TRANSPORT_NEGLECT 1e-4

#endif
