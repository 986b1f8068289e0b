/* vector.c - vectors and the optimiser's step, by loops of which compilers make vectors. */
#include <math.h>
#include <string.h>

#include "engine/cpu/simd/parts.h"
#include "engine/cpu/simd/simd.h"

/* --- Sums -------------------------------------------------------------------------------- */

/* What two elements have for a sum. */
typedef double term(float a, float b);

static inline double squared_difference(float a, float b)
{
    const double d = (double) a - (double) b;

    return d * d;
}

static inline double product(float a, float b)
{
    return (double) a * (double) b;
}

enum { LANES = 8 };   /* sums side by side */

IMP_INLINE double sum_of(term *of, const float *a, const float *b, size_t n)
{
    double sum[LANES] = { 0 }, total = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++) sum[k] += of(a[i + k], b[i + k]);
    for (; i < n; i++) sum[0] += of(a[i], b[i]);
    for (size_t k = 0; k < LANES; k++) total += sum[k];
    return total;
}

static double squared_differences(const float *a, const float *b, size_t n)
{
    return sum_of(squared_difference, a, b, n);
}

static double products(const float *a, const float *b, size_t n)
{
    return sum_of(product, a, b, n);
}

/* b NULL stands for 0. */
static double absolute_differences(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fabs(b ? (double) a[i] - (double) b[i] : (double) a[i]);
    return sum;
}

static double sum_parts(double (*sum)(const float *a, const float *b, size_t n),
                        const float *a, const float *b, size_t n)
{
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        const size_t begin = imp_part_begin(n, i), end = imp_part_begin(n, i + 1);
        part[i] = sum(a + begin, b ? b + begin : NULL, end - begin);
    }
    return imp_add_parts(part);
}

double IMP_SIMD(imp_squared_distance)(const float *a, const float *b, size_t n)
{
    return sum_parts(squared_differences, a, b, n);
}

double IMP_SIMD(imp_absolute_distance)(const float *a, const float *b, size_t n)
{
    return sum_parts(absolute_differences, a, b, n);
}

double IMP_SIMD(imp_squared_norm)(const float *a, size_t n)
{
    return sum_parts(products, a, a, n);
}

double IMP_SIMD(imp_dot)(const float *a, const float *b, size_t n)
{
    return sum_parts(products, a, b, n);
}

double IMP_SIMD(imp_absolute_sum)(const float *a, size_t n)
{
    return sum_parts(absolute_differences, a, NULL, n);
}

/* --- Elementwise ------------------------------------------------------------------------- */

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

void IMP_SIMD(imp_add_signs)(float *y, const float *a, const float *b, double scale, size_t n)
{
    const float s = (float) scale;

    #pragma omp parallel for simd schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < n; i++) {
        const float d = b ? a[i] - b[i] : a[i];
        y[i] += d > 0 ? s : d < 0 ? -s : 0;
    }
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
