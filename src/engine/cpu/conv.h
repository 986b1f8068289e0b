/* conv.h - the ways in which the processor can compute a convolution. Each is a table of the
 * methods that ops.h names; an imp_conv begins with the table it belongs to. */
#ifndef IMP_CONV_H
#define IMP_CONV_H

#include "engine/ops.h"

typedef struct imp_conv_kind {
    bool (*fits)(const imp_conv_desc *desc);
    imp_status (*make)(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                       const float *bias, imp_error *err);
    void (*free)(imp_conv *conv);
    size_t (*scratch)(const imp_conv *conv);
    size_t (*bytes)(const imp_conv *conv);
    void (*forward)(const imp_conv *conv, imp_tensor *y, imp_gate *mask, const imp_tensor *x,
                    void *scratch);
    void (*backward)(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                     const imp_gate *mask, void *scratch);
} imp_conv_kind;

/* What each kind's own struct begins with. */
struct imp_conv { const imp_conv_kind *kind; };

/* Makes one of the first of `kinds` that fits; the last fits everything. */
imp_status imp_conv_new(imp_conv **out, const imp_conv_kind *const *kinds,
                        const imp_conv_desc *desc, const float *weight, const float *bias,
                        imp_error *err);

/* The methods of ops.h, as the kind that made the convolution has them. */
void imp_conv_free(imp_conv *conv);
size_t imp_conv_scratch(const imp_conv *conv);
size_t imp_conv_bytes(const imp_conv *conv);
void imp_conv_forward(const imp_conv *conv, imp_tensor *y, imp_gate *mask, const imp_tensor *x,
                      void *scratch);
void imp_conv_backward(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                       const imp_gate *mask, void *scratch);

/* These in a table; conv_new is its own. */
#define IMP_OPS_CONV_BY_KIND \
    .conv_free = imp_conv_free, .conv_scratch = imp_conv_scratch, \
    .conv_bytes = imp_conv_bytes, .conv_forward = imp_conv_forward, \
    .conv_backward = imp_conv_backward

/* --- For kinds that compute z as a whole; finish and spread are for those with a rectifier,
 * whose maps are blocked. --- */

/* z, lying at data. */
imp_tensor imp_conv_plane(const imp_conv_desc *desc, float *data);
/* What they need of scratch: for z if that is pooled, for its gradient if that is not y's. */
size_t imp_conv_plane_bytes(const imp_conv_desc *desc);
/* z, rectified and with desc->pool pooled, to y; the mask if it is not NULL. y may be z where
 * nothing is pooled, and z may be rectified already. */
void imp_conv_finish(const imp_conv_desc *desc, imp_tensor *y, imp_gate *mask,
                     const imp_tensor *z);
/* The gradient with respect to z from that with respect to y. */
void imp_conv_spread(const imp_conv_desc *desc, imp_tensor *dz, const imp_tensor *dy,
                     const imp_gate *mask);

static inline int imp_least(int a, int b)
{
    return a < b ? a : b;
}

/* Any shape, plain C, direct: the reference. */
extern const imp_conv_kind imp_conv_kind_reference;

/* 3 x 3 with padding 1 between blocked maps (cpu/simd/winograd.c). */
extern const imp_conv_kind imp_winograd_c, imp_winograd_avx2, imp_winograd_avx512;

/* 3 x 3 from three planar channels to blocked ones, padding 0 or 1 (cpu/simd/first.c). */
extern const imp_conv_kind imp_first_c, imp_first_avx2, imp_first_avx512;

#endif
