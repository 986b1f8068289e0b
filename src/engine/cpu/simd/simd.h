/* simd.h - vectors as wide as this level's instruction set has them, by the compilers' vector
 * extensions (gcc and clang): one source makes every level (see ../level.h). */
#ifndef IMP_SIMD_H
#define IMP_SIMD_H

#include "engine/cpu/level.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined __AVX512F__
enum { VW = 16 };   /* floats in a vector */
#elif defined __AVX2__
enum { VW = 8 };
#else
enum { VW = 4 };
#endif

typedef float vec __attribute__((vector_size(VW * sizeof(float)), may_alias));

enum { VECS = IMP_BLOCK / VW };   /* vectors in a block of channels */

/* Before a loop whose arrays are to live in registers. Under a sanitizer, whose checks make
 * the code many times longer, loops stay loops. */
#ifdef __has_feature
#define IMP_SANITIZED __has_feature(address_sanitizer)
#elif defined __SANITIZE_ADDRESS__
#define IMP_SANITIZED 1
#else
#define IMP_SANITIZED 0
#endif
#if IMP_SANITIZED
#define IMP_UNROLL
#elif defined __clang__
#define IMP_UNROLL _Pragma("clang loop unroll(full)")
#else
#define IMP_UNROLL _Pragma("GCC unroll 32")
#endif

/* Before a loop whose body is long already. */
#ifdef __clang__
#define IMP_ONE_BY_ONE _Pragma("clang loop unroll(disable)")
#else
#define IMP_ONE_BY_ONE _Pragma("GCC unroll 1")
#endif

/* Computes a vector here and not later: clang would first fetch all operands of a loop, for
 * which there are no registers. */
#if defined __x86_64__
#define IMP_NOW(x) __asm__ volatile("" : "+v"(x))
#elif defined __aarch64__
#define IMP_NOW(x) __asm__ volatile("" : "+w"(x))
#else
#define IMP_NOW(x) ((void) 0)
#endif

#define IMP_INLINE static inline __attribute__((always_inline))

/* x in all lanes, in a register: clang would else load it for every product it is in. */
IMP_INLINE vec imp_splat(float x)
{
    vec v = x - (vec) { 0 };

    IMP_NOW(v);
    return v;
}

/* p's lanes whose bits are set; 0 in the others. */
IMP_INLINE vec imp_load_masked(const float *p, unsigned bits)
{
#if defined __AVX512F__
    return (vec) _mm512_maskz_load_ps((__mmask16) bits, p);
#else
    typedef int ivec __attribute__((vector_size(sizeof(vec)), may_alias));
    const ivec lane = { 1, 2, 4, 8
#if defined __AVX2__
        , 16, 32, 64, 128
#endif
    };
    const ivec all = (ivec) { 0 } + (int) bits;
    return (vec) (((all & lane) == lane) & *(const ivec *) p);
#endif
}

/* One bit a lane: is it above 0? */
IMP_INLINE unsigned imp_positive(vec x)
{
#if defined __AVX512F__
    return _mm512_cmp_ps_mask((__m512) x, _mm512_setzero_ps(), _CMP_GT_OQ);
#elif defined __AVX2__
    return (unsigned) _mm256_movemask_ps((__m256) (x > 0));
#elif defined __SSE2__
    return (unsigned) _mm_movemask_ps((__m128) (x > 0));
#else
    unsigned bits = 0;
    for (int i = 0; i < VW; i++) bits |= (unsigned) (x[i] > 0) << i;
    return bits;
#endif
}

IMP_INLINE vec imp_max(vec a, vec b)
{
#if defined __AVX512F__
    return (vec) _mm512_max_ps((__m512) a, (__m512) b);
#elif defined __AVX2__
    return (vec) _mm256_max_ps((__m256) a, (__m256) b);
#elif defined __SSE2__
    return (vec) _mm_max_ps((__m128) a, (__m128) b);
#else
    for (int i = 0; i < VW; i++) a[i] = a[i] > b[i] ? a[i] : b[i];
    return a;
#endif
}

/* A map of so many is not kept by the caches: better written past them. */
enum { IMP_MANY_FLOATS = 1 << 21 };

/* Stores past the caches, which keep what is there; imp_stream_end() before others read it. */
IMP_INLINE void imp_stream(float *p, vec x)
{
#if defined __AVX512F__
    _mm512_stream_ps(p, (__m512) x);
#elif defined __AVX2__
    _mm256_stream_ps(p, (__m256) x);
#elif defined __SSE2__
    _mm_stream_ps(p, (__m128) x);
#else
    *(vec *) p = x;
#endif
}

IMP_INLINE void imp_stream_end(void)
{
#ifdef __SSE2__
    _mm_sfence();
#endif
}

#endif
