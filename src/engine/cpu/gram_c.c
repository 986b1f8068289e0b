/* gram_c.c - the inner loops of Gram matrices in plain C. The contract is in gram.h. */
#include <string.h>

#include "engine/cpu/gram.h"

enum { B = IMP_BLOCK };

static void products(float (*restrict sum)[B], const float *a, const float *b, size_t n)
{
    memset(sum, 0, B * sizeof *sum);
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < B; i++) {
            #pragma omp simd
            for (size_t j = 0; j < B; j++) sum[i][j] += a[p * B + i] * b[p * B + j];
        }
}

static void backward(float *dx, const float *d, const float *x, size_t plane, size_t c,
                     size_t n, float scale)
{
    for (size_t p = 0; p < n; p++) {
        float sum[B] = { 0 };
        for (size_t j = 0; j < c; j++) {
            const float f = x[j / B * plane + p * B + j % B];
            #pragma omp simd
            for (size_t i = 0; i < B; i++) sum[i] += d[j * c + i] * f;
        }
        for (size_t i = 0; i < B; i++) dx[p * B + i] += scale * sum[i];
    }
}

const imp_gram_kernel imp_gram_kernel_c = { products, backward };
