/* losses.c - see losses.h. */
#include "style/losses.h"

#include "base/error.h"

static double elements(const imp_tensor *t)
{
    return (double) t->c * t->h * t->w;
}

/* --- Content ----------------------------------------------------------------------------- */

imp_status imp_content_loss_init(imp_content_loss *loss, const imp_ops *ops,
                                 const imp_params *params, const imp_tensor *shape,
                                 double weight, imp_error *err)
{
    const double mean = params->content_reduction == IMP_REDUCE_MEAN ? 1 / elements(shape) : 1;

    *loss = (imp_content_loss) {
        .ops = ops, .scale = weight * mean, .n = imp_tensor_floats(shape),
        .target = ops->alloc(imp_tensor_floats(shape)),
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

void imp_content_loss_target(imp_content_loss *loss, const imp_tensor *f)
{
    loss->ops->copy(loss->target, f->data, loss->n);
}

double imp_content_loss_eval(const imp_content_loss *loss, const imp_tensor *f)
{
    return loss->scale * loss->ops->squared_distance(f->data, loss->target, loss->n);
}

void imp_content_loss_gradient(const imp_content_loss *loss, const imp_tensor *f,
                               imp_tensor *grad)
{
    loss->ops->add_difference(grad->data, f->data, loss->target, 2 * loss->scale, loss->n);
}

/* --- Style by Gram matrices -------------------------------------------------------------- */

static double gram_scale(imp_gram_norm norm, const imp_tensor *f)
{
    switch (norm) {
    case IMP_GRAM_HW: return 1 / ((double) f->h * f->w);
    case IMP_GRAM_CHW: return 1 / elements(f);
    case IMP_GRAM_NONE: break;
    }
    return 1;
}

imp_status imp_gram_loss_init(imp_gram_loss *loss, const imp_ops *ops,
                              const imp_params *params, const imp_tensor *shape,
                              double weight, imp_error *err)
{
    const size_t n = (size_t) shape->c * (size_t) shape->c;
    const double mean = params->style_reduction == IMP_REDUCE_MEAN ? 1 / (double) n : 1;
    const double divisor = params->style_norm == IMP_STYLE_NORM_CHW ? elements(shape) : 1;

    *loss = (imp_gram_loss) {
        .ops = ops, .scale = weight * mean / divisor, .norm = params->gram_norm,
        .gram_scale = gram_scale(params->gram_norm, shape), .n = n,
        .target = ops->alloc(n), .gram = ops->alloc(n),
    };
    if (loss->target && loss->gram) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory for a Gram matrix of %d channels", shape->c);
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

void imp_gram_loss_target(imp_gram_loss *loss, const imp_tensor *f)
{
    loss->ops->gram(loss->target, f, gram_scale(loss->norm, f));
}

double imp_gram_loss_eval(imp_gram_loss *loss, const imp_tensor *f)
{
    loss->ops->gram(loss->gram, f, loss->gram_scale);
    loss->ops->subtract(loss->gram, loss->gram, loss->target, loss->n);
    return loss->scale * loss->ops->squared_norm(loss->gram, loss->n);
}

void imp_gram_loss_gradient(const imp_gram_loss *loss, const imp_tensor *f, imp_tensor *grad)
{
    /* d/dF of s sum (G - A)^2 with G = g F F^T is 4 s g (G - A) F, as G - A is symmetric. */
    loss->ops->gram_backward(grad, loss->gram, f, 4 * loss->scale * loss->gram_scale);
}
