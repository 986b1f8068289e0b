/* moments.c - means of channels. */
#include "engine/cpu/level.h"

enum { B = IMP_BLOCK, CHUNK = 256 };   /* pixels that are summed in float before double */

/* The sums of one block's channels over n pixels. */
static void block_sums(double total[B], const float *x, const imp_part *part, size_t n)
{
    for (size_t i = 0; i < B; i++) total[i] = 0;
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t end = n - first < CHUNK ? n : first + CHUNK;
        float sum[B] = { 0 };
        for (size_t k = first; k < end; k++) {
            const float *in = x + (part ? part->pixel[k] : k) * B;
            const float w = part ? part->weight[k] * part->weight[k] : 1;
            #pragma omp simd
            for (size_t i = 0; i < B; i++) sum[i] += w * in[i];
        }
        for (size_t i = 0; i < B; i++) total[i] += (double) sum[i];
    }
}

static double plane_sum(const float *x, const imp_part *part, size_t n)
{
    double total = 0;

    for (size_t k = 0; k < n; k++) {
        const double w = part ? (double) part->weight[k] : 1;
        total += w * w * (double) x[part ? part->pixel[k] : k];
    }
    return total;
}

void IMP_SIMD(imp_channel_means)(float *mean, const imp_tensor *x, const imp_part *part,
                                 double by)
{
    const size_t c = (size_t) x->c, b = (size_t) x->block, plane = imp_tensor_pixels(x);
    const size_t n = part ? part->n : plane;

    #pragma omp parallel for schedule(static)
    for (size_t ch = 0; ch < c; ch += b) {
        double total[B];
        if (b == B) block_sums(total, x->data + ch * plane, part, n);
        else total[0] = plane_sum(x->data + ch * plane, part, n);
        for (size_t i = 0; i < b && ch + i < c; i++)
            mean[ch + i] = (float) (total[i] / by);
    }
}
