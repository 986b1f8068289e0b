/* peak.h - the fastest multiply-adds that a level's instructions do. */
#ifndef IMP_PEAK_H
#define IMP_PEAK_H

/* Each does `rounds` rounds of multiply-adds that wait for nothing but the arithmetic units,
 * and returns how many floating point operations a round has (simd/peak.c). */
double imp_peak_c(long rounds);
double imp_peak_avx2(long rounds);
double imp_peak_avx512(long rounds);
double imp_peak_avx512_bf16(long rounds);

#endif
