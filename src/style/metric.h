/* metric.h - the first metric of L-BFGS: what stands in for the inverse of the loss's curvature
 * before the remembered pairs correct it. */
#ifndef IMP_METRIC_H
#define IMP_METRIC_H

#include "style/archive.h"

/* A multiple of the identity, as usual, or besides a factor for each band of the picture: the
 * curvature of a style loss differs by a hundred times between broad greys and fine colours,
 * and one number for all lets the steepest of them hold the others back. */
typedef struct imp_first_metric {
    const imp_ops *ops;
    imp_tensor shape;        /* of a vector; no data                                        */
    imp_metric kind;
    double scalar;
    bool known;              /* there are factors                                           */
    double moved[IMP_BANDS], turned[IMP_BANDS];   /* energies of s and of y, in fading sums */
    float factor[IMP_BANDS];
} imp_first_metric;

void imp_metric_init(imp_first_metric *m, const imp_ops *ops, const imp_tensor *shape,
                     imp_metric kind);

/* Back to the identity. */
void imp_metric_forget(imp_first_metric *m);

/* Learns from a step s and the change y of the gradient over it; product = s y > 0. */
void imp_metric_learn(imp_first_metric *m, float *s, float *y, double product);

/* d = metric d */
void imp_metric_apply(const imp_first_metric *m, float *d);

/* The factors of bands that were learnt at another size. */
void imp_metric_carry(imp_first_metric *to, const imp_first_metric *from);

void imp_metric_visit(imp_first_metric *m, imp_archive *archive);

#endif
