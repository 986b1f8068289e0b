/* resize.c - pictures of another size: separable filters, antialiased. See impasto/image.h.
 *
 * Each output sample is a weighted sum of the input samples under the filter, which is
 * stretched by the reduction. Rows go through first, then columns. A pixel is worked on as
 * four lanes: R, G, B and the weight that its colour has (alpha, or nothing), so that one
 * vector register holds it. */
#include "image/image.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"
#include "image/srgb.h"

enum { LANES = 4 };

/* Colour is weighted by alpha plus this, so that where all is transparent the colours below
 * are averaged instead of lost. 1 + 2^-20 is exact in a float. */
static const float ALPHA_FLOOR = 0x1p-20f;

/* --- Filters ----------------------------------------------------------------------------- */

typedef struct kernel {
    double support;                 /* zero from here on */
    double (*value)(double x);
} kernel;

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double keys(double x)        /* Keys, 1981, with a = -1/2 */
{
    x = fabs(x);
    if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
    if (x < 2.0) return ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0;
    return 0.0;
}

static double sinc(double x)
{
    const double t = 3.141592653589793 * x;
    return x == 0.0 ? 1.0 : sin(t) / t;
}

static double lanczos3(double x)
{
    return fabs(x) < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

static kernel kernel_of(imp_filter filter)
{
    switch (filter) {
    case IMP_FILTER_BILINEAR: return (kernel) { 1.0, triangle };
    case IMP_FILTER_BICUBIC: return (kernel) { 2.0, keys };
    case IMP_FILTER_LANCZOS: return (kernel) { 3.0, lanczos3 };
    }
    return (kernel) { 0.0, NULL };
}

/* --- Taps: which input samples make an output sample, along one side --------------------- */

typedef struct span { size_t first, n; } span;

typedef struct taps {
    size_t n;                       /* output samples                                 */
    size_t stride;                  /* most input samples that one of them has        */
    span *span;
    float *weight;                  /* of output sample i: weight + i * stride, sum 1 */
} taps;

static void taps_free(taps *t)
{
    imp_free(t->span);
    imp_free(t->weight);
}

static void taps_of_sample(taps *t, size_t i, const kernel *k, size_t n_in, double scale)
{
    const double stretch = scale > 1.0 ? scale : 1.0, reach = k->support * stretch;
    const double centre = ((double) i + 0.5) * scale;
    const double low = centre - reach + 0.5, high = centre + reach + 0.5;
    const size_t first = low > 0.0 ? (size_t) low : 0;
    const size_t end = high < (double) n_in ? (size_t) high : n_in;
    float *w = t->weight + i * t->stride;
    double sum = 0.0;

    for (size_t j = first; j < end; j++)
        sum += k->value(((double) j + 0.5 - centre) / stretch);
    for (size_t j = first; j < end; j++)
        w[j - first] = (float) (k->value(((double) j + 0.5 - centre) / stretch) / sum);
    t->span[i] = (span) { first, end - first };
}

static bool taps_make(taps *t, const kernel *k, size_t n_in, size_t n_out)
{
    const double scale = (double) n_in / (double) n_out;
    const size_t stride = 2 * (size_t) ceil(k->support * (scale > 1.0 ? scale : 1.0)) + 1;
    size_t weights;

    *t = (taps) { .n = n_out, .stride = stride };
    if (!imp_mul(&weights, n_out, stride)
        || !(t->weight = imp_alloc(weights, sizeof *t->weight))
        || !(t->span = imp_alloc(n_out, sizeof *t->span)))
        return false;
    for (size_t i = 0; i < n_out; i++) taps_of_sample(t, i, k, n_in, scale);
    return true;
}

/* --- Between pictures and lanes ---------------------------------------------------------- */

static void load_row(float *lane, const imp_image *image, size_t y, bool linear)
{
    const float *rgb = image->rgb + 3 * y * image->width;
    const float *alpha = image->alpha ? image->alpha + y * image->width : NULL;

    for (size_t x = 0; x < image->width; x++, lane += LANES, rgb += 3) {
        const float w = alpha ? imp_unit(alpha[x]) + ALPHA_FLOOR : 1.0f;
        for (int c = 0; c < 3; c++)
            lane[c] = w * (linear ? imp_srgb_to_linear(rgb[c]) : rgb[c]);
        lane[3] = w;
    }
}

static void store_row(imp_image *image, size_t y, const float *lane, bool linear)
{
    float *rgb = image->rgb + 3 * y * image->width;
    float *alpha = image->alpha ? image->alpha + y * image->width : NULL;

    for (size_t x = 0; x < image->width; x++, lane += LANES, rgb += 3) {
        for (int c = 0; c < 3; c++) {
            float v = lane[c];
            if (alpha) v = lane[3] > 0.0f ? imp_unit(v / lane[3]) : 0.0f;
            rgb[c] = linear ? imp_linear_to_srgb(v) : v;
        }
        if (alpha) alpha[x] = imp_unit(lane[3] - ALPHA_FLOOR);
    }
}

/* --- The two passes ---------------------------------------------------------------------- */

typedef struct job {
    const imp_image *in;
    imp_image *out;
    taps across, down;
    float *middle;                  /* out->width x in->height pixels of lanes */
    float *scratch;                 /* a row of lanes for each thread          */
    size_t scratch_stride;
    bool linear;
} job;

static void sum_across(float *restrict out, const float *restrict row, const taps *t)
{
    for (size_t i = 0; i < t->n; i++, out += LANES) {
        const float *w = t->weight + i * t->stride, *p = row + LANES * t->span[i].first;
        float sum[LANES] = { 0 };
        for (size_t j = 0; j < t->span[i].n; j++, p += LANES)
            for (int c = 0; c < LANES; c++) sum[c] += w[j] * p[c];
        memcpy(out, sum, sizeof sum);
    }
}

static void sum_down(float *restrict out, const float *restrict rows, size_t row,
                     const taps *t, size_t y)
{
    const float *w = t->weight + y * t->stride, *p = rows + t->span[y].first * row;

    memset(out, 0, row * sizeof *out);
    for (size_t j = 0; j < t->span[y].n; j++, p += row)
        for (size_t i = 0; i < row; i++) out[i] += w[j] * p[i];
}

static void run(job *j)
{
    const size_t row = LANES * j->out->width;

    #pragma omp parallel for schedule(static)
    for (size_t y = 0; y < j->in->height; y++) {
        float *lane = j->scratch + (size_t) omp_get_thread_num() * j->scratch_stride;
        load_row(lane, j->in, y, j->linear);
        sum_across(j->middle + y * row, lane, &j->across);
    }
    #pragma omp parallel for schedule(static)
    for (size_t y = 0; y < j->out->height; y++) {
        float *lane = j->scratch + (size_t) omp_get_thread_num() * j->scratch_stride;
        sum_down(lane, j->middle, row, &j->down, y);
        store_row(j->out, y, lane, j->linear);
    }
}

static bool take_memory(job *j, const kernel *k)
{
    const size_t in = j->in->width, out = j->out->width, longer = in > out ? in : out;
    const size_t threads = (size_t) omp_get_max_threads();
    size_t pixels;

    j->scratch_stride = LANES * longer;
    return taps_make(&j->across, k, in, out)
           && taps_make(&j->down, k, j->in->height, j->out->height)
           && imp_mul(&pixels, out, j->in->height)
           && (j->middle = imp_alloc(pixels, LANES * sizeof *j->middle))
           && (j->scratch = imp_alloc(threads * longer, LANES * sizeof *j->scratch));
}

imp_status imp_image_resize(imp_image **out, const imp_image *image, size_t width,
                            size_t height, imp_filter filter, bool linear_light,
                            imp_error *err)
{
    const kernel k = kernel_of(filter);
    job j = { .in = image, .linear = linear_light };
    imp_status status = IMP_OK;

    *out = NULL;
    if (!k.value) return imp_fail(err, IMP_EINVAL, "unknown filter %d", (int) filter);
    if (width == image->width && height == image->height)
        return imp_image_copy(out, image, err);
    TRY(imp_image_new_like(&j.out, image, width, height, err));
    if (!take_memory(&j, &k)) {
        status = imp_fail(err, IMP_ENOMEM, "no memory to resize %zu x %zu to %zu x %zu",
                          image->width, image->height, width, height);
        goto done;
    }
    run(&j);
    *out = j.out;
    j.out = NULL;

done:
    taps_free(&j.across);
    taps_free(&j.down);
    imp_free(j.middle);
    imp_free(j.scratch);
    imp_image_free(j.out);
    return status;
}
