/* ops.c - the table of one level. */
#include "base/error.h"
#include "engine/cpu/conv.h"
#include "engine/cpu/level.h"

/* Fastest first. */
static const imp_conv_kind *const kinds[] = {
    &IMP_SIMD(imp_first), &IMP_SIMD(imp_winograd), &imp_conv_kind_reference,
};

static bool has_bf16(void)
{
#if defined __AVX512F__
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

static imp_status conv_new(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                           const float *bias, imp_error *err)
{
    *out = NULL;
    if (desc->precision == IMP_PRECISION_BF16 && !has_bf16())
        return imp_fail(err, IMP_EUNSUPPORTED, "precision bf16: needs a processor with "
                        "AVX512-BF16 and backend avx512; choose fp32");
    return imp_conv_new(out, kinds, desc, weight, bias, err);
}

#define NAME_OF(level) TEXT_OF(level)
#define TEXT_OF(level) #level

const imp_ops IMP_SIMD(imp_ops) = {
    .name = NAME_OF(IMP_LEVEL),
    .conv_new = conv_new,
    IMP_OPS_CONV_BY_KIND,
    IMP_LEVEL_MEMORY,
    IMP_LEVEL_MAPS,
    IMP_LEVEL_MOMENTS,
    IMP_LEVEL_GRAM,
    IMP_LEVEL_VECTORS,
};
