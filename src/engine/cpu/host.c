/* host.c - memory and convolutions as all backends on the processor have them. */
#include "engine/cpu/conv.h"

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

imp_status imp_conv_new(imp_conv **out, const imp_conv_kind *const *kinds,
                        const imp_conv_desc *desc, const float *weight, const float *bias,
                        imp_error *err)
{
    while (!(*kinds)->fits(desc)) kinds++;
    return (*kinds)->make(out, desc, weight, bias, err);
}
