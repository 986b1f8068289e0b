/* lapack.c - see lapack.h. */
#include "style/lapack.h"

/* Of OpenBLAS: 0 built without threads, 1 with its own, 2 with OpenMP's. */
extern int openblas_get_parallel(void) __attribute__((weak));

bool imp_lapack_side_by_side(void)
{
    return openblas_get_parallel && openblas_get_parallel() == 2;
}
