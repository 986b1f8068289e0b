/* wasserstein.h - style as the squared 2-Wasserstein distance between two normal
 * distributions, those with the mean and the covariance of the picture's and of the
 * painting's features at one tap. Formulas: docs/maths.md.
 *
 * One evaluation is measure(), solve() and then gradient(). Only measure() and gradient() do
 * work by the backend; solve() keeps to one thread and is where the time goes. */
#ifndef IMP_WASSERSTEIN_H
#define IMP_WASSERSTEIN_H

#include "style/feature_map.h"
#include "style/transport.h"

typedef struct imp_wasserstein_loss {
    const imp_ops *ops;
    double scale;            /* weight, divided as the parameters say                      */
    int columns, block;      /* pixels seen, and the layout of the maps                    */
    double pixels;           /* of the whole tap: the sum of the squares of their weights  */
    bool few;                /* not many more pixels than channels: `image` is made, else  */
                             /* `gram` and `shift`                                         */
    imp_transport transport;
    float *target_mean;      /* m2; this, `mean` and `host` are the host's                 */
    float *mean;             /* after solve() what `shift` is to be                        */
    float *host;             /* what came from the backend, or goes to it                  */
    size_t n_host;
    float *gram, *shift;     /* F F^T / pixels, then I - T; T m1 - m2: the backend's       */
    const float *weight;     /* of the pixels that measure() saw, NULL: 1 each; lent        */
    float *image;            /* where the features are to go, m2 + T (F - m1)              */
} imp_wasserstein_loss;

/* weight: the layer's and the term's, multiplied. Errors: IMP_ENOMEM. */
imp_status imp_wasserstein_loss_init(imp_wasserstein_loss *loss, const imp_ops *ops,
                                     const imp_params *params, const imp_features *shape,
                                     double weight, imp_error *err);
void imp_wasserstein_loss_free(imp_wasserstein_loss *loss);   /* also of a zeroed one */
uint64_t imp_wasserstein_loss_bytes(const imp_tensor *shape);

/* The same for a region of that, at most: few pixels take more than many. */
uint64_t imp_wasserstein_loss_region_bytes(const imp_tensor *shape);

/* Floats of `room` for looking at a region of that shape: few pixels are packed. */
size_t imp_wasserstein_loss_room(const imp_tensor *shape);

/* f: of the painting, at whatever size that has. room: for as many floats as are seen of it;
 * here and below it is not used, and may be NULL, if that is all. */
void imp_wasserstein_loss_target(imp_wasserstein_loss *loss, const imp_features *f,
                                 float *room);

void imp_wasserstein_loss_measure(imp_wasserstein_loss *loss, const imp_features *f,
                                  float *room);
double imp_wasserstein_loss_solve(imp_wasserstein_loss *loss);   /* the loss */
void imp_wasserstein_loss_gradient(const imp_wasserstein_loss *loss, const imp_features *f,
                                   imp_tensor *grad, float *room);

#endif
