/* winograd.h - what the files of the Winograd convolution share.
 *
 * F(m x m, 3 x 3) (Winograd 1980; Lavin and Gray 2015, arXiv 1509.09308): an input tile of
 * n x n pixels, n = m + 2, is transformed to n x n points; at each point a product over the
 * channels with the transformed weights; transformed back, m x m pixels of the output.
 *
 * Everything at one point is a "plane". The layouts, in floats (bf16: in pairs of bf16):
 *   V  inputs    [point][block of 16 words of channels][tile][16]
 *   U  weights   [point][panel][channel word][PANEL]
 *   M  products  [point][block of 16 channels][tile][16] */
#ifndef IMP_WINOGRAD_H
#define IMP_WINOGRAD_H

#include "engine/cpu/conv.h"
#include "engine/cpu/simd/simd.h"

enum {
    PANEL = 2 * VW,          /* output channels of one product              */
    MAX_ROWS = VW == 16 ? 14 : 6,   /* tiles of one product: as registers allow */
    TAPS = 9,                /* of a 3 x 3 kernel                           */
    MAX_N = 8                /* the largest tile's side                     */
};

/* --- Transforms of one tile (winograd_tile.c) -------------------------------------------- */

/* Where an input tile is read: pixel (i, j) of its 16 channels at x + i * row + j * 16; where
 * only some pass, mask[i * mask_row + j] has their bits, and with `pooled` x holds one value
 * for 2 x 2 pixels, of which the tile's first row and column are the second. */
typedef struct imp_wino_window {
    const float *x;
    size_t row;
    const imp_gate *mask;    /* NULL: all pass */
    size_t mask_row;
    bool pooled;
} imp_wino_window;

typedef struct imp_wino_tile {
    int m, n;
    /* n x n points of 16 channels, a plane apart. */
    void (*input)(float *v, size_t plane, const imp_wino_window *window);
    /* m x m pixels of 16 channels, one after the other. */
    void (*output)(float *z, const float *m, size_t plane);
    /* The n points of one row, PANEL channels each; w: TAPS x PANEL. */
    void (*weights)(float *u, size_t plane, const float *w, int row);
} imp_wino_tile;

extern const imp_wino_tile IMP_SIMD(imp_wino_f4), IMP_SIMD(imp_wino_f6);

/* --- Products (winograd_product.c) ------------------------------------------------------- */

/* m[r][0 .. PANEL) = sum over blocks and their 16 words of v[block][r][word] *
 * u[block][word][0 .. PANEL), r < rows. The second vector of a row lies m_second floats after
 * the first, the next row 16. `ahead` is fetched into the second-level cache meanwhile. */
typedef void imp_wino_product(float *m, size_t m_second, const float *v, size_t v_block,
                              const float *u, int blocks, const char *ahead);

/* By the number of rows, 1 .. MAX_ROWS. */
extern imp_wino_product *const *const IMP_SIMD(imp_wino_products);

/* Bytes that one call fetches ahead, a channel block. */
enum { AHEAD = 4 * 64 };

/* --- In bfloat16 (winograd_bf16.c) ------------------------------------------------------- */

typedef struct imp_wino_bf16 {
    imp_wino_product *const *products;
    /* Two blocks' points, IMP_BLOCK floats each, to one block of pairs, a plane apart. */
    void (*input)(float *v, size_t plane, const float *first, const float *second,
                  size_t points);
    /* Two input channels' points, PANEL floats each, to pairs, a plane apart. */
    void (*weights)(float *u, size_t plane, const float *first, const float *second,
                    size_t points);
} imp_wino_bf16;

extern const imp_wino_bf16 imp_wino_bf16_avx512;   /* needs AVX512-BF16 */

/* NULL if this level or this processor has no products in bf16. */
static inline const imp_wino_bf16 *imp_wino_half(void)
{
#if defined __AVX512F__
    if (__builtin_cpu_supports("avx512bf16")) return &imp_wino_bf16_avx512;
#endif
    return NULL;
}

#endif
