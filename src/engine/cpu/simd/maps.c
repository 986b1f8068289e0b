/* maps.c - pooling, padding and the rectifier by loops of which compilers make vectors. Both
 * layouts are planes of pixels (a block each), each pixel `block` floats. */
#include <math.h>
#include <string.h>

#include "engine/cpu/level.h"

static float *row_at(const imp_tensor *t, size_t plane, size_t y)
{
    return t->data + (plane * (size_t) t->h + y) * (size_t) t->w * (size_t) t->block;
}

/* --- The rectifier ----------------------------------------------------------------------- */

/* to = value where `of` is positive, 0 elsewhere; n floats. */
static void where_positive(float *to, const float *of, const float *value, size_t n)
{
    #pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        const float v = value[i];   /* read in any case, or there are no vectors of it */
        to[i] = of[i] > 0 ? v : 0;
    }
}

void IMP_SIMD(imp_relu)(imp_tensor *y, const imp_tensor *x)
{
    where_positive(y->data, x->data, x->data, imp_tensor_floats(x));
}

void IMP_SIMD(imp_relu_backward)(imp_tensor *dy, const imp_tensor *y)
{
    where_positive(dy->data, y->data, dy->data, imp_tensor_floats(y));
}

/* --- Pooling: p[0..3] are the four pixels of a window, row-major; n channels each -------- */

static inline void window(const float *p[4], const imp_tensor *t, size_t plane, size_t y,
                          size_t x)
{
    const size_t step = (size_t) t->block;

    p[0] = row_at(t, plane, 2 * y) + 2 * x * step;
    p[1] = p[0] + step;
    p[2] = p[0] + (size_t) t->w * step;
    p[3] = p[2] + step;
}

static inline void pool_pixel(imp_pooling kind, float *restrict y, const float *const p[4],
                              size_t n)
{
    const float *a = p[0], *b = p[1], *c = p[2], *d = p[3];

    switch (kind) {
    case IMP_POOL_MAX:
        #pragma omp simd
        for (size_t i = 0; i < n; i++) {
            const float top = b[i] > a[i] ? b[i] : a[i], low = d[i] > c[i] ? d[i] : c[i];
            y[i] = low > top ? low : top;
        }
        break;
    case IMP_POOL_AVERAGE:
        #pragma omp simd
        for (size_t i = 0; i < n; i++) y[i] = 0.25f * (a[i] + b[i] + c[i] + d[i]);
        break;
    case IMP_POOL_L2:
        #pragma omp simd
        for (size_t i = 0; i < n; i++)
            y[i] = sqrtf(0.25f * (a[i] * a[i] + b[i] * b[i] + c[i] * c[i] + d[i] * d[i]));
        break;
    }
}

/* The maximum's gradient goes to the first of equals: each pixel takes what is left. */
static inline void max_backward(float *restrict a, float *restrict b, float *restrict c,
                                float *restrict d, const float *restrict dy,
                                const float *restrict y, const float *const p[4], size_t n)
{
    const float *restrict pa = p[0], *restrict pb = p[1];
    const float *restrict pc = p[2], *restrict pd = p[3];

    #pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const float max = y[i], left_b = pa[i] == max ? 0 : dy[i];
        const float left_c = pb[i] == max ? 0 : left_b, left_d = pc[i] == max ? 0 : left_c;
        a[i] = pa[i] == max ? dy[i] : 0;
        b[i] = pb[i] == max ? left_b : 0;
        c[i] = pc[i] == max ? left_c : 0;
        d[i] = pd[i] == max ? left_d : 0;
    }
}

/* g[0..3] = the gradients of the four pixels. */
static inline void pool_pixel_backward(imp_pooling kind, float *const g[4],
                                       const float *restrict dy, const float *restrict y,
                                       const float *const p[4], size_t n)
{
    switch (kind) {
    case IMP_POOL_MAX:
        max_backward(g[0], g[1], g[2], g[3], dy, y, p, n);
        break;
    case IMP_POOL_AVERAGE:
        for (int k = 0; k < 4; k++) {
            #pragma omp simd
            for (size_t i = 0; i < n; i++) g[k][i] = 0.25f * dy[i];
        }
        break;
    case IMP_POOL_L2:
        for (int k = 0; k < 4; k++) {
            const float *restrict pk = p[k];
            float *restrict gk = g[k];
            #pragma omp simd
            for (size_t i = 0; i < n; i++) gk[i] = y[i] > 0 ? 0.25f * dy[i] * pk[i] / y[i] : 0;
        }
        break;
    }
}

/* One row of outputs; with n and kind known to the compiler the loops above unroll. */
static inline void pool_row(imp_pooling kind, imp_tensor *y, const imp_tensor *x, size_t plane,
                            size_t row, size_t n)
{
    float *out = row_at(y, plane, row);
    const float *p[4];

    for (size_t col = 0; col < (size_t) y->w; col++, out += n) {
        window(p, x, plane, row, col);
        pool_pixel(kind, out, p, n);
    }
}

static inline void pool_all(imp_pooling kind, imp_tensor *y, const imp_tensor *x)
{
    const size_t n_planes = imp_tensor_blocks(y), h = (size_t) y->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (size_t plane = 0; plane < n_planes; plane++)
        for (size_t row = 0; row < h; row++)
            if (y->block == IMP_BLOCK) pool_row(kind, y, x, plane, row, IMP_BLOCK);
            else pool_row(kind, y, x, plane, row, 1);
}

void IMP_SIMD(imp_pool)(imp_pooling kind, imp_tensor *y, const imp_tensor *x)
{
    switch (kind) {
    case IMP_POOL_MAX: pool_all(IMP_POOL_MAX, y, x); break;
    case IMP_POOL_AVERAGE: pool_all(IMP_POOL_AVERAGE, y, x); break;
    case IMP_POOL_L2: pool_all(IMP_POOL_L2, y, x); break;
    }
}

/* The two rows of dx under one row of outputs; a last column that no window covers becomes
 * zero. */
static inline void pool_row_backward(imp_pooling kind, imp_tensor *dx, const imp_tensor *dy,
                                     const imp_tensor *y, const imp_tensor *x, size_t plane,
                                     size_t row, size_t n)
{
    const size_t covered = 2 * (size_t) y->w * n, width = (size_t) x->w * n;
    const float *out = row_at(y, plane, row), *grad = row_at(dy, plane, row), *p[4];
    float *top = row_at(dx, plane, 2 * row), *low = top + width;

    memset(top + covered, 0, (width - covered) * sizeof *top);
    memset(low + covered, 0, (width - covered) * sizeof *low);
    for (size_t col = 0; col < (size_t) y->w; col++, out += n, grad += n) {
        float *const g[4] = { top + 2 * col * n, top + 2 * col * n + n,
                              low + 2 * col * n, low + 2 * col * n + n };
        window(p, x, plane, row, col);
        pool_pixel_backward(kind, g, grad, out, p, n);
    }
}

static inline void pool_all_backward(imp_pooling kind, imp_tensor *dx, const imp_tensor *dy,
                                     const imp_tensor *y, const imp_tensor *x)
{
    const size_t n_planes = imp_tensor_blocks(x), h = (size_t) y->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (size_t plane = 0; plane < n_planes; plane++)
        for (size_t row = 0; row < h; row++)
            if (x->block == IMP_BLOCK)
                pool_row_backward(kind, dx, dy, y, x, plane, row, IMP_BLOCK);
            else
                pool_row_backward(kind, dx, dy, y, x, plane, row, 1);
}

void IMP_SIMD(imp_pool_backward)(imp_pooling kind, imp_tensor *dx, const imp_tensor *dy,
                                 const imp_tensor *y, const imp_tensor *x)
{
    if (x->h % 2)   /* a last row that no window covers */
        for (size_t plane = 0; plane < imp_tensor_blocks(x); plane++)
            memset(row_at(dx, plane, (size_t) x->h - 1), 0,
                   (size_t) x->w * (size_t) x->block * sizeof *dx->data);
    switch (kind) {
    case IMP_POOL_MAX: pool_all_backward(IMP_POOL_MAX, dx, dy, y, x); break;
    case IMP_POOL_AVERAGE: pool_all_backward(IMP_POOL_AVERAGE, dx, dy, y, x); break;
    case IMP_POOL_L2: pool_all_backward(IMP_POOL_L2, dx, dy, y, x); break;
    }
}

/* --- Padding ----------------------------------------------------------------------------- */

/* The pixel inside that pixel i of the padded side repeats; n: pixels inside. */
static size_t inside(size_t i, size_t n)
{
    return i == 0 ? 0 : i > n ? n - 1 : i - 1;
}

void IMP_SIMD(imp_pad_replicate)(imp_tensor *y, const imp_tensor *x)
{
    const size_t n = (size_t) x->block, w = (size_t) x->w;

    for (size_t plane = 0; plane < imp_tensor_blocks(x); plane++)
        for (size_t row = 0; row < (size_t) y->h; row++) {
            const float *from = row_at(x, plane, inside(row, (size_t) x->h));
            float *to = row_at(y, plane, row);
            memcpy(to, from, n * sizeof *to);
            memcpy(to + n, from, w * n * sizeof *to);
            memcpy(to + (w + 1) * n, from + (w - 1) * n, n * sizeof *to);
        }
}

void IMP_SIMD(imp_pad_replicate_backward)(imp_tensor *dx, const imp_tensor *dy)
{
    const size_t n = (size_t) dx->block, w = (size_t) dx->w;

    memset(dx->data, 0, imp_tensor_floats(dx) * sizeof *dx->data);
    for (size_t plane = 0; plane < imp_tensor_blocks(dx); plane++)
        for (size_t row = 0; row < (size_t) dy->h; row++) {
            const float *from = row_at(dy, plane, row);
            float *to = row_at(dx, plane, inside(row, (size_t) dx->h));
            for (size_t i = 0; i < w * n; i++) to[i] += from[n + i];
            for (size_t i = 0; i < n; i++) to[i] += from[i];
            for (size_t i = 0; i < n; i++) to[(w - 1) * n + i] += from[(w + 1) * n + i];
        }
}
