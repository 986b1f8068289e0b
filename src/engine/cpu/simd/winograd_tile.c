/* winograd_tile.c - one tile to its points, weights to theirs, and products back to pixels.
 *
 * In one dimension, with the points p of a tile, the weights' polynomial is evaluated at each
 * p (and divided by what the Lagrange basis has there), the pixels are combined so that each
 * product of the two is that polynomial product's value at p, and the output is interpolated.
 * F(4, 3) has the points 0, 1, -1, 2, -2 and infinity: its matrices have small integers, and
 * the error stays at a few 1e-6. F(6, 3) adds 1/2 and -1/2, whose growth is the inverse of
 * that of 2 and -2. Points come in pairs p, -p, of which the even and odd powers are shared.
 * A further dimension does the same to rows and columns: in Lavin and Gray's letters input()
 * is B^T d B, output() A^T m A and weights() G g G^T. */
#include "engine/cpu/simd/winograd.h"

typedef void line(vec *out, const vec *in);

/* --- F(4, 3) in one dimension ------------------------------------------------------------ */

IMP_INLINE void input_4(vec *v, const vec *d)
{
    const vec even1 = d[4] - 4 * d[2], odd1 = d[3] - 4 * d[1];
    const vec even2 = d[4] - d[2], odd2 = 2 * (d[3] - d[1]);

    v[0] = 4 * d[0] - 5 * d[2] + d[4];
    v[1] = even1 + odd1;
    v[2] = even1 - odd1;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = 4 * d[1] - 5 * d[3] + d[5];
}

IMP_INLINE void output_4(vec *z, const vec *m)
{
    const vec sum1 = m[1] + m[2], diff1 = m[1] - m[2];
    const vec sum2 = m[3] + m[4], diff2 = m[3] - m[4];

    z[0] = m[0] + sum1 + sum2;
    z[1] = diff1 + 2 * diff2;
    z[2] = sum1 + 4 * sum2;
    z[3] = m[5] + diff1 + 8 * diff2;
}

/* --- F(6, 3) in one dimension ------------------------------------------------------------ */

IMP_INLINE void input_6(vec *v, const vec *d)
{
    const vec even1 = d[2] + d[6] - 4.25f * d[4], odd1 = d[1] + d[5] - 4.25f * d[3];
    const vec even2 = 0.25f * d[2] - 1.25f * d[4] + d[6];
    const vec odd2 = 2 * (0.25f * d[1] - 1.25f * d[3] + d[5]);
    const vec even_half = 4 * d[2] - 5 * d[4] + d[6];
    const vec odd_half = 0.5f * (4 * d[1] - 5 * d[3] + d[5]);

    v[0] = d[0] - d[6] + 5.25f * (d[4] - d[2]);
    v[1] = even1 + odd1;
    v[2] = even1 - odd1;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = even_half + odd_half;
    v[6] = even_half - odd_half;
    v[7] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
}

IMP_INLINE void output_6(vec *z, const vec *m)
{
    const vec sum1 = m[1] + m[2], diff1 = m[1] - m[2];
    const vec sum2 = m[3] + m[4], diff2 = m[3] - m[4];
    const vec sum_half = m[5] + m[6], diff_half = m[5] - m[6];

    z[0] = m[0] + sum1 + sum2 + sum_half;
    z[1] = diff1 + 2 * diff2 + 0.5f * diff_half;
    z[2] = sum1 + 4 * sum2 + 0.25f * sum_half;
    z[3] = diff1 + 8 * diff2 + 0.125f * diff_half;
    z[4] = sum1 + 16 * sum2 + 0.0625f * sum_half;
    z[5] = m[7] + diff1 + 32 * diff2 + 0.03125f * diff_half;
}

/* --- In two: columns, then rows ---------------------------------------------------------- */

/* Pixel (i, j), the lanes from `lane` on. A pooled window begins at an odd row and column. */
IMP_INLINE vec pixel(const imp_wino_window *w, bool masked, bool pooled, size_t i, size_t j,
                     size_t lane)
{
    const size_t row = pooled ? (i + 1) / 2 : i, column = pooled ? (j + 1) / 2 : j;
    const float *p = w->x + row * w->row + column * IMP_BLOCK + lane;

    if (!masked) return *(const vec *) p;
    return imp_load_masked(p, (unsigned) w->mask[i * w->mask_row + j] >> lane);
}

/* The transformed column j, as column j of t. */
IMP_INLINE void put_column(vec (*t)[MAX_N], size_t j, line *one, const vec *column,
                           const size_t rows)
{
    vec out[MAX_N];

    one(out, column);
    IMP_UNROLL
    for (size_t i = 0; i < rows; i++) t[i][j] = out[i];
}

/* The transformed rows of t one after the other, `step` floats from one value to the next. */
IMP_INLINE void put_rows(float *to, size_t step, line *one, vec (*t)[MAX_N], const size_t rows)
{
    vec out[MAX_N];

    IMP_UNROLL
    for (size_t i = 0; i < rows; i++) {
        one(out, t[i]);
        IMP_UNROLL
        for (size_t j = 0; j < rows; j++) *(vec *) (to + (i * rows + j) * step) = out[j];
    }
}

IMP_INLINE void input(const size_t n, line *one, float *v, size_t plane,
                      const imp_wino_window *w, const bool masked, const bool pooled)
{
    IMP_ONE_BY_ONE
    for (size_t lane = 0; lane < IMP_BLOCK; lane += VW) {
        vec t[MAX_N][MAX_N], d[MAX_N];
        IMP_UNROLL
        for (size_t j = 0; j < n; j++) {
            IMP_UNROLL
            for (size_t i = 0; i < n; i++) d[i] = pixel(w, masked, pooled, i, j, lane);
            put_column(t, j, one, d, n);
        }
        put_rows(v + lane, plane, one, t, n);
    }
}

IMP_INLINE void output(const size_t m, line *one, float *z, const float *products,
                       size_t plane)
{
    const size_t n = m + 2;

    IMP_ONE_BY_ONE
    for (size_t lane = 0; lane < IMP_BLOCK; lane += VW) {
        vec t[MAX_N][MAX_N], d[MAX_N];
        IMP_UNROLL
        for (size_t j = 0; j < n; j++) {
            IMP_UNROLL
            for (size_t i = 0; i < n; i++)
                d[i] = *(const vec *) (products + (i * n + j) * plane + lane);
            put_column(t, j, one, d, m);
        }
        put_rows(z + lane, IMP_BLOCK, one, t, m);
    }
}

/* --- Weights: a matrix, of which each point has a row ------------------------------------ */

enum { KERNEL = 3 };   /* its side */

static const float matrix_4[6][KERNEL] = {
    { 0.25f, 0, 0 },
    { -1 / 6.0f, -1 / 6.0f, -1 / 6.0f }, { -1 / 6.0f, 1 / 6.0f, -1 / 6.0f },
    { 1 / 24.0f, 1 / 12.0f, 1 / 6.0f }, { 1 / 24.0f, -1 / 12.0f, 1 / 6.0f },
    { 0, 0, 1 },
};
static const float matrix_6[8][KERNEL] = {
    { 1, 0, 0 },
    { -2 / 9.0f, -2 / 9.0f, -2 / 9.0f }, { -2 / 9.0f, 2 / 9.0f, -2 / 9.0f },
    { 1 / 90.0f, 1 / 45.0f, 2 / 45.0f }, { 1 / 90.0f, -1 / 45.0f, 2 / 45.0f },
    { 32 / 45.0f, 16 / 45.0f, 8 / 45.0f }, { 32 / 45.0f, -16 / 45.0f, 8 / 45.0f },
    { 0, 0, 1 },
};

/* u = the matrix times g: 0 and infinity see one weight, p and -p differ in the odd power. */
IMP_INLINE void all_points(const size_t n, const float (*matrix)[KERNEL], float *u,
                           size_t plane, const vec *g)
{
    *(vec *) u = matrix[0][0] * g[0];
    IMP_UNROLL
    for (size_t k = 1; k + 1 < n; k += 2) {
        const vec even = matrix[k][0] * g[0] + matrix[k][2] * g[2], odd = matrix[k][1] * g[1];
        *(vec *) (u + k * plane) = even + odd;
        *(vec *) (u + (k + 1) * plane) = even - odd;
    }
    *(vec *) (u + (n - 1) * plane) = matrix[n - 1][2] * g[2];
}

IMP_INLINE void weights(const size_t n, const float (*matrix)[KERNEL], float *u, size_t plane,
                        const float *w, int row)
{
    const float *const g = matrix[row];

    IMP_ONE_BY_ONE
    for (size_t lane = 0; lane < PANEL; lane += VW) {
        vec t[KERNEL];
        IMP_UNROLL
        for (size_t j = 0; j < KERNEL; j++)
            t[j] = g[0] * *(const vec *) (w + j * PANEL + lane)
                   + g[1] * *(const vec *) (w + (KERNEL + j) * PANEL + lane)
                   + g[2] * *(const vec *) (w + (2 * KERNEL + j) * PANEL + lane);
        all_points(n, matrix, u + lane, plane, t);
    }
}

/* --- The tables -------------------------------------------------------------------------- */

#define TILE(m_) \
    static void tile_input_##m_(float *v, size_t plane, const imp_wino_window *w) \
    { \
        if (!w->mask) input(m_ + 2, input_##m_, v, plane, w, false, false); \
        else if (!w->pooled) input(m_ + 2, input_##m_, v, plane, w, true, false); \
        else input(m_ + 2, input_##m_, v, plane, w, true, true); \
    } \
    static void tile_output_##m_(float *z, const float *products, size_t plane) \
    { \
        output(m_, output_##m_, z, products, plane); \
    } \
    static void tile_weights_##m_(float *u, size_t plane, const float *w, int row) \
    { \
        weights(m_ + 2, matrix_##m_, u, plane, w, row); \
    } \
    const imp_wino_tile IMP_SIMD(imp_wino_f##m_) = { \
        m_, m_ + 2, tile_input_##m_, tile_output_##m_, tile_weights_##m_ \
    };

TILE(4)
TILE(6)
