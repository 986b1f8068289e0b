/* ops_c.c - the table of the plain C operations, and memory as the host has it. */
#include "engine/cpu/ops_c.h"

#include "base/memory.h"

static float *alloc_floats(size_t floats)
{
    return imp_alloc(floats, sizeof(float));
}

static void free_floats(float *p)
{
    imp_free(p);
}

const imp_ops imp_ops_c = {
    .name = "c",
    .alloc = alloc_floats,
    .free = free_floats,
    .upload = imp_copy_c,
    .download = imp_copy_c,
    .conv_new = imp_conv_new_c,
    .conv_free = imp_conv_free_c,
    .conv_scratch = imp_conv_scratch_c,
    .conv_bytes = imp_conv_bytes_c,
    .conv_forward = imp_conv_forward_c,
    .conv_backward = imp_conv_backward_c,
    .pad_replicate = imp_pad_replicate_c,
    .pad_replicate_backward = imp_pad_replicate_backward_c,
    .relu = imp_relu_c,
    .relu_backward = imp_relu_backward_c,
    .pool = imp_pool_c,
    .pool_backward = imp_pool_backward_c,
    .gram = imp_gram_c,
    .gram_backward = imp_gram_backward_c,
    .squared_distance = imp_squared_distance_c,
    .squared_norm = imp_squared_norm_c,
    .subtract = imp_subtract_c,
    .add_difference = imp_add_difference_c,
    .copy = imp_copy_c,
    .fill = imp_fill_c,
    .affine = imp_affine_c,
    .clamp = imp_clamp_c,
    .tv = imp_tv_c,
    .adam = imp_adam_c,
};
