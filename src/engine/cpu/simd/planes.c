/* planes.c - the three planes of a picture, and the ranges of their values. */
#include "engine/cpu/simd/parts.h"

void IMP_SIMD(imp_affine)(imp_tensor *y, const imp_tensor *x, const int from[3],
                          const float scale[3], const float shift[3])
{
    const size_t n = imp_tensor_pixels(x);

    for (int ch = 0; ch < 3; ch++) {
        const float *in = x->data + (size_t) from[ch] * n, s = scale[ch], t = shift[ch];
        float *out = y->data + (size_t) ch * n;
        #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
        for (size_t i = 0; i < n; i++) out[i] = s * in[i] + t;
    }
}

void IMP_SIMD(imp_clamp)(imp_tensor *x, const float low[3], const float high[3])
{
    const size_t n = imp_tensor_pixels(x);

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
    const size_t n = imp_tensor_pixels(x);

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
    const size_t n = imp_tensor_pixels(x);
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        const size_t begin = imp_part_begin(n, i), many = imp_part_begin(n, i + 1) - begin;
        part[i] = 0;
        for (size_t ch = 0, at = begin; ch < 3; ch++, at += n)
            part[i] += slope_of(x->data + at, g + at, d + at, low[ch], high[ch], many);
    }
    return imp_add_parts(part);
}
