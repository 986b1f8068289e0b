/* style_loss.h - one style at one tap: in its region, measured as the parameters say, by Gram
 * matrices or by the Wasserstein distance.
 *
 * One evaluation is measure(), solve() and then, on the way back, gradient(). solve() keeps to
 * the thread that calls it. */
#ifndef IMP_STYLE_LOSS_H
#define IMP_STYLE_LOSS_H

#include "style/losses.h"
#include "style/region.h"
#include "style/wasserstein.h"

typedef struct imp_style_loss {
    imp_style_kind kind;
    double value;
    imp_region region;       /* of the picture; without pixels there is no loss */
    imp_gram_loss gram;
    imp_wasserstein_loss wasserstein;
} imp_style_loss;

/* weight: the layer's, the style's and the term's, multiplied. mask: where the style goes, of
 * the tap's size; NULL: everywhere. Errors: IMP_ENOMEM. */
imp_status imp_style_loss_init(imp_style_loss *loss, const imp_ops *ops,
                               const imp_params *params, const imp_tensor *shape,
                               const imp_mask *mask, double weight, imp_error *err);
void imp_style_loss_free(imp_style_loss *loss);   /* also of a zeroed one */
/* region: of any region, at most. What imp_region_bytes() says comes on top of that. */
uint64_t imp_style_loss_bytes(const imp_params *params, const imp_tensor *shape, bool region);

/* Floats of `room` that measure() and gradient() want for a region of that shape. */
size_t imp_style_loss_room(const imp_params *params, const imp_tensor *shape);

/* f: of the painting, at whatever size that has. room: for as many floats as are seen of it.
 * Here and below it is not used, and may be NULL, if that is all. */
void imp_style_loss_target(imp_style_loss *loss, const imp_features *f, float *room);

/* Is there anything to measure? */
bool imp_style_loss_counts(const imp_style_loss *loss);

/* From now on there is not. */
void imp_style_loss_drop(imp_style_loss *loss);

void imp_style_loss_measure(imp_style_loss *loss, const imp_tensor *tap, float *room);
void imp_style_loss_solve(imp_style_loss *loss);   /* leaves the loss in loss->value */
void imp_style_loss_gradient(const imp_style_loss *loss, const imp_tensor *tap,
                             imp_tensor *grad, float *room);

#endif
