/* winograd_bf16.c - the products of a Winograd convolution in bfloat16 with AVX512-BF16: pairs
 * of products summed in float. Level avx512 only. */
#include "engine/cpu/simd/winograd.h"

typedef __m512bh half;

/* Like step() of winograd_product.c: a word is a pair of channels. */
IMP_INLINE void step(const int rows, vec *first, vec *second, const float *v, const float *u)
{
    const half u0 = (half) _mm512_load_ps(u), u1 = (half) _mm512_load_ps(u + VW);

    IMP_UNROLL
    for (int r = 0; r < rows; r++) {
        const half pair = (half) _mm512_set1_ps(v[r * IMP_BLOCK]);
        first[r] = (vec) _mm512_dpbf16_ps((__m512) first[r], pair, u0);
        second[r] = (vec) _mm512_dpbf16_ps((__m512) second[r], pair, u1);
        IMP_NOW(first[r]);
        IMP_NOW(second[r]);
    }
}

#include "engine/cpu/simd/winograd_product.h"

static void input(float *v, size_t plane, const float *first, const float *second,
                  size_t points)
{
    for (size_t k = 0; k < points; k++) {
        const half pairs = _mm512_cvtne2ps_pbh(_mm512_load_ps(second + k * IMP_BLOCK),
                                               _mm512_load_ps(first + k * IMP_BLOCK));
        _mm512_store_ps(v + k * plane, (__m512) pairs);
    }
}

static void weights(float *u, size_t plane, const float *first, const float *second,
                    size_t points)
{
    /* first[0], second[0], first[1] ...: the two halves of what is converted, in turn. */
    const __m512i in_turn = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
        23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);

    for (size_t k = 0; k < points; k++)
        for (size_t lane = 0; lane < PANEL; lane += VW) {
            const half both = _mm512_cvtne2ps_pbh(_mm512_load_ps(second + k * PANEL + lane),
                                                  _mm512_load_ps(first + k * PANEL + lane));
            _mm512_store_si512(u + k * plane + lane,
                               _mm512_permutexvar_epi16(in_turn, (__m512i) both));
        }
}

const imp_wino_bf16 imp_wino_bf16_avx512 = { products, input, weights };
