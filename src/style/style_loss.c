/* style_loss.c - see style_loss.h. */
#include "style/style_loss.h"

imp_status imp_style_loss_init(imp_style_loss *loss, const imp_ops *ops,
                               const imp_params *params, const imp_tensor *shape,
                               const imp_mask *mask, double weight, imp_error *err)
{
    imp_status status;
    imp_features seen;

    *loss = (imp_style_loss) { .kind = params->style_loss };
    status = imp_region_init(&loss->region, ops, mask, IMP_REGION_FILLS, err);
    if (status != IMP_OK || !imp_style_loss_counts(loss)) return status;
    seen = imp_region_see(&loss->region, shape);
    if (loss->kind == IMP_STYLE_GRAM)
        return imp_gram_loss_init(&loss->gram, ops, params, &seen, weight, err);
    return imp_wasserstein_loss_init(&loss->wasserstein, ops, params, &seen, weight, err);
}

void imp_style_loss_free(imp_style_loss *loss)
{
    imp_region_free(&loss->region);
    imp_gram_loss_free(&loss->gram);
    imp_wasserstein_loss_free(&loss->wasserstein);
}

uint64_t imp_style_loss_bytes(const imp_params *params, const imp_tensor *shape, bool region)
{
    if (params->style_loss == IMP_STYLE_GRAM) return imp_gram_loss_bytes(shape);
    return region ? imp_wasserstein_loss_region_bytes(shape)
                  : imp_wasserstein_loss_bytes(shape);
}

size_t imp_style_loss_room(const imp_params *params, const imp_tensor *shape)
{
    return params->style_loss == IMP_STYLE_GRAM ? 0 : imp_wasserstein_loss_room(shape);
}

bool imp_style_loss_counts(const imp_style_loss *loss)
{
    return !imp_region_is_empty(&loss->region);
}

void imp_style_loss_drop(imp_style_loss *loss)
{
    imp_region_free(&loss->region);
}

void imp_style_loss_target(imp_style_loss *loss, const imp_features *f, float *room)
{
    if (!imp_style_loss_counts(loss)) return;
    if (loss->kind == IMP_STYLE_GRAM) imp_gram_loss_target(&loss->gram, f);
    else imp_wasserstein_loss_target(&loss->wasserstein, f, room);
}

void imp_style_loss_measure(imp_style_loss *loss, const imp_tensor *tap, float *room)
{
    const imp_features f = imp_region_see(&loss->region, tap);

    if (!imp_style_loss_counts(loss)) return;
    if (loss->kind == IMP_STYLE_GRAM) loss->value = imp_gram_loss_eval(&loss->gram, &f);
    else imp_wasserstein_loss_measure(&loss->wasserstein, &f, room);
}

void imp_style_loss_solve(imp_style_loss *loss)
{
    if (loss->kind == IMP_STYLE_WASSERSTEIN && imp_style_loss_counts(loss))
        loss->value = imp_wasserstein_loss_solve(&loss->wasserstein);
}

void imp_style_loss_gradient(const imp_style_loss *loss, const imp_tensor *tap,
                             imp_tensor *grad, float *room)
{
    const imp_features f = imp_region_see(&loss->region, tap);

    if (!imp_style_loss_counts(loss)) return;
    if (loss->kind == IMP_STYLE_GRAM) imp_gram_loss_gradient(&loss->gram, &f, grad);
    else imp_wasserstein_loss_gradient(&loss->wasserstein, &f, grad, room);
}
