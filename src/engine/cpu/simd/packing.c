/* packing.c - some pixels of a map side by side, and back. */
#include "engine/cpu/level.h"

enum { B = IMP_BLOCK };

void IMP_SIMD(imp_pack)(imp_tensor *y, const imp_tensor *x, const imp_part *part)
{
    const size_t blocks = imp_tensor_blocks(x), b = (size_t) x->block;
    const size_t from = imp_tensor_pixels(x), n = part->n;

    #pragma omp parallel for collapse(2) schedule(static)
    for (size_t k = 0; k < blocks; k++)
        for (size_t i = 0; i < n; i++) {
            const float *in = x->data + (k * from + part->pixel[i]) * b;
            const float w = part->weight[i];
            float *out = y->data + (k * n + i) * b;
            if (b == B) {
                #pragma omp simd
                for (size_t c = 0; c < B; c++) out[c] = w * in[c];
            } else {
                *out = w * *in;
            }
        }
}

void IMP_SIMD(imp_unpack)(imp_tensor *dx, const imp_tensor *dy, const imp_part *part)
{
    const size_t blocks = imp_tensor_blocks(dx), b = (size_t) dx->block;
    const size_t to = imp_tensor_pixels(dx), n = part->n;

    #pragma omp parallel for collapse(2) schedule(static)
    for (size_t k = 0; k < blocks; k++)
        for (size_t i = 0; i < n; i++) {
            const float *in = dy->data + (k * n + i) * b, w = part->weight[i];
            float *out = dx->data + (k * to + part->pixel[i]) * b;
            if (b == B) {
                #pragma omp simd
                for (size_t c = 0; c < B; c++) out[c] += w * in[c];
            } else {
                *out += w * *in;
            }
        }
}
