/* gram_avx2.c - the inner loops of Gram matrices with AVX2 and FMA. Contract: gram.h. */
#include <immintrin.h>

#include "engine/cpu/gram.h"

/* A pixel of a block fills two registers; ROWS channels of a, or TILE pixels, at once. */
enum { B = IMP_BLOCK, HALF = B / 2, ROWS = 4, TILE = 6 };

/* ROWS rows of the sum, from a on. */
static void rows(float sum[ROWS][B], const float *a, const float *b, size_t n)
{
    __m256 acc[ROWS][2];

    for (size_t i = 0; i < ROWS; i++) acc[i][0] = acc[i][1] = _mm256_setzero_ps();
    for (size_t p = 0; p < n; p++, a += B) {
        const __m256 b0 = _mm256_load_ps(b + p * B), b1 = _mm256_load_ps(b + p * B + HALF);
        for (size_t i = 0; i < ROWS; i++) {
            const __m256 ai = _mm256_broadcast_ss(a + i);
            acc[i][0] = _mm256_fmadd_ps(ai, b0, acc[i][0]);
            acc[i][1] = _mm256_fmadd_ps(ai, b1, acc[i][1]);
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        _mm256_store_ps(sum[i], acc[i][0]);
        _mm256_store_ps(sum[i] + HALF, acc[i][1]);
    }
}

static void products(float sum[B][B], const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < B; i += ROWS) rows(sum + i, a + i, b, n);
}

/* dx += scale * acc, eight floats. */
static inline void add_scaled(float *dx, __m256 acc, float scale)
{
    _mm256_store_ps(dx, _mm256_fmadd_ps(_mm256_set1_ps(scale), acc, _mm256_load_ps(dx)));
}

/* TILE pixels, or one; the next n are fetched on the way: the processor cannot guess them. */
static inline __attribute__((always_inline)) void
pixels(float *dx, const float *d, const float *x, size_t plane, size_t c, size_t n,
       float scale)
{
    __m256 acc[TILE][2];

    for (size_t p = 0; p < n; p++) acc[p][0] = acc[p][1] = _mm256_setzero_ps();
    for (size_t j = 0; j < c; j++) {
        const float *f = x + j / B * plane + j % B;
        const __m256 d0 = _mm256_loadu_ps(d + j * c), d1 = _mm256_loadu_ps(d + j * c + HALF);
        if (j % B < n) _mm_prefetch((const char *) (f + (n + j % B) * B), _MM_HINT_T0);
        for (size_t p = 0; p < n; p++) {
            const __m256 fp = _mm256_broadcast_ss(f + p * B);
            acc[p][0] = _mm256_fmadd_ps(fp, d0, acc[p][0]);
            acc[p][1] = _mm256_fmadd_ps(fp, d1, acc[p][1]);
        }
    }
    for (size_t p = 0; p < n; p++) {
        add_scaled(dx + p * B, acc[p][0], scale);
        add_scaled(dx + p * B + HALF, acc[p][1], scale);
    }
}

static void backward(float *dx, const float *d, const float *x, size_t plane, size_t c,
                     size_t n, float scale)
{
    size_t p = 0;

    for (; p + TILE <= n; p += TILE) pixels(dx + p * B, d, x + p * B, plane, c, TILE, scale);
    for (; p < n; p++) pixels(dx + p * B, d, x + p * B, plane, c, 1, scale);
}

const imp_gram_kernel imp_gram_kernel_avx2 = { products, backward };
