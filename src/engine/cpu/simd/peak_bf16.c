/* peak_bf16.c - multiply-adds of pairs in bfloat16, in registers. Level avx512 only. */
#include "engine/cpu/peak.h"

#include "engine/cpu/simd/simd.h"

enum { SUMS = 12 };   /* as in peak.c */

double imp_peak_avx512_bf16(long rounds)
{
    const __m512bh pairs = (__m512bh) _mm512_set1_epi16(0x3f00);   /* 0.5 */
    __m512 sum[SUMS];

    IMP_UNROLL
    for (int s = 0; s < SUMS; s++) sum[s] = _mm512_setzero_ps();
    for (long r = 0; r < rounds; r++) {
        IMP_UNROLL
        for (int s = 0; s < SUMS; s++) {
            sum[s] = _mm512_dpbf16_ps(sum[s], pairs, pairs);
            IMP_NOW(sum[s]);
        }
    }
    return 2.0 * 2 * SUMS * VW;
}
