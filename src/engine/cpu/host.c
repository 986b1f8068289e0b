/* host.c - the processor's memory, as all backends on it take it. */
#include "base/memory.h"
#include "engine/cpu/level.h"

float *imp_host_alloc(size_t floats)
{
    return imp_alloc(floats, sizeof(float));
}

void imp_host_free(float *p)
{
    imp_free(p);
}
