/* ops_c.h - each operation in plain C, for the tables that use it. Contracts: ops.h. */
#ifndef IMP_OPS_C_H
#define IMP_OPS_C_H

#include "engine/ops.h"

float *imp_alloc_c(size_t floats);
void imp_free_c(float *p);

imp_status imp_conv_new_c(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                          const float *bias, imp_error *err);
void imp_conv_free_c(imp_conv *conv);
size_t imp_conv_scratch_c(const imp_conv *conv);
size_t imp_conv_bytes_c(const imp_conv *conv);
void imp_conv_forward_c(const imp_conv *conv, imp_tensor *y, const imp_tensor *x,
                        void *scratch);
void imp_conv_backward_c(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                         void *scratch);

void imp_pad_replicate_c(imp_tensor *y, const imp_tensor *x);
void imp_pad_replicate_backward_c(imp_tensor *dx, const imp_tensor *dy);
void imp_relu_c(imp_tensor *y, const imp_tensor *x);
void imp_relu_backward_c(imp_tensor *dy, const imp_tensor *y);
void imp_pool_c(imp_pooling kind, imp_tensor *y, const imp_tensor *x);
void imp_pool_backward_c(imp_pooling kind, imp_tensor *dx, const imp_tensor *dy,
                         const imp_tensor *y, const imp_tensor *x);

void imp_gram_c(float *g, const imp_tensor *x, double scale);
void imp_gram_backward_c(imp_tensor *dx, const float *d, const imp_tensor *x, double scale);

/* The same with the vector instructions of this processor. */
void imp_gram_simd(float *g, const imp_tensor *x, double scale);
void imp_gram_backward_simd(imp_tensor *dx, const float *d, const imp_tensor *x, double scale);

double imp_squared_distance_c(const float *a, const float *b, size_t n);
double imp_squared_norm_c(const float *a, size_t n);
void imp_subtract_c(float *y, const float *a, const float *b, size_t n);
void imp_add_difference_c(float *y, const float *a, const float *b, double scale, size_t n);
void imp_copy_c(float *y, const float *x, size_t n);
void imp_fill_c(float *y, float value, size_t n);
void imp_affine_c(imp_tensor *y, const imp_tensor *x, const int from[3], const float scale[3],
                  const float shift[3]);
void imp_clamp_c(imp_tensor *x, const float low[3], const float high[3]);
double imp_tv_c(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind, double scale);
void imp_adam_c(float *x, const float *g, float *m, float *v, const imp_adam *k, size_t n);

/* The table in groups, for the backends that take over some of them. */
#define IMP_OPS_C_MEMORY \
    .alloc = imp_alloc_c, .free = imp_free_c, .upload = imp_copy_c, .download = imp_copy_c
#define IMP_OPS_C_CONV \
    .conv_new = imp_conv_new_c, .conv_free = imp_conv_free_c, \
    .conv_scratch = imp_conv_scratch_c, .conv_bytes = imp_conv_bytes_c, \
    .conv_forward = imp_conv_forward_c, .conv_backward = imp_conv_backward_c
#define IMP_OPS_C_MAPS \
    .pad_replicate = imp_pad_replicate_c, \
    .pad_replicate_backward = imp_pad_replicate_backward_c, \
    .relu = imp_relu_c, .relu_backward = imp_relu_backward_c, \
    .pool = imp_pool_c, .pool_backward = imp_pool_backward_c
#define IMP_OPS_C_GRAM \
    .gram = imp_gram_c, .gram_backward = imp_gram_backward_c
#define IMP_OPS_C_VECTORS \
    .squared_distance = imp_squared_distance_c, .squared_norm = imp_squared_norm_c, \
    .subtract = imp_subtract_c, .add_difference = imp_add_difference_c, .copy = imp_copy_c, \
    .fill = imp_fill_c, .affine = imp_affine_c, .clamp = imp_clamp_c, .tv = imp_tv_c, \
    .adam = imp_adam_c

#endif
