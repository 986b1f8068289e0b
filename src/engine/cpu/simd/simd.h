/* simd.h - vectors as wide as this build's instruction set has them, by the compilers' vector
 * extensions (gcc and clang): one source makes every level.
 *
 * All files of this folder are compiled once a level (see engine/meson.build), with that
 * level's flags and IMP_LEVEL set to its name: c (whatever the compiler may use anywhere), avx2
 * or avx512. IMP_SIMD(name) is the level's own name for something that other files see. */
#ifndef IMP_SIMD_H
#define IMP_SIMD_H

#include "engine/tensor.h"

#define IMP_SIMD_JOIN(name, level) name##_##level
#define IMP_SIMD_EXPAND(name, level) IMP_SIMD_JOIN(name, level)
#define IMP_SIMD(name) IMP_SIMD_EXPAND(name, IMP_LEVEL)

#if defined __AVX512F__
enum { VW = 16 };   /* floats in a vector */
#elif defined __AVX2__
enum { VW = 8 };
#else
enum { VW = 4 };
#endif

typedef float vec __attribute__((vector_size(VW * sizeof(float)), may_alias));

enum { VECS = IMP_BLOCK / VW };   /* vectors in a block of channels */

#define IMP_INLINE static inline __attribute__((always_inline))

#endif
