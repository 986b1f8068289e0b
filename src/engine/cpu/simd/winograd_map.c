/* winograd_map.c - between maps and planes: tiles with zeros beyond the border, the gradient
 * where it passes, and on the other side bias, rectifier, pooling and the mask. */
#include <string.h>

#include "base/memory.h"
#include "engine/cpu/simd/winograd_map.h"

/* So many tiles on is the input fetched. */
enum { TILES_AHEAD = 2 };

/* The number of pixel (y, x) among all those of a map of h x w. */
static size_t pixel(int block, int h, int w, int y, int x)
{
    return ((size_t) block * (size_t) h + (size_t) y) * (size_t) w + (size_t) x;
}

/* --- Input ------------------------------------------------------------------------------- */

/* What is read for pixel (y, x) of the plane. */
static const float *x_at(const imp_wino_job *j, int block, int y, int x)
{
    return j->x.data + IMP_BLOCK * pixel(block, j->x.h, j->x.w, y >> j->shift, x >> j->shift);
}

/* A tile that reaches over the border, zeros beyond it. */
static void gather(float *tile, const imp_wino_job *j, int n, int block, int y0, int x0)
{
    const int h = j->x.h << j->shift, w = j->x.w << j->shift;

    memset(tile, 0, (size_t) (n * n * IMP_BLOCK) * sizeof *tile);
    for (int i = y0 < 0 ? -y0 : 0; i < imp_least(n, h - y0); i++)
        for (int k = x0 < 0 ? -x0 : 0; k < imp_least(n, w - x0); k++) {
            const float *p = x_at(j, block, y0 + i, x0 + k);
            const unsigned bits = j->pass ? j->pass[pixel(block, j->h, j->w, y0 + i, x0 + k)]
                                          : 0xffff;
            for (int lane = 0; lane < IMP_BLOCK; lane += VW)
                *(vec *) (tile + (i * n + k) * IMP_BLOCK + lane)
                    = imp_load_masked(p + lane, bits >> lane);
        }
}

/* Tiles read short pieces of many rows, which the processor does not foresee. */
IMP_INLINE void fetch_ahead(const imp_wino_window *w, int n, int m)
{
    const int shift = w->pooled ? 1 : 0;
    const float *x = w->x + (size_t) (TILES_AHEAD * m >> shift) * IMP_BLOCK;

    for (int i = 0; i < n >> shift; i++)
        for (int k = 0; k < m >> shift; k++)
            __builtin_prefetch(x + (size_t) i * w->row + (size_t) k * IMP_BLOCK, 0, 3);
}

static void input_tile(const imp_wino_job *j, float *v, size_t plane, int block, int ty,
                       int tx)
{
    const imp_wino_tile *tile = j->plan->tile;
    const int n = tile->n, y0 = ty * tile->m - 1, x0 = tx * tile->m - 1;
    const int h = j->x.h << j->shift, w = j->x.w << j->shift;
    _Alignas(IMP_ALIGN) float edge[MAX_N * MAX_N * IMP_BLOCK];
    imp_wino_window window = { .x = edge, .row = (size_t) n * IMP_BLOCK };

    if (y0 < 0 || x0 < 0 || y0 + n > h || x0 + n > w) {
        gather(edge, j, n, block, y0, x0);
    } else {
        window = (imp_wino_window) {
            .x = x_at(j, block, y0, x0), .row = (size_t) j->x.w * IMP_BLOCK,
            .mask = j->pass ? j->pass + pixel(block, j->h, j->w, y0, x0) : NULL,
            .mask_row = (size_t) j->w, .pooled = j->shift > 0,
        };
        fetch_ahead(&window, n, tile->m);
    }
    tile->input(v, plane, &window);
}

/* The tile of two blocks of channels as one block of bf16. */
static void input_half(const imp_wino_job *j, float *v, int block, int ty, int tx)
{
    const size_t n = (size_t) j->plan->tile->n;
    _Alignas(IMP_ALIGN) float part[2][MAX_N * MAX_N * IMP_BLOCK];

    for (int i = 0; i < 2; i++)
        input_tile(j, part[i], IMP_BLOCK, 2 * block + i, ty, tx);
    j->plan->half->input(v, j->plan->v_plane, part[0], part[1], n * n);
}

void IMP_SIMD(imp_wino_input)(const imp_wino_job *j, float *v, int first, int n, int from,
                              int to)
{
    const imp_wino_plan *p = j->plan;

    for (int block = from; block < to; block++)
        for (int t = 0; t < n; t++) {
            const int ty = (first + t) / p->tiles_x, tx = (first + t) % p->tiles_x;
            float *at = v + ((size_t) block * (size_t) p->block + (size_t) t) * IMP_BLOCK;
            if (p->half) input_half(j, at, block, ty, tx);
            else input_tile(j, at, p->v_plane, block, ty, tx);
        }
}

/* --- Output ------------------------------------------------------------------------------ */

IMP_INLINE void put_mask(imp_gate *mask, size_t lane, unsigned bits)
{
    *mask = (imp_gate) (lane ? *mask | bits << lane : bits);
}

/* Bias and rectifier on rows x columns pixels of a tile, which begins at (y0, x0). */
IMP_INLINE void finish_plain(const imp_wino_job *j, const float *z, int block, int y0, int x0,
                             const int m, const int rows, const int columns)
{
    for (size_t lane = 0; lane < IMP_BLOCK; lane += VW) {
        const vec bias = j->bias ? *(const vec *) (j->bias + block * IMP_BLOCK + lane)
                                 : (vec) { 0 };
        for (int i = 0; i < rows; i++) {
            const size_t at = pixel(block, j->h, j->w, y0 + i, x0);
            const float *from = z + (size_t) (i * m) * IMP_BLOCK + lane;
            float *to = j->y.data + at * IMP_BLOCK + lane;
            for (int k = 0; k < columns; k++, from += IMP_BLOCK, to += IMP_BLOCK) {
                vec v = *(const vec *) from + bias;
                if (j->relu) v = imp_max(v, (vec) { 0 });
                if (j->stream) imp_stream(to, v);
                else *(vec *) to = v;
                if (j->mask) put_mask(&j->mask[at + (size_t) k], lane, imp_positive(v));
            }
        }
    }
}

/* What pooling makes of a window's four values, rectified, and whose gradients pass. */
IMP_INLINE vec pool_window(const vec v[4], bool average, unsigned bits[4])
{
    vec best;

    for (int i = 0; i < 4; i++) bits[i] = imp_positive(v[i]);
    if (average) return 0.25f * (v[0] + v[1] + v[2] + v[3]);
    best = imp_max(imp_max(v[0], v[1]), imp_max(v[2], v[3]));
    for (int i = 0, taken = 0; i < 4; i++) {
        bits[i] &= ~(imp_positive(best - v[i]) | (unsigned) taken);
        taken |= (int) bits[i];
    }
    return best;
}

/* The same, with pooling; a window's second row and column may be missing. */
static void finish_pooled(const imp_wino_job *j, const float *z, int block, int y0,
                          int x0, int m, int rows, int columns)
{
    for (size_t lane = 0; lane < IMP_BLOCK; lane += VW) {
        const vec bias = *(const vec *) (j->bias + block * IMP_BLOCK + lane);
        for (int i = 0; i < rows; i += 2)
            for (int k = 0; k < columns; k += 2) {
                const bool whole = i + 1 < rows && k + 1 < columns;
                unsigned bits[4] = { 0 };
                vec v[4];
                for (int q = 0; q < 4; q++) {
                    const float *p = z + ((i + q / 2) * m + k + q % 2) * IMP_BLOCK + lane;
                    v[q] = imp_max(*(const vec *) p + bias, (vec) { 0 });
                }
                if (whole) {
                    const size_t at = pixel(block, j->y.h, j->y.w, (y0 + i) / 2, (x0 + k) / 2);
                    *(vec *) (j->y.data + at * IMP_BLOCK + lane)
                        = pool_window(v, j->average, bits);
                }
                for (int q = 0; j->mask && q < 4; q++)
                    if (i + q / 2 < rows && k + q % 2 < columns)
                        put_mask(&j->mask[pixel(block, j->h, j->w, y0 + i + q / 2,
                                                x0 + k + q % 2)], lane, bits[q]);
            }
    }
}

static void output_tile(const imp_wino_job *j, const float *m, int block, int ty, int tx)
{
    const imp_wino_tile *tile = j->plan->tile;
    const int y0 = ty * tile->m, x0 = tx * tile->m;
    const int rows = imp_least(tile->m, j->h - y0), columns = imp_least(tile->m, j->w - x0);
    _Alignas(IMP_ALIGN) float z[MAX_N * MAX_N * IMP_BLOCK];

    tile->output(z, m, j->plan->m_plane);
    if (j->pool) finish_pooled(j, z, block, y0, x0, tile->m, rows, columns);
    else finish_plain(j, z, block, y0, x0, tile->m, rows, columns);
}

void IMP_SIMD(imp_wino_output)(const imp_wino_job *j, const float *m, int first, int n,
                               int from, int to)
{
    const imp_wino_plan *p = j->plan;
    const int blocks = (to - from) * PANEL / IMP_BLOCK, offset = from * PANEL / IMP_BLOCK;

    for (int block = 0; block < blocks; block++)
        for (int t = 0; t < n; t++)
            output_tile(j, m + ((size_t) block * (size_t) p->block + (size_t) t) * IMP_BLOCK,
                        offset + block, (first + t) / p->tiles_x, (first + t) % p->tiles_x);
}
