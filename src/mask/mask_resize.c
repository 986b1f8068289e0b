/* mask_resize.c - masks of another size. See impasto/mask.h.
 *
 * An output row is first a sum of whole input rows, then each of its samples a sum along that.
 * Sums are in double and rounded once, so that a mask of one value keeps it exactly. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "mask/mask.h"

/* Along one side: which input samples make an output sample, and what each weighs in it. */
typedef struct taps {
    size_t n;                 /* output samples                                  */
    size_t stride;            /* most input samples that one of them has         */
    size_t *first, *count;
    double *weight;           /* of output sample i: weight + i * stride, sum 1  */
} taps;

static void taps_free(taps *t)
{
    imp_free(t->first);
    imp_free(t->count);
    imp_free(t->weight);
}

/* The part of input sample j that lies within output sample i. */
static double common_area(size_t i, size_t j, double scale)
{
    const double low = fmax((double) i * scale, (double) j);
    const double high = fmin(((double) i + 1) * scale, (double) j + 1);
    return fmax(high - low, 0.0);
}

static double triangle(size_t i, size_t j, double scale)
{
    return fmax(1.0 - fabs(((double) i + 0.5) * scale - ((double) j + 0.5)), 0.0);
}

static void taps_of_sample(taps *t, size_t i, size_t n_in, double scale)
{
    const double reach = scale > 1.0 ? scale / 2 : 1.0, centre = ((double) i + 0.5) * scale;
    const size_t first = (size_t) fmax(floor(centre - reach - 0.5), 0.0);
    const size_t end = (size_t) fmin(ceil(centre + reach + 0.5), (double) n_in);
    double *w = t->weight + i * t->stride, sum = 0;

    for (size_t j = first; j < end; j++)
        sum += w[j - first]
            = scale > 1.0 ? common_area(i, j, scale) : triangle(i, j, scale);
    for (size_t j = first; j < end; j++) w[j - first] /= sum;
    t->first[i] = first;
    t->count[i] = end - first;
}

static bool taps_make(taps *t, size_t n_in, size_t n_out)
{
    const double scale = (double) n_in / (double) n_out;
    size_t weights;

    t->n = n_out;
    t->stride = (size_t) ceil(fmax(scale, 2.0)) + 3;
    if (!imp_mul(&weights, n_out, t->stride)
        || !(t->weight = imp_alloc(weights, sizeof *t->weight))
        || !(t->first = imp_alloc(n_out, sizeof *t->first))
        || !(t->count = imp_alloc(n_out, sizeof *t->count)))
        return false;
    for (size_t i = 0; i < n_out; i++) taps_of_sample(t, i, n_in, scale);
    return true;
}

static void sum_down(double *sum, const imp_mask *mask, const taps *t, size_t y)
{
    const double *w = t->weight + y * t->stride;
    const float *row = mask->value + t->first[y] * mask->width;

    memset(sum, 0, mask->width * sizeof *sum);
    for (size_t j = 0; j < t->count[y]; j++, row += mask->width)
        for (size_t x = 0; x < mask->width; x++) sum[x] += w[j] * (double) row[x];
}

static void sum_across(float *out, const double *row, const taps *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const double *w = t->weight + i * t->stride, *p = row + t->first[i];
        double sum = 0;
        for (size_t j = 0; j < t->count[i]; j++) sum += w[j] * p[j];
        out[i] = (float) fmin(sum, 1.0);
    }
}

static void resize(imp_mask *out, const imp_mask *mask, const taps *across, const taps *down,
                   double *scratch)
{
    #pragma omp parallel for schedule(static)
    for (size_t y = 0; y < out->height; y++) {
        double *row = scratch + (size_t) omp_get_thread_num() * mask->width;
        sum_down(row, mask, down, y);
        sum_across(out->value + y * out->width, row, across);
    }
}

imp_status imp_mask_resize(imp_mask **out, const imp_mask *mask, size_t width, size_t height,
                           imp_error *err)
{
    const size_t threads = (size_t) omp_get_max_threads();
    taps across = { 0 }, down = { 0 };
    imp_mask *sized = NULL;
    double *scratch = NULL;
    imp_status status = IMP_OK;

    *out = NULL;
    TRY(imp_mask_new(&sized, width, height, err));
    if (!taps_make(&across, mask->width, width) || !taps_make(&down, mask->height, height)
        || !(scratch = imp_alloc(threads * mask->width, sizeof *scratch))) {
        status = imp_fail(err, IMP_ENOMEM, "no memory to resize a mask to %zu x %zu", width,
                          height);
        goto done;
    }
    resize(sized, mask, &across, &down, scratch);
    *out = sized;
    sized = NULL;

done:
    taps_free(&across);
    taps_free(&down);
    imp_free(scratch);
    imp_mask_free(sized);
    return status;
}
