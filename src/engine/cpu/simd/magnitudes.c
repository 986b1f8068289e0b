/* magnitudes.c - sums of magnitudes, and their gradients. */
#include <math.h>

#include "engine/cpu/level.h"

enum { PARTS = 64, WORTH_THREADS = 1 << 15 };

double IMP_SIMD(imp_absolute_distance)(const float *a, const float *b, size_t n)
{
    double part[PARTS], sum = 0;

    #pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = 0;
        for (size_t k = n * i / PARTS; k < n * (i + 1) / PARTS; k++)
            part[i] += fabs((double) a[k] - (double) b[k]);
    }
    for (size_t i = 0; i < PARTS; i++) sum += part[i];
    return sum;
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
