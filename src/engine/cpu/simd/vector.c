/* vector.c - vectors, pictures and the optimiser's step, by loops of which compilers make
 * vectors.
 *
 * Sums are made of a fixed number of parts, added in order, so that they have the same bits
 * however many threads there are. */
#include <math.h>
#include <string.h>

#include "engine/cpu/level.h"

enum { PARTS = 64, LANES = 8, WORTH_THREADS = 1 << 15 };

static double add_up(const double part[PARTS])
{
    double sum = 0;

    for (size_t i = 0; i < PARTS; i++) sum += part[i];
    return sum;
}

/* Where part i of n things begins. */
static size_t part_begin(size_t n, size_t i)
{
    return n / PARTS * i + n % PARTS * i / PARTS;
}

static inline double squares(const float *a, const float *b, size_t n)
{
    double sum[LANES] = { 0 }, total = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            const double d = (double) a[i + k] - (double) b[i + k];
            sum[k] += d * d;
        }
    for (; i < n; i++) {
        const double d = (double) a[i] - (double) b[i];
        sum[0] += d * d;
    }
    for (size_t k = 0; k < LANES; k++) total += sum[k];
    return total;
}

double IMP_SIMD(imp_squared_distance)(const float *a, const float *b, size_t n)
{
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        const size_t begin = part_begin(n, i), end = part_begin(n, i + 1);
        part[i] = squares(a + begin, b + begin, end - begin);
    }
    return add_up(part);
}

void IMP_SIMD(imp_subtract)(float *y, const float *a, const float *b, size_t n)
{
    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) y[i] = a[i] - b[i];
}

void IMP_SIMD(imp_add_difference)(float *y, const float *a, const float *b, double scale,
                                  size_t n)
{
    const float s = (float) scale;

    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) y[i] += s * (a[i] - b[i]);
}

static inline double products(const float *a, const float *b, size_t n)
{
    double sum[LANES] = { 0 }, total = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++) sum[k] += (double) a[i + k] * (double) b[i + k];
    for (; i < n; i++) sum[0] += (double) a[i] * (double) b[i];
    for (size_t k = 0; k < LANES; k++) total += sum[k];
    return total;
}

double IMP_SIMD(imp_dot)(const float *a, const float *b, size_t n)
{
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        const size_t begin = part_begin(n, i), end = part_begin(n, i + 1);
        part[i] = products(a + begin, b + begin, end - begin);
    }
    return add_up(part);
}

double IMP_SIMD(imp_squared_norm)(const float *a, size_t n)
{
    return IMP_SIMD(imp_dot)(a, a, n);
}

double IMP_SIMD(imp_absolute_sum)(const float *a, size_t n)
{
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = 0;
        for (size_t k = part_begin(n, i); k < part_begin(n, i + 1); k++)
            part[i] += fabs((double) a[k]);
    }
    return add_up(part);
}

void IMP_SIMD(imp_scale)(float *y, const float *x, double factor, size_t n)
{
    const float f = (float) factor;

    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) y[i] = f * x[i];
}

void IMP_SIMD(imp_add_scaled)(float *y, const float *x, double factor, size_t n)
{
    const float f = (float) factor;

    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) y[i] += f * x[i];
}

void IMP_SIMD(imp_copy)(float *y, const float *x, size_t n)
{
    memcpy(y, x, n * sizeof *y);
}

void IMP_SIMD(imp_fill)(float *y, float value, size_t n)
{
    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) y[i] = value;
}

/* --- Three planes ------------------------------------------------------------------------ */

void IMP_SIMD(imp_affine)(imp_tensor *y, const imp_tensor *x, const int from[3],
                          const float scale[3], const float shift[3])
{
    const size_t n = (size_t) x->h * (size_t) x->w;

    for (int ch = 0; ch < 3; ch++) {
        const float *in = x->data + (size_t) from[ch] * n, s = scale[ch], t = shift[ch];
        float *out = y->data + (size_t) ch * n;
        #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
        for (size_t i = 0; i < n; i++) out[i] = s * in[i] + t;
    }
}

void IMP_SIMD(imp_clamp)(imp_tensor *x, const float low[3], const float high[3])
{
    const size_t n = (size_t) x->h * (size_t) x->w;

    for (int ch = 0; ch < 3; ch++) {
        const float lo = low[ch], hi = high[ch];
        float *p = x->data + (size_t) ch * n;
        #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
        for (size_t i = 0; i < n; i++) p[i] = p[i] < lo ? lo : p[i] > hi ? hi : p[i];
    }
}

void IMP_SIMD(imp_hold)(float *y, const imp_tensor *x, const float *g, const float low[3],
                        const float high[3])
{
    const size_t n = (size_t) x->h * (size_t) x->w;

    for (size_t ch = 0; ch < 3; ch++) {
        const float lo = low[ch], hi = high[ch], *at = x->data + ch * n, *grad = g + ch * n;
        float *out = y + ch * n;
        #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
        for (size_t i = 0; i < n; i++) {
            const bool held = (at[i] <= lo && grad[i] > 0) || (at[i] >= hi && grad[i] < 0);
            out[i] = held ? 0 : out[i];
        }
    }
}

/* Of one plane's part. */
static inline double slope_of(const float *x, const float *g, const float *d, float lo,
                              float hi, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const bool stands = (x[i] <= lo && d[i] < 0) || (x[i] >= hi && d[i] > 0);
        sum += stands ? 0 : (double) g[i] * (double) d[i];
    }
    return sum;
}

double IMP_SIMD(imp_slope)(const imp_tensor *x, const float *g, const float *d,
                           const float low[3], const float high[3])
{
    const size_t n = (size_t) x->h * (size_t) x->w;
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        const size_t begin = part_begin(n, i), many = part_begin(n, i + 1) - begin;
        part[i] = 0;
        for (size_t ch = 0, at = begin; ch < 3; ch++, at += n)
            part[i] += slope_of(x->data + at, g + at, d + at, low[ch], high[ch], many);
    }
    return add_up(part);
}

/* --- Total variation --------------------------------------------------------------------- */

/* Half of the derivative of a difference's square, or the sign of it. */
static inline float slope(imp_tv_kind kind, float d)
{
    if (kind == IMP_TV_SQUARED) return d;
    return (float) (d > 0) - (float) (d < 0);
}

static inline double value(imp_tv_kind kind, float d)
{
    return kind == IMP_TV_SQUARED ? (double) d * (double) d : fabs((double) d);
}

/* One row: adds its part of the gradient, returns the sum over neighbours right and below. */
static inline double tv_row(float *g, const float *x, imp_tv_kind kind, float scale, size_t w,
                            bool first, bool last)
{
    double sum = 0;

    for (size_t i = 0; i < w; i++) {
        float grad = 0;
        if (i > 0) grad += slope(kind, x[i] - x[i - 1]);
        if (!first) grad += slope(kind, x[i] - *(x + i - w));
        if (i + 1 < w) {
            grad -= slope(kind, x[i + 1] - x[i]);
            sum += value(kind, x[i + 1] - x[i]);
        }
        if (!last) {
            grad -= slope(kind, x[i + w] - x[i]);
            sum += value(kind, x[i + w] - x[i]);
        }
        g[i] += scale * grad;
    }
    return sum;
}

double IMP_SIMD(imp_tv)(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind, double scale)
{
    const size_t h = (size_t) x->h, w = (size_t) x->w, rows = (size_t) x->c * h;
    const float s = (float) (kind == IMP_TV_SQUARED ? 2 * scale : scale);
    double part[PARTS];

    if (kind == IMP_TV_NINE_POINT) return IMP_SIMD(imp_tv_nine)(dx, x, scale);
    #pragma omp parallel for schedule(static) if (rows * w > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = 0;
        for (size_t r = part_begin(rows, i); r < part_begin(rows, i + 1); r++)
            part[i] += tv_row(dx->data + r * w, x->data + r * w, kind, s, w, r % h == 0,
                              r % h == h - 1);
    }
    return add_up(part);
}

/* --- Adam -------------------------------------------------------------------------------- */

void IMP_SIMD(imp_adam)(float *x, const float *g, float *m, float *v, const imp_adam *k,
                        size_t n)
{
    const float b1 = (float) k->beta1, rest1 = (float) (1 - k->beta1);
    const float b2 = (float) k->beta2, rest2 = (float) (1 - k->beta2);
    const float rate = (float) (k->rate / k->correction1);
    const float growth = (float) (1 / k->correction2);
    const float epsilon = (float) k->epsilon;

    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + rest1 * g[i];
        v[i] = b2 * v[i] + rest2 * g[i] * g[i];
        x[i] -= rate * m[i] / (sqrtf(v[i] * growth) + epsilon);
    }
}
