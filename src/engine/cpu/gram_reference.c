/* gram_reference.c - Gram matrices in double. A map is planes of pixels, each pixel `block`
 * channels. */
#include "engine/cpu/gram_reference.h"

enum { B = IMP_BLOCK };

/* sum[i][j] = sum over all pixels p of the part of a[p][i] * b[p][j]. */
static inline void products(double (*restrict sum)[B], const float *a, const float *b,
                            const imp_part *part, size_t n, size_t block)
{
    for (size_t k = 0; k < n; k++) {
        const size_t p = part ? part->pixel[k] : k;
        const double w = part ? (double) part->weight[k] : 1;
        for (size_t i = 0; i < block; i++) {
            const double f = w * w * (double) a[p * block + i];
            #pragma omp simd
            for (size_t j = 0; j < block; j++) sum[i][j] += f * (double) b[p * block + j];
        }
    }
}

/* The products of planes i >= j, on both sides of the diagonal. */
static void pair(float *g, const imp_tensor *x, const imp_part *part, size_t i, size_t j,
                 double scale)
{
    const size_t c = (size_t) x->c, block = (size_t) x->block, plane = imp_tensor_pixels(x);
    const float *a = x->data + i * plane * block, *b = x->data + j * plane * block;
    const size_t n = part ? part->n : plane;
    double sum[B][B] = { { 0 } };

    if (block == B) products(sum, a, b, part, n, B);
    else products(sum, a, b, part, n, block);
    for (size_t row = i * block; row < (i + 1) * block && row < c; row++)
        for (size_t column = j * block; column < (j + 1) * block && column <= row; column++)
            g[row * c + column] = g[column * c + row]
                = (float) (scale * sum[row % block][column % block]);
}

void imp_gram_reference(float *g, const imp_tensor *x, const imp_part *part, double scale)
{
    const size_t n = imp_tensor_blocks(x);

    #pragma omp parallel for schedule(static, 1)
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) pair(g, x, part, i, j, scale);
}

/* Pixel p of a plane, whose first channel is `first`. */
static void pixel(float *dx, const float *d, const float *s, const imp_tensor *x, size_t p,
                  size_t first, double scale)
{
    const size_t c = (size_t) x->c, block = (size_t) x->block, n = imp_tensor_pixels(x);
    const size_t width = c - first < block ? c - first : block;
    double sum[B];

    for (size_t i = 0; i < width; i++) sum[i] = s ? (double) s[first + i] : 0;
    for (size_t j = 0; j < c; j++) {
        const double f = (double) x->data[(j / block * n + p) * block + j % block];
        for (size_t i = 0; i < width; i++) sum[i] += (double) d[j * c + first + i] * f;
    }
    for (size_t i = 0; i < width; i++) dx[i] += (float) (scale * sum[i]);
}

void imp_gram_backward_reference(imp_tensor *dx, const float *d, const float *s,
                                 const imp_tensor *x, const imp_part *part, double scale)
{
    const size_t block = (size_t) x->block, all = imp_tensor_pixels(x);
    const size_t planes = imp_tensor_blocks(x), n = part ? part->n : all;

    #pragma omp parallel for schedule(static) collapse(2)
    for (size_t plane = 0; plane < planes; plane++)
        for (size_t i = 0; i < n; i++) {
            const size_t p = part ? part->pixel[i] : i;
            const double w = part ? (double) part->weight[i] : 1;
            pixel(dx->data + (plane * all + p) * block, d, s, x, p, plane * block,
                  scale * w * w);
        }
}
