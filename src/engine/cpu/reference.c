/* reference.c - the backend that the others are tested against: convolutions one product after
 * the other, Gram matrices in double; the rest as the level that runs everywhere has it. */
#include "engine/cpu/conv.h"
#include "engine/cpu/gram_reference.h"
#include "engine/cpu/level.h"

static const imp_conv_kind *const kinds[] = { &imp_conv_kind_reference };

static imp_status conv_new(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                           const float *bias, imp_error *err)
{
    return imp_conv_new(out, kinds, desc, weight, bias, err);
}

const imp_ops imp_ops_reference = {
    .name = "reference",
    .conv_new = conv_new,
    IMP_OPS_CONV_BY_KIND,
    IMP_LEVEL_CONV2D,
    .gram = imp_gram_reference,
    .gram_backward = imp_gram_backward_reference,
    IMP_LEVEL_REST,
};
