/* level.h - what is made once a level, that is for each instruction set, from the files of
 * simd/: those are compiled with the level's flags and IMP_LEVEL set to its name, c (whatever
 * the compiler may use anywhere), avx2 or avx512 (see ../meson.build). Files elsewhere see the
 * level that runs everywhere. Contracts: ops.h. */
#ifndef IMP_LEVEL_H
#define IMP_LEVEL_H

#include "engine/ops.h"

#ifndef IMP_LEVEL
#define IMP_LEVEL c
#endif

/* The level's own name for something that other files see. */
#define IMP_SIMD(name) IMP_SIMD_EXPAND(name, IMP_LEVEL)
#define IMP_SIMD_EXPAND(name, level) IMP_SIMD_JOIN(name, level)
#define IMP_SIMD_JOIN(name, level) name##_##level

/* Maps (simd/maps.c). */
void IMP_SIMD(imp_pad_replicate)(imp_tensor *y, const imp_tensor *x);
void IMP_SIMD(imp_pad_replicate_backward)(imp_tensor *dx, const imp_tensor *dy);
void IMP_SIMD(imp_relu)(imp_tensor *y, const imp_tensor *x);
void IMP_SIMD(imp_relu_backward)(imp_tensor *dy, const imp_tensor *y);
void IMP_SIMD(imp_pool)(imp_pooling kind, imp_tensor *y, const imp_tensor *x);
void IMP_SIMD(imp_pool_backward)(imp_pooling kind, imp_tensor *dx, const imp_tensor *dy,
                                 const imp_tensor *y, const imp_tensor *x);

/* Filters (simd/conv2d.c) and what else is only forward (simd/forward.c). */
imp_status IMP_SIMD(imp_conv2d_new)(imp_conv2d **out, const imp_conv2d_desc *desc,
                                    const float *weight, const float *bias, imp_error *err);
void IMP_SIMD(imp_conv2d_free)(imp_conv2d *filter);
imp_status IMP_SIMD(imp_sized_new)(imp_sized_conv2d **out, const imp_conv2d *filter, int h,
                                   int w, imp_error *err);
void IMP_SIMD(imp_sized_free)(imp_sized_conv2d *sized);
size_t IMP_SIMD(imp_sized_scratch)(const imp_sized_conv2d *sized);
void IMP_SIMD(imp_sized_run)(const imp_sized_conv2d *sized, imp_tensor *y,
                             const imp_tensor *x, void *scratch);
void IMP_SIMD(imp_window_max)(imp_tensor *y, const imp_tensor *x, int side, int stride,
                              int pad);
void IMP_SIMD(imp_scale_channels)(imp_tensor *x, const float *factor);
void IMP_SIMD(imp_resize_bilinear)(imp_tensor *y, const imp_tensor *x);

/* Gram matrices (simd/gram.c). */
void IMP_SIMD(imp_gram)(float *g, const imp_tensor *x, const imp_part *part, double scale);
void IMP_SIMD(imp_gram_backward)(imp_tensor *dx, const float *d, const float *s,
                                 const imp_tensor *x, const imp_part *part, double scale);

/* Means of channels (simd/moments.c). */
void IMP_SIMD(imp_channel_means)(float *mean, const imp_tensor *x, const imp_part *part,
                                 double by);

/* Some pixels of a map (simd/packing.c). */
void IMP_SIMD(imp_pack)(imp_tensor *y, const imp_tensor *x, const imp_part *part);
void IMP_SIMD(imp_unpack)(imp_tensor *dx, const imp_tensor *dy, const imp_part *part);

/* Vectors (simd/vector.c). */
double IMP_SIMD(imp_squared_distance)(const float *a, const float *b, size_t n);
double IMP_SIMD(imp_absolute_distance)(const float *a, const float *b, size_t n);
double IMP_SIMD(imp_squared_norm)(const float *a, size_t n);
double IMP_SIMD(imp_dot)(const float *a, const float *b, size_t n);
double IMP_SIMD(imp_absolute_sum)(const float *a, size_t n);
void IMP_SIMD(imp_subtract)(float *y, const float *a, const float *b, size_t n);
void IMP_SIMD(imp_add_difference)(float *y, const float *a, const float *b, double scale,
                                  size_t n);
void IMP_SIMD(imp_add_signs)(float *y, const float *a, const float *b, double scale,
                             size_t n);
void IMP_SIMD(imp_scale)(float *y, const float *x, double factor, size_t n);
void IMP_SIMD(imp_add_scaled)(float *y, const float *x, double factor, size_t n);
void IMP_SIMD(imp_copy)(float *y, const float *x, size_t n);
void IMP_SIMD(imp_fill)(float *y, float value, size_t n);
void IMP_SIMD(imp_adam)(float *x, const float *g, float *m, float *v, const imp_adam *k,
                        size_t n);

/* The picture's three planes (simd/planes.c, simd/tv.c). */
void IMP_SIMD(imp_affine)(imp_tensor *y, const imp_tensor *x, const int from[3],
                          const float scale[3], const float shift[3]);
void IMP_SIMD(imp_clamp)(imp_tensor *x, const float low[3], const float high[3]);
void IMP_SIMD(imp_hold)(float *y, const imp_tensor *x, const float *g, const float low[3],
                        const float high[3]);
double IMP_SIMD(imp_slope)(const imp_tensor *x, const float *g, const float *d,
                           const float low[3], const float high[3]);
double IMP_SIMD(imp_tv)(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind, double scale);

/* Bands of a picture (simd/bands.c). */
void IMP_SIMD(imp_band_energies)(double energy[IMP_BANDS], const imp_tensor *x, int shift);
void IMP_SIMD(imp_band_scale)(imp_tensor *x, const float factor[IMP_BANDS], int shift);

/* The level's table but for its name, its convolutions and its filters, which each backend may
 * have its own. */
#define IMP_LEVEL_CONV2D \
    .conv2d_new = IMP_SIMD(imp_conv2d_new), .conv2d_free = IMP_SIMD(imp_conv2d_free), \
    .sized_new = IMP_SIMD(imp_sized_new), .sized_free = IMP_SIMD(imp_sized_free), \
    .sized_scratch = IMP_SIMD(imp_sized_scratch), .sized_run = IMP_SIMD(imp_sized_run)
#define IMP_LEVEL_GRAM \
    .gram = IMP_SIMD(imp_gram), .gram_backward = IMP_SIMD(imp_gram_backward)
#define IMP_LEVEL_REST \
    .alloc = imp_host_alloc, .free = imp_host_free, \
    .upload = IMP_SIMD(imp_copy), .download = IMP_SIMD(imp_copy), \
    .pad_replicate = IMP_SIMD(imp_pad_replicate), \
    .pad_replicate_backward = IMP_SIMD(imp_pad_replicate_backward), \
    .relu = IMP_SIMD(imp_relu), .relu_backward = IMP_SIMD(imp_relu_backward), \
    .pool = IMP_SIMD(imp_pool), .pool_backward = IMP_SIMD(imp_pool_backward), \
    .window_max = IMP_SIMD(imp_window_max), \
    .scale_channels = IMP_SIMD(imp_scale_channels), \
    .resize_bilinear = IMP_SIMD(imp_resize_bilinear), \
    .channel_means = IMP_SIMD(imp_channel_means), \
    .pack = IMP_SIMD(imp_pack), .unpack = IMP_SIMD(imp_unpack), \
    .absolute_distance = IMP_SIMD(imp_absolute_distance), \
    .add_signs = IMP_SIMD(imp_add_signs), \
    .squared_distance = IMP_SIMD(imp_squared_distance), \
    .squared_norm = IMP_SIMD(imp_squared_norm), .subtract = IMP_SIMD(imp_subtract), \
    .add_difference = IMP_SIMD(imp_add_difference), .dot = IMP_SIMD(imp_dot), \
    .absolute_sum = IMP_SIMD(imp_absolute_sum), .scale = IMP_SIMD(imp_scale), \
    .add_scaled = IMP_SIMD(imp_add_scaled), .copy = IMP_SIMD(imp_copy), \
    .fill = IMP_SIMD(imp_fill), .affine = IMP_SIMD(imp_affine), \
    .clamp = IMP_SIMD(imp_clamp), .hold = IMP_SIMD(imp_hold), .slope = IMP_SIMD(imp_slope), \
    .tv = IMP_SIMD(imp_tv), \
    .band_energies = IMP_SIMD(imp_band_energies), .band_scale = IMP_SIMD(imp_band_scale), \
    .adam = IMP_SIMD(imp_adam)

/* Memory of the processor (host.c). */
float *imp_host_alloc(size_t floats);
void imp_host_free(float *p);

#endif
