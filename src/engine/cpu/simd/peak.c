/* peak.c - multiply-adds in registers. */
#include "engine/cpu/peak.h"

#include "engine/cpu/simd/simd.h"

/* More than a multiply-add's latency times the units that take one each cycle; with factors
 * and products they fit sixteen registers. */
enum { SUMS = 12 };

double IMP_SIMD(imp_peak)(long rounds)
{
    const vec factor = (vec) { 0 } + 0.5f, term = (vec) { 0 } + 1.0f;
    vec sum[SUMS];

    IMP_UNROLL
    for (int s = 0; s < SUMS; s++) sum[s] = term;
    for (long r = 0; r < rounds; r++) {
        IMP_UNROLL
        for (int s = 0; s < SUMS; s++) {
            sum[s] = sum[s] * factor + term;
            IMP_NOW(sum[s]);
        }
    }
    return 2.0 * SUMS * VW;
}
