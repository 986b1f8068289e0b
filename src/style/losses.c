/* losses.c - see losses.h. */
#include "style/losses.h"

#include "base/error.h"

static double elements(const imp_features *f)
{
    return (double) f->map.c * f->pixels;
}

/* weight: what the sum, or the normalised sum, is multiplied by. */
static imp_reduced reduced(imp_reduction kind, double n, double weight)
{
    return (imp_reduced) {
        .scale = kind == IMP_REDUCE_MEAN ? weight / n : weight,
        .normalised = kind == IMP_REDUCE_NORMALISED,
    };
}

/* The loss of a - b. */
static double reduce(imp_reduced *by, const imp_ops *ops, const float *a, const float *b,
                     size_t n)
{
    const double squares = ops->squared_distance(a, b, n);
    const double divisor = by->normalised ? ops->absolute_distance(a, b, n) + 1e-8 : 1;

    by->slope = 2 * by->scale / divisor;
    by->sign = by->normalised ? -by->scale * squares / (divisor * divisor) : 0;
    return by->scale * squares / divisor;
}

/* --- Content ----------------------------------------------------------------------------- */

imp_status imp_content_loss_init(imp_content_loss *loss, const imp_ops *ops,
                                 const imp_params *params, const imp_features *shape,
                                 double weight, imp_error *err)
{
    const imp_tensor packed = imp_features_shape(shape);

    *loss = (imp_content_loss) {
        .ops = ops, .by = reduced(params->content_reduction, elements(shape), weight),
        .n = imp_tensor_floats(&packed), .target = ops->alloc(imp_tensor_floats(&packed)),
    };
    return loss->target ? IMP_OK : imp_fail(err, IMP_ENOMEM, "no memory for a content target");
}

void imp_content_loss_free(imp_content_loss *loss)
{
    if (loss->target) loss->ops->free(loss->target);
}

uint64_t imp_content_loss_bytes(const imp_tensor *shape)
{
    return imp_tensor_floats(shape) * sizeof(float);
}

void imp_content_loss_target(imp_content_loss *loss, const imp_tensor *packed)
{
    loss->ops->copy(loss->target, packed->data, loss->n);
}

double imp_content_loss_eval(imp_content_loss *loss, const imp_tensor *packed)
{
    return reduce(&loss->by, loss->ops, packed->data, loss->target, loss->n);
}

void imp_content_loss_gradient(const imp_content_loss *loss, const imp_tensor *packed,
                               imp_tensor *grad)
{
    const imp_reduced *by = &loss->by;

    loss->ops->add_difference(grad->data, packed->data, loss->target, by->slope, loss->n);
    if (by->normalised)
        loss->ops->add_signs(grad->data, packed->data, loss->target, by->sign, loss->n);
}

/* --- Style by Gram matrices -------------------------------------------------------------- */

static double gram_scale(imp_gram_norm norm, const imp_features *f)
{
    switch (norm) {
    case IMP_GRAM_HW: return 1 / (f->pixels);
    case IMP_GRAM_CHW: return 1 / elements(f);
    case IMP_GRAM_NONE: break;
    }
    return 1;
}

imp_status imp_gram_loss_init(imp_gram_loss *loss, const imp_ops *ops,
                              const imp_params *params, const imp_features *shape,
                              double weight, imp_error *err)
{
    const size_t n = (size_t) shape->map.c * (size_t) shape->map.c;
    const double divisor = params->style_norm == IMP_STYLE_NORM_CHW ? elements(shape) : 1;

    *loss = (imp_gram_loss) {
        .ops = ops, .by = reduced(params->style_reduction, (double) n, weight / divisor),
        .norm = params->gram_norm,
        .gram_scale = gram_scale(params->gram_norm, shape), .n = n,
        .target = ops->alloc(n), .gram = ops->alloc(n),
    };
    if (loss->target && loss->gram) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory for a Gram matrix of %d channels",
                    shape->map.c);
}

void imp_gram_loss_free(imp_gram_loss *loss)
{
    if (loss->target) loss->ops->free(loss->target);
    if (loss->gram) loss->ops->free(loss->gram);
}

uint64_t imp_gram_loss_bytes(const imp_tensor *shape)
{
    return 2 * (uint64_t) shape->c * (uint64_t) shape->c * sizeof(float);
}

void imp_gram_loss_target(imp_gram_loss *loss, const imp_features *f)
{
    loss->ops->gram(loss->target, &f->map, f->part, gram_scale(loss->norm, f));
}

double imp_gram_loss_eval(imp_gram_loss *loss, const imp_features *f)
{
    imp_reduced *by = &loss->by;
    double value;

    loss->ops->gram(loss->gram, &f->map, f->part, loss->gram_scale);
    value = reduce(by, loss->ops, loss->gram, loss->target, loss->n);
    loss->ops->subtract(loss->gram, loss->gram, loss->target, loss->n);
    if (by->normalised)
        loss->ops->add_signs(loss->gram, loss->gram, NULL, by->sign / by->slope, loss->n);
    return value;
}

void imp_gram_loss_gradient(const imp_gram_loss *loss, const imp_features *f,
                            imp_tensor *grad)
{
    /* dL/dG = slope * D is symmetric, so with G = g F F^T dL/dF is 2 g slope D F. */
    loss->ops->gram_backward(grad, loss->gram, NULL, &f->map, f->part,
                             2 * loss->gram_scale * loss->by.slope);
}
