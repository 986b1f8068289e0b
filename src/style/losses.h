/* losses.h - what is measured at one tap: value, and gradient added on the way back.
 *
 * F is the tap's output as C rows of H W pixels. A loss is made for the shape of its tap, then
 * shown the target once; after that it allocates nothing. Formulas: docs/maths.md. */
#ifndef IMP_LOSSES_H
#define IMP_LOSSES_H

#include "engine/ops.h"

/* scale * sum (F - P)^2, P being the photograph's F (Gatys, Ecker and Bethge 2015, eq. 1). */
typedef struct imp_content_loss {
    const imp_ops *ops;
    double scale;
    float *target;           /* P, laid out as F */
    size_t n;
} imp_content_loss;

/* weight: the layer's and the term's, multiplied. Errors: IMP_ENOMEM. */
imp_status imp_content_loss_init(imp_content_loss *loss, const imp_ops *ops,
                                 const imp_params *params, const imp_tensor *shape,
                                 double weight, imp_error *err);
void imp_content_loss_free(imp_content_loss *loss);   /* also of a zeroed one */
uint64_t imp_content_loss_bytes(const imp_tensor *shape);

void imp_content_loss_target(imp_content_loss *loss, const imp_tensor *f);
double imp_content_loss_eval(const imp_content_loss *loss, const imp_tensor *f);
void imp_content_loss_gradient(const imp_content_loss *loss, const imp_tensor *f,
                               imp_tensor *grad);

/* scale * sum (G - A)^2, G = gram_scale F F^T, A being the painting's G (ibid., eq. 3-5). */
typedef struct imp_gram_loss {
    const imp_ops *ops;
    double scale, gram_scale;
    float *target;           /* A, C x C                          */
    float *gram;             /* G; after an evaluation G - A      */
    size_t n;
    imp_gram_norm norm;
} imp_gram_loss;

imp_status imp_gram_loss_init(imp_gram_loss *loss, const imp_ops *ops,
                              const imp_params *params, const imp_tensor *shape,
                              double weight, imp_error *err);
void imp_gram_loss_free(imp_gram_loss *loss);
uint64_t imp_gram_loss_bytes(const imp_tensor *shape);

/* f: of the painting, at whatever size that has. */
void imp_gram_loss_target(imp_gram_loss *loss, const imp_tensor *f);
double imp_gram_loss_eval(imp_gram_loss *loss, const imp_tensor *f);
void imp_gram_loss_gradient(const imp_gram_loss *loss, const imp_tensor *f, imp_tensor *grad);

#endif
