/* style_loss.c - see style_loss.h. */
#include "style/style_loss.h"

imp_status imp_style_loss_init(imp_style_loss *loss, const imp_ops *ops,
                               const imp_params *params, const imp_tensor *shape,
                               double weight, imp_error *err)
{
    *loss = (imp_style_loss) { .kind = params->style_loss };
    if (loss->kind == IMP_STYLE_GRAM)
        return imp_gram_loss_init(&loss->gram, ops, params, shape, weight, err);
    return imp_wasserstein_loss_init(&loss->wasserstein, ops, params, shape, weight, err);
}

void imp_style_loss_free(imp_style_loss *loss)
{
    imp_gram_loss_free(&loss->gram);
    imp_wasserstein_loss_free(&loss->wasserstein);
}

uint64_t imp_style_loss_bytes(const imp_params *params, const imp_tensor *shape)
{
    if (params->style_loss == IMP_STYLE_GRAM) return imp_gram_loss_bytes(shape);
    return imp_wasserstein_loss_bytes(shape);
}

void imp_style_loss_target(imp_style_loss *loss, const imp_tensor *f)
{
    if (loss->kind == IMP_STYLE_GRAM) imp_gram_loss_target(&loss->gram, f);
    else imp_wasserstein_loss_target(&loss->wasserstein, f);
}

void imp_style_loss_measure(imp_style_loss *loss, const imp_tensor *f)
{
    if (loss->kind == IMP_STYLE_GRAM) loss->value = imp_gram_loss_eval(&loss->gram, f);
    else imp_wasserstein_loss_measure(&loss->wasserstein, f);
}

void imp_style_loss_solve(imp_style_loss *loss)
{
    if (loss->kind == IMP_STYLE_WASSERSTEIN)
        loss->value = imp_wasserstein_loss_solve(&loss->wasserstein);
}

void imp_style_loss_gradient(const imp_style_loss *loss, const imp_tensor *f, imp_tensor *grad)
{
    if (loss->kind == IMP_STYLE_GRAM) imp_gram_loss_gradient(&loss->gram, f, grad);
    else imp_wasserstein_loss_gradient(&loss->wasserstein, f, grad);
}
