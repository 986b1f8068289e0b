/* style_loss.h - style at one tap, measured as the parameters say: by Gram matrices or by the
 * Wasserstein distance.
 *
 * One evaluation is measure(), solve() and then, on the way back, gradient(). solve() keeps to
 * the thread that calls it. */
#ifndef IMP_STYLE_LOSS_H
#define IMP_STYLE_LOSS_H

#include "style/losses.h"
#include "style/wasserstein.h"

typedef struct imp_style_loss {
    imp_style_kind kind;
    double value;
    imp_gram_loss gram;
    imp_wasserstein_loss wasserstein;
} imp_style_loss;

/* weight: the layer's and the term's, multiplied. Errors: IMP_ENOMEM. */
imp_status imp_style_loss_init(imp_style_loss *loss, const imp_ops *ops,
                               const imp_params *params, const imp_tensor *shape,
                               double weight, imp_error *err);
void imp_style_loss_free(imp_style_loss *loss);   /* also of a zeroed one */
uint64_t imp_style_loss_bytes(const imp_params *params, const imp_tensor *shape);

/* f: of the painting, at whatever size that has. */
void imp_style_loss_target(imp_style_loss *loss, const imp_tensor *f);

void imp_style_loss_measure(imp_style_loss *loss, const imp_tensor *f);
void imp_style_loss_solve(imp_style_loss *loss);   /* leaves the loss in loss->value */
void imp_style_loss_gradient(const imp_style_loss *loss, const imp_tensor *f,
                             imp_tensor *grad);

#endif
