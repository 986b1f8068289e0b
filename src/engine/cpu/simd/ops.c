/* ops.c - the table of one level. */
#include "base/error.h"
#include "config.h"
#include "engine/cpu/simd/winograd.h"
#if IMP_HAVE_ONEDNN
#include "engine/cpu/onednn.h"
#endif

/* Fastest first. */
static const imp_conv_kind *const kinds[] = {
    &IMP_SIMD(imp_first), &IMP_SIMD(imp_winograd), &imp_conv_kind_reference,
};

static imp_status conv_new(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                           const float *bias, imp_error *err)
{
    *out = NULL;
    if (desc->precision == IMP_PRECISION_BF16 && !imp_wino_half())
        return imp_fail(err, IMP_EUNSUPPORTED, "precision bf16: needs a processor with "
                        "AVX512-BF16 and backend avx512; choose fp32");
    return imp_conv_new(out, kinds, desc, weight, bias, err);
}

/* oneDNN's are several times faster where there are vectors for it to use. */
#if IMP_HAVE_ONEDNN && defined __AVX2__
#define CONV2D IMP_ONEDNN_CONV2D
#else
#define CONV2D IMP_LEVEL_CONV2D
#endif

#define NAME_OF(level) TEXT_OF(level)
#define TEXT_OF(level) #level

const imp_ops IMP_SIMD(imp_ops) = {
    .name = NAME_OF(IMP_LEVEL),
    .conv_new = conv_new,
    IMP_OPS_CONV_BY_KIND,
    CONV2D,
    IMP_LEVEL_GRAM,
    IMP_LEVEL_REST,
};
