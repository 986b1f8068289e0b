/* average.c - see average.h. In double: a decay near 1 adds parts that float would lose. */
#include "style/average.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

struct imp_average {
    const imp_ops *ops;
    size_t n;
    double decay;
    double weight;    /* the sum of the weights so far */
    double *mean;
    float *x;         /* the newest one, on the host */
};

uint64_t imp_average_bytes(size_t n)
{
    return (uint64_t) n * (sizeof(double) + sizeof(float));
}

imp_status imp_average_new(imp_average **out, const imp_ops *ops, double decay, size_t n,
                           imp_error *err)
{
    imp_average *a = imp_alloc(1, sizeof *a);

    *out = NULL;
    if (!a) return imp_fail(err, IMP_ENOMEM, "no memory for the running average");
    *a = (imp_average) {
        .ops = ops, .n = n, .decay = decay, .mean = imp_alloc(n, sizeof *a->mean),
        .x = imp_alloc(n, sizeof *a->x),
    };
    if (!a->mean || !a->x) {
        imp_average_free(a);
        return imp_fail(err, IMP_ENOMEM, "no memory for the running average: %zu numbers", n);
    }
    *out = a;
    return IMP_OK;
}

void imp_average_free(imp_average *a)
{
    if (!a) return;
    imp_free(a->mean);
    imp_free(a->x);
    imp_free(a);
}

void imp_average_add(imp_average *a, const float *x)
{
    double part;

    a->ops->download(a->x, x, a->n);
    a->weight = a->decay * a->weight + 1;
    part = 1 / a->weight;
    for (size_t i = 0; i < a->n; i++) a->mean[i] += part * (a->x[i] - a->mean[i]);
}

void imp_average_restart(imp_average *a)
{
    a->weight = 0;
    memset(a->mean, 0, a->n * sizeof *a->mean);
}

void imp_average_get(float *host, const imp_average *a)
{
    for (size_t i = 0; i < a->n; i++) host[i] = (float) a->mean[i];
}

void imp_average_visit(imp_average *a, imp_archive *archive)
{
    imp_archive_double(archive, &a->weight);
    imp_archive_bytes(archive, a->mean, a->n * sizeof *a->mean);
}
