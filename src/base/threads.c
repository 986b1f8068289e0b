/* threads.c - see threads.h. */
#include "base/threads.h"

#include <omp.h>

int imp_threads_available(void)
{
    return omp_get_num_procs();  /* heeds the affinity mask */
}

int imp_threads_use(int n)
{
    const int before = omp_get_max_threads();

    omp_set_num_threads(n);
    return before;
}
