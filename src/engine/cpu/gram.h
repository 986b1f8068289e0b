/* gram.h - the inner loops of Gram matrices, for each instruction set. All of them work on
 * blocked maps: a pixel of one block is IMP_BLOCK floats, pixels follow each other. */
#ifndef IMP_GRAM_H
#define IMP_GRAM_H

#include "engine/tensor.h"

typedef struct imp_gram_kernel {
    /* sum[i][j] = sum over n pixels p of a[p][i] * b[p][j]; a and b are two blocks, or the
     * same. sum is aligned to IMP_ALIGN. */
    void (*products)(float sum[IMP_BLOCK][IMP_BLOCK], const float *a, const float *b,
                     size_t n);

    /* dx[p][i] += scale * sum over all c channels j of d[j * c + i] * x_j[p], for n pixels p
     * of one block and its IMP_BLOCK channels i. x is the first block, the next lies `plane`
     * floats on. */
    void (*backward)(float *dx, const float *d, const float *x, size_t plane, size_t c,
                     size_t n, float scale);
} imp_gram_kernel;

extern const imp_gram_kernel imp_gram_kernel_c;
extern const imp_gram_kernel imp_gram_kernel_avx2;     /* x86-64 only; needs AVX2 and FMA */
extern const imp_gram_kernel imp_gram_kernel_avx512;   /* x86-64 only; needs AVX-512F     */

#endif
