/* forward.c - what networks have besides filters that only runs forward: windows of any side,
 * factors for channels, other sizes. Contracts: ops.h. */
#include "base/between.h"
#include "engine/cpu/level.h"

static float *pixel_at(const imp_tensor *t, int plane, int y, int x)
{
    return t->data + (((size_t) plane * (size_t) t->h + (size_t) y) * (size_t) t->w
                      + (size_t) x) * (size_t) t->block;
}

/* --- Maximum ----------------------------------------------------------------------------- */

static void window(float *restrict to, const imp_tensor *x, int plane, int top, int left,
                   int side)
{
    const int y0 = top < 0 ? 0 : top, y1 = top + side < x->h ? top + side : x->h;
    const int x0 = left < 0 ? 0 : left, x1 = left + side < x->w ? left + side : x->w;
    const float *first = pixel_at(x, plane, y0, x0);

    for (int i = 0; i < x->block; i++) to[i] = first[i];
    for (int row = y0; row < y1; row++)
        for (int column = x0; column < x1; column++) {
            const float *from = pixel_at(x, plane, row, column);
            for (int i = 0; i < x->block; i++) to[i] = from[i] > to[i] ? from[i] : to[i];
        }
}

void IMP_SIMD(imp_window_max)(imp_tensor *y, const imp_tensor *x, int side, int stride,
                              int pad)
{
    const int planes = (int) imp_tensor_blocks(y), rows = y->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int plane = 0; plane < planes; plane++)
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < y->w; column++)
                window(pixel_at(y, plane, row, column), x, plane, row * stride - pad,
                       column * stride - pad, side);
}

/* --- Factors ----------------------------------------------------------------------------- */

void IMP_SIMD(imp_scale_channels)(imp_tensor *x, const float *factor)
{
    const int planes = (int) imp_tensor_blocks(x), rows = x->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int plane = 0; plane < planes; plane++)
        for (int row = 0; row < rows; row++) {
            const float *f = factor + plane * x->block;
            for (int column = 0; column < x->w; column++) {
                float *at = pixel_at(x, plane, row, column);
                for (int i = 0; i < x->block; i++) at[i] *= f[i];
            }
        }
}

/* --- Other sizes ------------------------------------------------------------------------- */

static void blend(float *restrict to, const imp_tensor *x, int plane, imp_between row,
                  imp_between column)
{
    const size_t block = (size_t) x->block, a = column.a * block, b = column.b * block;
    const float *top = pixel_at(x, plane, (int) row.a, 0);
    const float *low = pixel_at(x, plane, (int) row.b, 0);

    for (size_t i = 0; i < block; i++) {
        const float t = top[a + i] + column.share * (top[b + i] - top[a + i]);
        const float l = low[a + i] + column.share * (low[b + i] - low[a + i]);
        to[i] = t + row.share * (l - t);
    }
}

void IMP_SIMD(imp_resize_bilinear)(imp_tensor *y, const imp_tensor *x)
{
    const int planes = (int) imp_tensor_blocks(y), rows = y->h;
    const size_t h = (size_t) x->h, w = (size_t) x->w;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int plane = 0; plane < planes; plane++)
        for (int row = 0; row < rows; row++) {
            const imp_between at = imp_between_of((size_t) row, (size_t) rows, h);
            for (int column = 0; column < y->w; column++)
                blend(pixel_at(y, plane, row, column), x, plane, at,
                      imp_between_of((size_t) column, (size_t) y->w, w));
        }
}
