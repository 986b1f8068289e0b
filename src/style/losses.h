/* losses.h - what is measured at one tap: value, and gradient added on the way back.
 *
 * F is what is seen of the tap as C rows of pixels; the content's loss wants it packed. A loss
 * is made for the shape of that, then shown the target once; after that it allocates nothing.
 * Gradients are with respect to the tap, or to what is packed. Formulas: docs/maths.md. */
#ifndef IMP_LOSSES_H
#define IMP_LOSSES_H

#include "style/feature_map.h"

/* Differences d made into a loss: scale * sum d^2 or, normalised, scale * sum d^2 / sum |d|,
 * the divisor being differentiated as well: the gradient is slope * d + sign * sign(d). */
typedef struct imp_reduced {
    double scale;
    bool normalised;
    double slope, sign;      /* after an evaluation */
} imp_reduced;

/* F - P reduced, P being the photograph's F (Gatys, Ecker and Bethge 2015, eq. 1). */
typedef struct imp_content_loss {
    const imp_ops *ops;
    imp_reduced by;
    float *target;           /* P, laid out as F */
    size_t n;
} imp_content_loss;

/* weight: the layer's and the term's, multiplied. Errors: IMP_ENOMEM. */
imp_status imp_content_loss_init(imp_content_loss *loss, const imp_ops *ops,
                                 const imp_params *params, const imp_features *shape,
                                 double weight, imp_error *err);
void imp_content_loss_free(imp_content_loss *loss);   /* also of a zeroed one */
uint64_t imp_content_loss_bytes(const imp_tensor *shape);

void imp_content_loss_target(imp_content_loss *loss, const imp_tensor *packed);
double imp_content_loss_eval(imp_content_loss *loss, const imp_tensor *packed);
void imp_content_loss_gradient(const imp_content_loss *loss, const imp_tensor *packed,
                               imp_tensor *grad);

/* G - A reduced, G = gram_scale F F^T, A being the painting's G (ibid., eq. 3-5). */
typedef struct imp_gram_loss {
    const imp_ops *ops;
    imp_reduced by;
    double gram_scale;
    float *target;           /* A, C x C                              */
    float *gram;             /* G; after an evaluation dL/dG by slope */
    size_t n;
    imp_gram_norm norm;
} imp_gram_loss;

imp_status imp_gram_loss_init(imp_gram_loss *loss, const imp_ops *ops,
                              const imp_params *params, const imp_features *shape,
                              double weight, imp_error *err);
void imp_gram_loss_free(imp_gram_loss *loss);
uint64_t imp_gram_loss_bytes(const imp_tensor *shape);

/* f: of the painting, at whatever size that has. */
void imp_gram_loss_target(imp_gram_loss *loss, const imp_features *f);
double imp_gram_loss_eval(imp_gram_loss *loss, const imp_features *f);
void imp_gram_loss_gradient(const imp_gram_loss *loss, const imp_features *f,
                            imp_tensor *grad);

#endif
