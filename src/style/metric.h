/* metric.h - L-BFGS's first metric: what stands in for the inverse of the Hessian before the
 * remembered pairs correct it (H0 in Nocedal and Wright, algorithm 7.4). */
#ifndef IMP_METRIC_H
#define IMP_METRIC_H

#include "style/archive.h"

/* Energies of the steps s and of the changes y of the gradient in each band, in sums that fade,
 * and the factors that follow from them: finite, above 0. */
typedef struct imp_band_metric {
    bool known;              /* a pair has been learnt from */
    double s[IMP_BANDS], y[IMP_BANDS];
    float factor[IMP_BANDS];
} imp_band_metric;

/* A multiple of the identity, as usual; or besides, a factor for each band of the picture: the
 * curvature of a style loss differs by a hundred times between broad greys and fine colours,
 * and with one number for all the steepest of them hold the others back. */
typedef struct imp_first_metric {
    const imp_ops *ops;
    imp_tensor shape;        /* of a vector; no data */
    imp_metric kind;
    double scalar;
    imp_band_metric bands;
} imp_first_metric;

/* The identity. A metric of bands is for three planes. */
void imp_metric_init(imp_first_metric *m, const imp_ops *ops, const imp_tensor *shape,
                     imp_metric kind);

/* Back to the identity. */
void imp_metric_forget(imp_first_metric *m);

/* Learns from a step s and the change y of the gradient over it; product = s y > 0. */
void imp_metric_learn(imp_first_metric *m, float *s, float *y, double product);

/* d = metric d */
void imp_metric_apply(const imp_first_metric *m, float *d);

/* Takes over the bands that were learnt at another size; the scalar is that size's alone. */
void imp_metric_carry(imp_first_metric *to, const imp_first_metric *from);

void imp_metric_visit(imp_first_metric *m, imp_archive *archive);

#endif
