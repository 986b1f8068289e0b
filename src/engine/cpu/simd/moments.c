/* moments.c - means of channels. */
#include "engine/cpu/level.h"

enum { B = IMP_BLOCK, CHUNK = 256 };   /* pixels that are summed in float before double */

/* The sums of one block's channels over all pixels, weighted or not. */
static void block_sums(double total[B], const float *x, const float *weight, size_t n)
{
    for (size_t i = 0; i < B; i++) total[i] = 0;
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t end = n - first < CHUNK ? n : first + CHUNK;
        float sum[B] = { 0 };
        for (size_t p = first; p < end; p++) {
            const float w = weight ? weight[p] : 1;
            #pragma omp simd
            for (size_t i = 0; i < B; i++) sum[i] += w * x[p * B + i];
        }
        for (size_t i = 0; i < B; i++) total[i] += (double) sum[i];
    }
}

static double plane_sum(const float *x, const float *weight, size_t n)
{
    double total = 0;

    for (size_t p = 0; p < n; p++) total += (weight ? weight[p] : 1.0) * (double) x[p];
    return total;
}

void IMP_SIMD(imp_channel_means)(float *mean, const imp_tensor *x, const float *weight,
                                 double by)
{
    const size_t c = (size_t) x->c, b = (size_t) x->block, n = imp_tensor_pixels(x);

    #pragma omp parallel for schedule(static)
    for (size_t ch = 0; ch < c; ch += b) {
        double total[B];
        if (b == B) block_sums(total, x->data + ch * n, weight, n);
        else total[0] = plane_sum(x->data + ch * n, weight, n);
        for (size_t i = 0; i < b && ch + i < c; i++)
            mean[ch + i] = (float) (total[i] / by);
    }
}
