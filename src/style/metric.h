/* metric.h - L-BFGS's first metric: what stands in for the inverse of the Hessian before the
 * remembered pairs correct it (H0 in Nocedal and Wright, algorithm 7.4). */
#ifndef IMP_METRIC_H
#define IMP_METRIC_H

#include "style/archive.h"

/* Energies of the steps s and of the changes y of the gradient in each band, in sums that
 * fade, and the factors that follow from them: finite, above 0. */
typedef struct imp_band_metric {
    bool known;              /* a pair has been learnt from */
    double s[IMP_BANDS], y[IMP_BANDS];
    float factor[IMP_BANDS];
} imp_band_metric;

/* Variables that stay: those of x, within low .. high, that grad pushes against an end. */
typedef struct imp_held {
    imp_tensor x;
    const float *grad, *low, *high;
} imp_held;

/* A multiple of the identity, as usual; or besides, a factor for each band of the picture: the
 * curvature of a style loss differs by a hundred times between broad greys and fine colours,
 * and with one number for all the steepest of them hold the others back. */
typedef struct imp_first_metric {
    const imp_ops *ops;
    imp_tensor shape;        /* of a vector; no data */
    imp_metric kind;
    double scalar;
    int shift;               /* of the blocks in which bands are seen */
    imp_band_metric bands;
    float *work[3];          /* for bands where some variables may stay, else NULL */
} imp_first_metric;

/* How many vectors it takes. */
size_t imp_metric_vectors(imp_metric kind, bool boxed);

/* The identity; boxed: some variables may stay. A metric of bands is for three planes. False:
 * no memory; to be freed all the same. */
bool imp_metric_init(imp_first_metric *m, const imp_ops *ops, const imp_tensor *shape,
                     imp_metric kind, bool boxed);
void imp_metric_free(imp_first_metric *m);

/* Back to the identity. */
void imp_metric_forget(imp_first_metric *m);

/* Learns from a step s and the change y of the gradient over it; product = s y > 0. */
void imp_metric_learn(imp_first_metric *m, float *s, float *y, double product);

/* d = metric d. With bands and variables that stay (NULL: there are none), it is the inverse
 * of the Hessian of those that move alone, and d is 0 where they stay. */
void imp_metric_apply(const imp_first_metric *m, float *d, const imp_held *held);

/* Takes over the bands that were learnt at another size; the scalar is that size's alone. */
void imp_metric_carry(imp_first_metric *to, const imp_first_metric *from);

void imp_metric_visit(imp_first_metric *m, imp_archive *archive);

#endif
