/* optimiser.c - see optimiser.h. Adam (Kingma and Ba, 2014, arXiv 1412.6980, algorithm 1). */
#include "style/optimiser.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

struct imp_optimiser {
    const imp_ops *ops;
    size_t n;
    double rate, beta1, beta2, epsilon;
    bool epsilon_hat;
    int t;                   /* steps taken                  */
    float *m, *v;            /* first and second raw moments */
};

uint64_t imp_optimiser_bytes(size_t n)
{
    return 2 * (uint64_t) n * sizeof(float);
}

imp_status imp_optimiser_new(imp_optimiser **out, const imp_ops *ops, const imp_params *params,
                             size_t n, imp_error *err)
{
    imp_optimiser *opt = imp_alloc(1, sizeof *opt);

    *out = NULL;
    if (!opt) return imp_fail(err, IMP_ENOMEM, "no memory for the optimiser");
    *opt = (imp_optimiser) {
        .ops = ops, .n = n, .rate = params->learning_rate, .beta1 = params->beta1,
        .beta2 = params->beta2, .epsilon = params->epsilon,
        .epsilon_hat = params->epsilon_hat, .m = ops->alloc(n), .v = ops->alloc(n),
    };
    if (!opt->m || !opt->v) {
        imp_optimiser_free(opt);
        return imp_fail(err, IMP_ENOMEM, "no memory for the optimiser's moments: %zu floats",
                        2 * n);
    }
    *out = opt;
    return IMP_OK;
}

void imp_optimiser_free(imp_optimiser *opt)
{
    if (!opt) return;
    opt->ops->free(opt->m);
    opt->ops->free(opt->v);
    imp_free(opt);
}

void imp_optimiser_next(imp_optimiser *opt, float *x, double loss, const float *grad)
{
    const int t = ++opt->t;
    const double correction2 = 1 - pow(opt->beta2, t);
    /* sqrt(v) + hat, all divided by sqrt(correction2), is sqrt(v / correction2) + this: */
    const double epsilon = opt->epsilon_hat ? opt->epsilon / sqrt(correction2) : opt->epsilon;
    const imp_adam k = {
        .rate = opt->rate, .beta1 = opt->beta1, .beta2 = opt->beta2, .epsilon = epsilon,
        .correction1 = 1 - pow(opt->beta1, t), .correction2 = correction2,
    };

    (void) loss;
    opt->ops->adam(x, grad, opt->m, opt->v, &k, opt->n);
}
