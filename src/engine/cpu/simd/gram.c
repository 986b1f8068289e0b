/* gram.c - Gram matrices and their gradient, around the inner loops of gram.h. */
#include <stdalign.h>
#include <string.h>

#include "base/memory.h"
#include "engine/cpu/level.h"

/* Pixels whose products are summed before they enter the matrix, and of which all channels
 * stay in the cache; pixels whose gradients are made at a time. */
enum { B = IMP_BLOCK, CHUNK = 1024, TILE = 126 };

static size_t pixels_of(const imp_tensor *x)
{
    return (size_t) x->h * (size_t) x->w;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void products(float (*restrict sum)[B], const float *a, const float *b, size_t n)
{
    memset(sum, 0, B * sizeof *sum);
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < B; i++) {
            #pragma omp simd
            for (size_t j = 0; j < B; j++) sum[i][j] += a[p * B + i] * b[p * B + j];
        }
}

static void add_products(float *dx, const float *d, const float *x, size_t plane, size_t c,
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

/* --- The matrix -------------------------------------------------------------------------- */

/* The k-th pair of blocks i >= j, counted row by row. */
static void pair(size_t *i, size_t *j, size_t k)
{
    for (*i = 0; k > *i; (*i)++) k -= *i + 1;
    *j = k;
}

/* Adds the products of two blocks over a chunk of pixels to the lower half of g. */
static void add_pair(float *g, const imp_tensor *x,
                     size_t first, size_t i, size_t j)
{
    const size_t c = (size_t) x->c, n = pixels_of(x), plane = n * B;
    const size_t rows = least(B, c - i * B), columns = least(B, c - j * B);
    alignas(IMP_ALIGN) float sum[B][B];

    products(sum, x->data + i * plane + first * B, x->data + j * plane + first * B,
                     least(CHUNK, n - first));
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++)
            g[(i * B + row) * c + j * B + column] += sum[row][column];
}

static void gram_blocked(float *g, const imp_tensor *x)
{
    const size_t blocks = ((size_t) x->c + B - 1) / B, pairs = blocks * (blocks + 1) / 2;
    const size_t n = pixels_of(x);

    #pragma omp parallel
    for (size_t first = 0; first < n; first += CHUNK) {
        /* Each thread has the same pairs every time. */
        #pragma omp for schedule(static) nowait
        for (size_t k = 0; k < pairs; k++) {
            size_t i, j;
            pair(&i, &j, k);
            add_pair(g, x, first, i, j);
        }
    }
}

static void gram_planar(float *g, const imp_tensor *x)
{
    const size_t c = (size_t) x->c, n = pixels_of(x);

    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t p = 0; p < n; p++)
                sum += (double) x->data[i * n + p] * (double) x->data[j * n + p];
            g[i * c + j] = (float) sum;
        }
}

void IMP_SIMD(imp_gram)(float *g, const imp_tensor *x, double scale)
{
    const size_t c = (size_t) x->c;

    memset(g, 0, c * c * sizeof *g);
    if (x->block == B) gram_blocked(g, x);
    else gram_planar(g, x);
    #pragma omp parallel for schedule(static, B)
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j <= i; j++)
            g[i * c + j] = g[j * c + i] = (float) (scale * (double) g[i * c + j]);
}

/* --- Its gradient ------------------------------------------------------------------------ */

/* The last block if the channels do not fill it, or (block 1) one channel of a planar map. */
static void backward_lanes(float *dx, const float *d, const imp_tensor *x,
                           size_t first_channel, size_t first_pixel, size_t n, double scale)
{
    const size_t c = (size_t) x->c, b = (size_t) x->block, plane = pixels_of(x) * b;

    for (size_t p = first_pixel; p < first_pixel + n; p++)
        for (size_t i = first_channel; i < least(first_channel + b, c); i++) {
            double sum = 0;
            for (size_t j = 0; j < c; j++)
                sum += (double) d[j * c + i] * (double) x->data[j / b * plane + p * b + j % b];
            dx[i / b * plane + p * b + i % b] += (float) (scale * sum);
        }
}

static void backward_tile(imp_tensor *dx, const float *d,
                          const imp_tensor *x, size_t first, size_t n, double scale)
{
    const size_t c = (size_t) x->c, b = (size_t) x->block, plane = pixels_of(x) * b;

    for (size_t i = 0; i < c; i += b)
        if (b == B && c - i >= B)
            add_products(dx->data + i / B * plane + first * B, d + i, x->data + first * B,
                             plane, c, n, (float) scale);
        else
            backward_lanes(dx->data, d, x, i, first, n, scale);
}

void IMP_SIMD(imp_gram_backward)(imp_tensor *dx, const float *d,
                          const imp_tensor *x, double scale)
{
    const size_t n = pixels_of(x), tiles = (n + TILE - 1) / TILE;

    #pragma omp parallel for schedule(static)
    for (size_t t = 0; t < tiles; t++)
        backward_tile(dx, d, x, t * TILE, least(TILE, n - t * TILE), scale);
}
