/* winograd_product.h - the loop around step(), which the including file defines: all sums stay
 * in registers, for each number of rows. Makes the table `products`. */
/* `rows` is a constant wherever this is expanded, so that all sums stay in registers. */
IMP_INLINE void product(const int rows, float *m, size_t m_second, const float *v,
                        size_t v_block, const float *u, int blocks, const char *ahead)
{
    vec first[MAX_ROWS], second[MAX_ROWS];

    IMP_UNROLL
    for (int r = 0; r < rows; r++) first[r] = second[r] = (vec) { 0 };
    for (int b = 0; b < blocks; b++, v += v_block)
        for (int k = 0; k < IMP_BLOCK; k += 4) {
            IMP_UNROLL
            for (int i = k; i < k + 4; i++, u += PANEL)
                step(rows, first, second, v + i, u);
            __builtin_prefetch(ahead, 0, 2);
            ahead += 64;
        }
    IMP_UNROLL
    for (int r = 0; r < rows; r++) {
        *(vec *) (m + r * IMP_BLOCK) = first[r];
        *(vec *) (m + r * IMP_BLOCK + m_second) = second[r];
    }
}

#define PRODUCT(rows) \
    static void product_##rows(float *m, size_t m_second, const float *v, size_t v_block, \
                               const float *u, int blocks, const char *ahead) \
    { \
        product(rows, m, m_second, v, v_block, u, blocks, ahead); \
    }

PRODUCT(1) PRODUCT(2) PRODUCT(3) PRODUCT(4) PRODUCT(5) PRODUCT(6)
#if defined __AVX512F__
PRODUCT(7) PRODUCT(8) PRODUCT(9) PRODUCT(10) PRODUCT(11) PRODUCT(12) PRODUCT(13) PRODUCT(14)
#endif

static imp_wino_product *const products[MAX_ROWS + 1] = {
    NULL, product_1, product_2, product_3, product_4, product_5, product_6,
#if defined __AVX512F__
    product_7, product_8, product_9, product_10, product_11, product_12, product_13,
    product_14,
#endif
};
