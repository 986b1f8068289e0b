/* gram_c.c - Gram matrices and their gradient in plain C. */
#include <string.h>

#include "engine/cpu/ops_c.h"

/* Pixels whose products are summed in float before they enter a sum in double. */
enum { B = IMP_BLOCK, RUN = 64 };

/* total += the products of all pairs of channels of two blocks of n channels each. */
static inline void products(double total[B][B], const float *a, const float *b, size_t pixels, size_t n)
{
    for (size_t first = 0; first < pixels; first += RUN) {
        const size_t last = pixels - first < RUN ? pixels : first + RUN;
        float sum[B][B] = { { 0 } };
        for (size_t p = first; p < last; p++)
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++) sum[i][j] += a[p * n + i] * b[p * n + j];
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) total[i][j] += (double) sum[i][j];
    }
}

/* The rectangle of g that belongs to two blocks of channels, and its mirror image. */
static void block_pair(float *g, const imp_tensor *x, double scale, size_t bi, size_t bj)
{
    const size_t n = (size_t) x->block, c = (size_t) x->c, pixels = (size_t) x->h * (size_t) x->w;
    const float *a = x->data + bi * pixels * n, *b = x->data + bj * pixels * n;
    double total[B][B] = { { 0 } };

    if (n == B) products(total, a, b, pixels, B);
    else products(total, a, b, pixels, 1);
    for (size_t i = 0; i < n && bi * n + i < c; i++)
        for (size_t j = 0; j < n && bj * n + j < c; j++)
            g[(bi * n + i) * c + bj * n + j] = g[(bj * n + j) * c + bi * n + i] =
                (float) (scale * total[i][j]);
}

void imp_gram_c(float *g, const imp_tensor *x, double scale)
{
    const size_t n = (size_t) x->block, n_blocks = ((size_t) x->c + n - 1) / n;

    #pragma omp parallel for schedule(dynamic)
    for (size_t bi = 0; bi < n_blocks; bi++)
        for (size_t bj = 0; bj <= bi; bj++)
            block_pair(g, x, scale, bi, bj);
}

/* dx += scale * D F for one pixel and the `lanes` channels that begin at `first`. */
static inline void pixel_backward(float *dx, const float *d, const imp_tensor *x, size_t pixel,
                                  size_t first, size_t lanes, float scale)
{
    const size_t c = (size_t) x->c, n = (size_t) x->block;
    const size_t pixels = (size_t) x->h * (size_t) x->w;
    float sum[B] = { 0 };

    for (size_t j = 0; j < c; j++) {
        const float f = x->data[(j / n * pixels + pixel) * n + j % n];
        for (size_t i = 0; i < lanes; i++) sum[i] += d[j * c + first + i] * f;   /* D is symmetric */
    }
    for (size_t i = 0; i < lanes; i++) dx[i] += scale * sum[i];
}

void imp_gram_backward_c(imp_tensor *dx, const float *d, const imp_tensor *x, double scale)
{
    const size_t c = (size_t) x->c, n = (size_t) x->block, n_blocks = (c + n - 1) / n;
    const size_t pixels = (size_t) x->h * (size_t) x->w;

    #pragma omp parallel for schedule(static) collapse(2)
    for (size_t block = 0; block < n_blocks; block++)
        for (size_t p = 0; p < pixels; p++) {
            const size_t first = block * n, lanes = c - first < n ? c - first : n;
            float *to = dx->data + (block * pixels + p) * n;
            if (lanes == B) pixel_backward(to, d, x, p, first, B, (float) scale);
            else pixel_backward(to, d, x, p, first, lanes, (float) scale);
        }
}
