/* ops_c.c - the table of the plain C operations, and memory as the host has it. */
#include "engine/cpu/ops_c.h"

#include "base/memory.h"

float *imp_alloc_c(size_t floats)
{
    return imp_alloc(floats, sizeof(float));
}

void imp_free_c(float *p)
{
    imp_free(p);
}

const imp_ops imp_ops_c = {
    .name = "c",
    IMP_OPS_C_MEMORY,
    IMP_OPS_C_CONV,
    IMP_OPS_C_MAPS,
    IMP_OPS_C_GRAM,
    IMP_OPS_C_VECTORS,
};
