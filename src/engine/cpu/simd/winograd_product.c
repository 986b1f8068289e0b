/* winograd_product.c - the products of a Winograd convolution: where its time goes. */
#include "engine/cpu/simd/winograd.h"

/* One channel's share of all sums. */
IMP_INLINE void step(const int rows, vec *first, vec *second, const float *v, const float *u)
{
    const vec u0 = *(const vec *) u, u1 = *(const vec *) (u + VW);

    IMP_UNROLL
    for (int r = 0; r < rows; r++) {
        first[r] += v[r * IMP_BLOCK] * u0;
        second[r] += v[r * IMP_BLOCK] * u1;
        IMP_NOW(first[r]);
        IMP_NOW(second[r]);
    }
}

#include "engine/cpu/simd/winograd_product.h"

imp_wino_product *const *const IMP_SIMD(imp_wino_products) = products;
