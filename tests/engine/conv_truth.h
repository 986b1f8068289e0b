/* conv_truth.h - what a convolution and all that follows it must give, in double: the values,
 * the mask, the gradient. */
#ifndef IMP_TEST_CONV_TRUTH_H
#define IMP_TEST_CONV_TRUTH_H

#include "kernel.h"

/* What follows the convolution. */
typedef enum conv_post { POST_NONE, POST_RELU, POST_MAX, POST_AVERAGE, CONV_POSTS } conv_post;

typedef struct conv_shape { int in_c, out_c, h, w, kernel, pad; } conv_shape;

/* The numbers of a case; z depends on the shape only, so that all posts share it. */
typedef struct conv_input {
    conv_shape shape;
    size_t n_weight;
    float *x, *weight, *bias;
    map z;
} conv_input;

typedef struct conv_truth {
    const conv_input *in;
    imp_conv_desc desc;
    float *dy;
    map y, dx;               /* dx: through the mask below                              */
    imp_gate *mask;
    imp_gate *sure;          /* bits of the mask that no rounding of z by `band` changes */
    size_t n_mask;
} conv_truth;

static inline size_t conv_x_floats(const conv_shape *s)
{
    return (size_t) (s->in_c * s->h * s->w);
}

static inline size_t conv_weight_floats(const conv_shape *s)
{
    return (size_t) (s->in_c * s->out_c * s->kernel * s->kernel);
}

/* Weights as He et al. scale them for rectifiers (2015): every layer's values are about 1. */
static inline double conv_he(const conv_shape *s)
{
    return sqrt(2.0 / (s->in_c * s->kernel * s->kernel));
}

/* Takes over x, weight and bias. */
static inline conv_input conv_input_of(const conv_shape *s, float *x, float *weight,
                                       float *bias)
{
    const int more = 2 * s->pad - s->kernel + 1;
    conv_input in = { .shape = *s, .x = x, .weight = weight, .bias = bias };
    map x_map = kernel_map(s->in_c, s->h, s->w, x);

    in.n_weight = conv_weight_floats(s);
    in.z = kernel_map(s->out_c, s->h + more, s->w + more, NULL);
    ref_conv(&in.z, &x_map, weight, bias, s->kernel, s->pad);
    imp_free(x_map.v);
    return in;
}

/* Normally distributed. */
static inline conv_input conv_input_normal(const conv_shape *s)
{
    return conv_input_of(s, kernel_numbers(conv_x_floats(s), 1, 1),
                         kernel_numbers(conv_weight_floats(s), 2, conv_he(s)),
                         kernel_numbers((size_t) s->out_c, 3, 0.5));
}

static inline void conv_input_free(conv_input *in)
{
    KERNEL_FREE(in->x, in->weight, in->bias, in->z.v);
}

static inline bool conv_pools(conv_post post)
{
    return post == POST_MAX || post == POST_AVERAGE;
}

/* Whether the contract allows it. */
static inline bool conv_allowed(const conv_input *in, conv_post post)
{
    return post == POST_NONE || (in->shape.out_c >= IMP_BLOCK
                                 && (!conv_pools(post) || (in->z.h >= 2 && in->z.w >= 2)));
}

static inline size_t conv_mask_at(const map *z, int c, int y, int x)
{
    const size_t row = (size_t) (c / IMP_BLOCK) * (size_t) z->h + (size_t) y;

    return row * (size_t) z->w + (size_t) x;
}

/* The greatest rectified value of the window of (y, x), that one left out: those before it in
 * row-major order, and those after. */
static inline void conv_rivals(double *before, double *after, map *z, int c, int y, int x)
{
    *before = *after = -INFINITY;
    for (int q = 0; q < 4; q++) {
        const int at_y = y / 2 * 2 + q / 2, at_x = x / 2 * 2 + q % 2;
        const double v = fmax(*map_at(z, c, at_y, at_x), 0);
        if (at_y < y || (at_y == y && at_x < x)) *before = fmax(*before, v);
        else if (at_y != y || at_x != x) *after = fmax(*after, v);
    }
}

/* One element's bit, and whether it stays when all of z changes by less than band / 2. */
static inline bool conv_passes(bool *sure, conv_post post, map *z, int c, int y, int x,
                               double band)
{
    const double v = *map_at(z, c, y, x);
    double before, after;

    *sure = true;
    if (conv_pools(post) && (y >= z->h / 2 * 2 || x >= z->w / 2 * 2)) return false;
    *sure = !(fabs(v) < band);
    if (post != POST_MAX) return v > 0;
    conv_rivals(&before, &after, z, c, y, x);
    *sure = !(fabs(v - fmax(fmax(before, after), 0)) < band);
    return v > 0 && v > before && v >= after;
}

static inline void conv_make_mask(conv_truth *t, conv_post post, double band)
{
    map z = t->in->z;

    t->n_mask = ((size_t) z.c + IMP_BLOCK - 1) / IMP_BLOCK * (size_t) z.h * (size_t) z.w;
    t->mask = imp_alloc(t->n_mask, sizeof *t->mask);
    t->sure = imp_alloc(t->n_mask, sizeof *t->sure);
    memset(t->sure, 0xff, t->n_mask * sizeof *t->sure);
    for (int c = 0; c < z.c; c++)
        for (int y = 0; y < z.h; y++)
            for (int x = 0; x < z.w; x++) {
                const unsigned bit = 1u << c % IMP_BLOCK;
                const size_t at = conv_mask_at(&z, c, y, x);
                bool sure, passes = conv_passes(&sure, post, &z, c, y, x, band);
                if (passes) t->mask[at] = (imp_gate) (t->mask[at] | bit);
                if (!sure) t->sure[at] = (imp_gate) (t->sure[at] & ~bit);
            }
}

/* The gradient with respect to z. */
static inline map conv_dz(const conv_truth *t)
{
    const map z = t->in->z;
    const map dy = { t->y.c, t->y.h, t->y.w, NULL };
    const bool pool = t->desc.pool, average = t->desc.pooling == IMP_POOL_AVERAGE;
    map dz = kernel_map(z.c, z.h, z.w, NULL);

    for (int c = 0; c < z.c; c++)
        for (int y = 0; y < z.h; y++)
            for (int x = 0; x < z.w; x++) {
                const int py = pool ? y / 2 : y, px = pool ? x / 2 : x;
                const size_t at = ((size_t) c * (size_t) dy.h + (size_t) py) * (size_t) dy.w;
                if (!t->desc.relu
                    || t->mask[conv_mask_at(&z, c, y, x)] >> c % IMP_BLOCK & 1)
                    *map_at(&dz, c, y, x)
                        = (double) t->dy[at + (size_t) px] * (pool && average ? 0.25 : 1);
            }
    return dz;
}

static inline conv_truth conv_truth_of(const conv_input *in, conv_post post, double band)
{
    const conv_shape *s = &in->shape;
    const bool pool = conv_pools(post);
    conv_truth t = { .in = in, .desc = {
        s->in_c, s->out_c, s->h, s->w, s->kernel, s->pad, .relu = post != POST_NONE,
        .pool = pool, .pooling = post == POST_AVERAGE ? IMP_POOL_AVERAGE : IMP_POOL_MAX,
        .backward = true } };
    map relu = kernel_map(in->z.c, in->z.h, in->z.w, NULL), dz;

    t.y = pool ? kernel_map(in->z.c, in->z.h / 2, in->z.w / 2, NULL)
               : kernel_map(in->z.c, in->z.h, in->z.w, NULL);
    if (post == POST_NONE) memcpy(relu.v, in->z.v, map_size(&relu) * sizeof *relu.v);
    else ref_relu(&relu, &in->z);
    if (pool) ref_pool(t.desc.pooling, &t.y, &relu);
    else memcpy(t.y.v, relu.v, map_size(&relu) * sizeof *relu.v);
    t.dy = kernel_numbers(map_size(&t.y), 4, 1);
    conv_make_mask(&t, post, band);
    t.dx = kernel_map(s->in_c, s->h, s->w, NULL);
    dz = conv_dz(&t);
    ref_conv_backward(&t.dx, &dz, in->weight, s->kernel, s->pad);
    KERNEL_FREE(relu.v, dz.v);
    return t;
}

static inline void conv_truth_free(conv_truth *t)
{
    KERNEL_FREE(t->dy, t->y.v, t->dx.v, t->mask, t->sure);
}

#endif
