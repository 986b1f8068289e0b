/* adam.c - Adam (Kingma and Ba, 2014, arXiv 1412.6980, algorithm 1). */
#include <math.h>

#include "style/walker.h"

typedef struct adam {
    imp_optimiser base;
    double rate, beta1, beta2, epsilon;
    bool epsilon_hat;
    int t;                   /* steps taken                  */
    float *m, *v;            /* first and second raw moments */
} adam;

static size_t vectors(const imp_params *params)
{
    (void) params;
    return 2;
}

static bool start(imp_optimiser *opt, const imp_params *params)
{
    adam *a = (adam *) opt;

    a->rate = params->learning_rate;
    a->beta1 = params->beta1;
    a->beta2 = params->beta2;
    a->epsilon = params->epsilon;
    a->epsilon_hat = params->epsilon_hat;
    a->m = opt->ops->alloc(opt->n);
    a->v = opt->ops->alloc(opt->n);
    return a->m && a->v;
}

static void stop(imp_optimiser *opt)
{
    adam *a = (adam *) opt;

    opt->ops->free(a->m);
    opt->ops->free(a->v);
}

static void reset(imp_optimiser *opt)
{
    adam *a = (adam *) opt;

    a->t = 0;
    opt->ops->fill(a->m, 0, opt->n);
    opt->ops->fill(a->v, 0, opt->n);
}

static void next(imp_optimiser *opt, float *x, double loss, const float *grad)
{
    adam *a = (adam *) opt;
    const int t = ++a->t;
    const double correction2 = 1 - pow(a->beta2, t);
    /* sqrt(v) + hat, all divided by sqrt(correction2), is sqrt(v / correction2) + this: */
    const double epsilon = a->epsilon_hat ? a->epsilon / sqrt(correction2) : a->epsilon;
    const imp_adam k = {
        .rate = a->rate, .beta1 = a->beta1, .beta2 = a->beta2, .epsilon = epsilon,
        .correction1 = 1 - pow(a->beta1, t), .correction2 = correction2,
    };

    (void) loss;
    opt->ops->adam(x, grad, a->m, a->v, &k, opt->n);
    imp_walker_keep_within(opt, x);
}

static imp_status carry(imp_optimiser *to, const imp_optimiser *from, imp_error *err)
{
    adam *a = (adam *) to;
    const adam *b = (const adam *) from;
    imp_status status;

    a->t = b->t;
    status = imp_walker_resize(to, a->m, from, b->m, IMP_FILTER_BICUBIC, err);
    if (status != IMP_OK) return status;
    return imp_walker_resize(to, a->v, from, b->v, IMP_FILTER_BILINEAR, err);
}

static void visit(imp_optimiser *opt, imp_archive *archive)
{
    adam *a = (adam *) opt;

    imp_archive_int(archive, &a->t);
    imp_archive_require(archive, a->t >= 0);
    imp_archive_vector(archive, a->m, opt->n);
    imp_archive_vector(archive, a->v, opt->n);
}

const imp_walker imp_walker_adam = {
    .size = sizeof(adam), .vectors = vectors, .start = start, .stop = stop, .reset = reset,
    .next = next, .carry = carry, .visit = visit,
};
