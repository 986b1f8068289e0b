/* gram_avx512.c - the inner loops of Gram matrices with AVX-512. The contract is in gram.h. */
#include <immintrin.h>

#include "engine/cpu/gram.h"

/* A pixel of a block fills one register; TILE pixels at once. */
enum { B = IMP_BLOCK, TILE = 14 };

static void products(float sum[B][B], const float *a, const float *b, size_t n)
{
    __m512 acc[B];

    for (size_t i = 0; i < B; i++) acc[i] = _mm512_setzero_ps();
    for (size_t p = 0; p < n; p++, a += B) {
        const __m512 bp = _mm512_load_ps(b + p * B);
        for (size_t i = 0; i < B; i++)
            acc[i] = _mm512_fmadd_ps(_mm512_set1_ps(a[i]), bp, acc[i]);
    }
    for (size_t i = 0; i < B; i++) _mm512_store_ps(sum[i], acc[i]);
}

/* TILE pixels, or one. The channels of a pixel lie far apart, too far for the processor to
 * guess, so the next n pixels are fetched on the way: twice as fast. */
static inline __attribute__((always_inline)) void
pixels(float *dx, const float *d, const float *x, size_t plane, size_t c, size_t n,
       float scale)
{
    __m512 acc[TILE];

    for (size_t p = 0; p < n; p++) {
        acc[p] = _mm512_setzero_ps();
        _mm_prefetch((const char *) (dx + p * B), _MM_HINT_T0);   /* wanted in the end */
    }
    for (size_t j = 0; j < c; j++) {
        const float *f = x + j / B * plane + j % B;
        const __m512 dj = _mm512_loadu_ps(d + j * c);
        if (j % B < n) _mm_prefetch((const char *) (f + (n + j % B) * B), _MM_HINT_T0);
        for (size_t p = 0; p < n; p++)
            acc[p] = _mm512_fmadd_ps(_mm512_set1_ps(f[p * B]), dj, acc[p]);
    }
    for (size_t p = 0; p < n; p++)
        _mm512_store_ps(dx + p * B,
                        _mm512_fmadd_ps(_mm512_set1_ps(scale), acc[p],
                                        _mm512_load_ps(dx + p * B)));
}

static void backward(float *dx, const float *d, const float *x, size_t plane, size_t c,
                     size_t n, float scale)
{
    size_t p = 0;

    for (; p + TILE <= n; p += TILE) pixels(dx + p * B, d, x + p * B, plane, c, TILE, scale);
    for (; p < n; p++) pixels(dx + p * B, d, x + p * B, plane, c, 1, scale);
}

const imp_gram_kernel imp_gram_kernel_avx512 = { products, backward };
