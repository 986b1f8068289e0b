/* ops.h - the table of operations that a backend provides; networks, losses and optimisers are
 * written once, over this table. A plain C version (cpu/reference.c) is the reference; every
 * version, itself too, is tested on the same cases against double (tests/engine/kernel.h).
 *
 * An operation is arithmetic on memory that its caller owns: after a `_new` it allocates
 * nothing and cannot fail. It may use as many threads as imp_threads_use() allows; the same
 * input and the same number of threads give the same bits. Tensors of one call do not overlap
 * unless it says so. Sums that come back as double are accumulated in double. */
#ifndef IMP_OPS_H
#define IMP_OPS_H

#include <stdint.h>

#include <impasto/base.h>
#include <impasto/style.h>

#include "engine/tensor.h"

/* A 2-D convolution (cross-correlation, as in PyTorch) with stride 1 and zero padding `pad`:
 * z[o] = b[o] + sum over i, dy, dx of w[o][i][dy][dx] * x[i][y + dy - pad][x + dx - pad],
 * and what follows it: y = z, max(z, 0), or that pooled. */
typedef struct imp_conv_desc {
    int in_c, out_c, h, w;   /* h, w: of the input; z has h + 2 pad - kernel + 1 rows      */
    int kernel, pad;
    bool relu;               /* needs out_c >= IMP_BLOCK                                   */
    bool pool;               /* 2 x 2 as pool() does it; needs relu, 2 x 2 pixels or more  */
    imp_pooling pooling;     /* max or average                                             */
    bool backward;           /* backward will be wanted                                    */
    imp_precision precision; /* of the products; sums, maps and gradients are float        */
} imp_conv_desc;

/* What the way back needs to know of z, one bit an element: does the gradient pass? With relu,
 * where z > 0; with maximum pooling besides only at the first of a window's greatest, in
 * row-major order. Pixel (y, x) of z's channels 16 b .. 16 b + 15 stands at
 * mask[(b * rows + y) * columns + x], channel 16 b + i at bit i. Rows and columns that pooling
 * drops, and channels that only fill up, are 0. */
typedef uint16_t imp_gate;

/* One convolution prepared for one shape: weights packed, code chosen. What is in it is the
 * backend's own. */
typedef struct imp_conv imp_conv;

/* What may follow a filter: nothing; max(z, 0); z times the next, which is z / 6 + 1/2 held
 * within 0 and 1. */
typedef enum imp_activation {
    IMP_ACTIVATION_NONE, IMP_ACTIVATION_RELU, IMP_ACTIVATION_HARD_SWISH,
    IMP_ACTIVATION_HARD_SIGMOID
} imp_activation;

/* A filter: a convolution as networks other than VGG have them, forward only. Its taps are
 * `dilation` pixels apart, its outputs every `stride` pixels, zero padding is `pad`:
 * z[o] = b[o] + sum over i, dy, dx of w[o][i][dy][dx]
 *                                     * x[i][y stride + dy dilation - pad][same of x, dx],
 * i running over all channels, or (depthwise, in_c = out_c) only over o itself; then
 * y = activation(z), or with `add` activation(z + what y holds). */
typedef struct imp_conv2d_desc {
    int in_c, out_c;         /* out_c >= IMP_BLOCK                                         */
    int kernel, stride, dilation, pad;
    bool depthwise, add;
    imp_activation activation;
} imp_conv2d_desc;

/* Rows that a filter makes of h, or columns of w; may be less than 1. */
static inline int imp_conv2d_side(const imp_conv2d_desc *d, int side)
{
    const int room = side + 2 * d->pad - d->dilation * (d->kernel - 1) - 1;

    return room < 0 ? 0 : room / d->stride + 1;
}

/* A filter's weights, packed for maps of any size; and one prepared for maps of one size. What
 * is in them is the backend's own. */
typedef struct imp_conv2d imp_conv2d;
typedef struct imp_sized_conv2d imp_sized_conv2d;

/* Some pixels of a map, counted row-major, none twice, and what each is multiplied by. An
 * operation that is given NULL sees all pixels as they are. */
typedef struct imp_part {
    const uint32_t *pixel;
    const float *weight;
    size_t n;
} imp_part;

/* In double: 1 - 0.999 as a float's difference would be off by 1e-5. */
typedef struct imp_adam {
    double rate, beta1, beta2, epsilon;   /* the published constants                    */
    double correction1, correction2;      /* 1 - beta1^t, 1 - beta2^t; step t = 1, 2 .. */
} imp_adam;

/* The bands of a picture: each of three axes of colour (grey, red against blue, green against
 * both) by so many spatial frequencies, from constant to half a cycle a pixel both ways. */
enum { IMP_RADII = 45, IMP_BANDS = 3 * IMP_RADII, IMP_BAND_SIDE = 32 };

typedef struct imp_ops {
    const char *name;

    /* --- Memory. Aligned to IMP_ALIGN and zeroed; NULL if there is none. --- */
    float *(*alloc)(size_t floats);
    void (*free)(float *p);
    void (*upload)(float *dst, const float *host, size_t floats);
    void (*download)(float *host, const float *src, size_t floats);

    /* --- Convolution. The input is planar if in_c < IMP_BLOCK, else blocked; the output
     * likewise by out_c. conv_new copies what it needs of the weights (OIHW) and the bias,
     * both on the host; with weight NULL only conv_scratch(), conv_bytes() and conv_free() may
     * follow: a plan asks that way. Make it under the number of threads it is to run with.
     * `scratch` has at least conv_scratch() bytes, aligned to IMP_ALIGN, and may be shared by
     * all convolutions that do not run at the same time. --- */
    imp_status (*conv_new)(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                           const float *bias, imp_error *err);
    void (*conv_free)(imp_conv *conv);              /* NULL is fine                        */
    size_t (*conv_scratch)(const imp_conv *conv);   /* bytes that forward or backward need */
    size_t (*conv_bytes)(const imp_conv *conv);     /* bytes with the packed weights       */
    /* mask: NULL if there is no relu or no way back. */
    void (*conv_forward)(const imp_conv *conv, imp_tensor *y, imp_gate *mask,
                         const imp_tensor *x, void *scratch);
    /* dx = the gradient with respect to x, given dy, that with respect to y, and the mask that
     * the forward pass left (NULL if there is no relu). */
    void (*conv_backward)(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                          const imp_gate *mask, void *scratch);

    /* --- Filters. The input is planar if in_c < IMP_BLOCK, else blocked like the output. The
     * weights ([o][i][dy][dx], depthwise [o][dy][dx]) and the bias, on the host, are copied. A
     * sized filter needs its filter to live on; make it under the number of threads it is to
     * run with. `scratch` as with convolutions. --- */
    imp_status (*conv2d_new)(imp_conv2d **out, const imp_conv2d_desc *desc,
                             const float *weight, const float *bias, imp_error *err);
    void (*conv2d_free)(imp_conv2d *filter);        /* NULL is fine                        */
    imp_status (*sized_new)(imp_sized_conv2d **out, const imp_conv2d *filter, int h, int w,
                            imp_error *err);        /* h, w: of the input                  */
    void (*sized_free)(imp_sized_conv2d *sized);    /* NULL is fine                        */
    size_t (*sized_scratch)(const imp_sized_conv2d *sized);
    void (*sized_run)(const imp_sized_conv2d *sized, imp_tensor *y, const imp_tensor *x,
                      void *scratch);

    /* y = the greatest of each window of side x side pixels, every `stride` pixels; what lies
     * outside (`pad` pixels, less than side) does not count. */
    void (*window_max)(imp_tensor *y, const imp_tensor *x, int side, int stride, int pad);
    /* x[ch] *= factor[ch] at every pixel, factor being the data of a map of one pixel with
     * x's channels and layout. */
    void (*scale_channels)(imp_tensor *x, const float *factor);
    /* y = x at the size of y, bilinear between the centres of pixels, edges repeated (as in
     * PyTorch with align_corners = False). */
    void (*resize_bilinear)(imp_tensor *y, const imp_tensor *x);

    /* y = x with a border of one pixel that repeats the edge; y is 2 larger in h and w. */
    void (*pad_replicate)(imp_tensor *y, const imp_tensor *x);
    void (*pad_replicate_backward)(imp_tensor *dx, const imp_tensor *dy);

    /* y = max(x, 0); y may be x. */
    void (*relu)(imp_tensor *y, const imp_tensor *x);
    /* dy = y > 0 ? dy : 0, in place. */
    void (*relu_backward)(imp_tensor *dy, const imp_tensor *y);

    /* 2 x 2, stride 2; an odd last row or column is dropped (as in PyTorch and Keras). The
     * maximum's gradient goes to the first of equals in row-major order; L2 is sqrt(mean of
     * squares), its gradient 0 where that is 0. */
    void (*pool)(imp_pooling kind, imp_tensor *y, const imp_tensor *x);
    void (*pool_backward)(imp_pooling kind, imp_tensor *dx, const imp_tensor *dy,
                          const imp_tensor *y, const imp_tensor *x);

    /* g = scale * F F^T, c x c, row-major, F being the part of x as c rows of pixels. */
    void (*gram)(float *g, const imp_tensor *x, const imp_part *part, double scale);
    /* dx += scale * (D F + s w^T) diag w, where the part's pixels stand: D is c x c and
     * symmetric, s one number a channel (NULL: 0), w the weights. */
    void (*gram_backward)(imp_tensor *dx, const float *d, const float *s, const imp_tensor *x,
                          const imp_part *part, double scale);

    /* mean = F w / by, in double. */
    void (*channel_means)(float *mean, const imp_tensor *x, const imp_part *part, double by);
    /* The pixels of a part side by side: y[ch][i] = weight[i] * x[ch][pixel[i]]; y has x's
     * channels and layout, and as many pixels as the part. */
    void (*pack)(imp_tensor *y, const imp_tensor *x, const imp_part *part);
    /* dx[ch][pixel[i]] += weight[i] * dy[ch][i]. */
    void (*unpack)(imp_tensor *dx, const imp_tensor *dy, const imp_part *part);

    /* --- Vectors of n floats. --- */
    /* sum (a - b)^2 */
    double (*squared_distance)(const float *a, const float *b, size_t n);
    /* sum |a - b| */
    double (*absolute_distance)(const float *a, const float *b, size_t n);
    /* sum a^2 */
    double (*squared_norm)(const float *a, size_t n);
    /* y = a - b; y may be a or b. */
    void (*subtract)(float *y, const float *a, const float *b, size_t n);
    /* y += scale * (a - b) */
    void (*add_difference)(float *y, const float *a, const float *b, double scale, size_t n);
    /* y += scale * sign(a - b), sign(0) = 0; b NULL stands for 0, y may be a. */
    void (*add_signs)(float *y, const float *a, const float *b, double scale, size_t n);
    /* sum a b */
    double (*dot)(const float *a, const float *b, size_t n);
    /* sum |a| */
    double (*absolute_sum)(const float *a, size_t n);
    /* y = factor * x; y may be x. */
    void (*scale)(float *y, const float *x, double factor, size_t n);
    /* y += factor * x */
    void (*add_scaled)(float *y, const float *x, double factor, size_t n);
    void (*copy)(float *y, const float *x, size_t n);
    void (*fill)(float *y, float value, size_t n);

    /* y[ch] = scale[ch] * x[from[ch]] + shift[ch] for three planar channels: between the
     * optimiser's variable and the network's convention. y is overwritten. */
    void (*affine)(imp_tensor *y, const imp_tensor *x, const int from[3], const float scale[3],
                   const float shift[3]);
    /* Each of the three planar channels into its own range. */
    void (*clamp)(imp_tensor *x, const float low[3], const float high[3]);
    /* y = 0 where x, within those ranges, is at an end of its own and a step against g would
     * pass it. */
    void (*hold)(float *y, const imp_tensor *x, const float *g, const float low[3],
                 const float high[3]);
    /* sum g d over the elements whose x does not stand at an end that d would pass: how a loss
     * with the gradient g changes along d within the ranges. */
    double (*slope)(const imp_tensor *x, const float *g, const float *d, const float low[3],
                    const float high[3]);

    /* Total variation of a planar tensor over neighbours right and below (no wrap): returns
     * the sum of squared or absolute differences, and adds scale times its gradient to dx
     * (sign(0) = 0). Over nine points: 2/3 of the sum of squared differences, and 1/6 of that
     * of diagonal neighbours' in the picture with its edge repeated once around, times
     * h w / ((h + 1) (w + 1)), as those are so many. */
    double (*tv)(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind, double scale);

    /* Of three planar channels, cut into blocks of IMP_BAND_SIDE pixels squared (or less at
     * the edges; the first is `shift` wide and high, full for 0) that are transformed by an
     * orthonormal DCT: the sum of squares in each band (all together: of the picture), band f
     * of axis a at a * IMP_RADII + f. */
    void (*band_energies)(double energy[IMP_BANDS], const imp_tensor *x, int shift);
    /* Multiplies each band of x by its factor: a symmetric operator, positive definite if the
     * factors are above 0. */
    void (*band_scale)(imp_tensor *x, const float factor[IMP_BANDS], int shift);

    /* One step of Adam on x with moments m and v:
     * m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
     * x -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon). */
    void (*adam)(float *x, const float *g, float *m, float *v, const imp_adam *k, size_t n);
} imp_ops;

/* The table by name, or the fastest for NULL; NULL if this build has no such one, or this
 * processor cannot run it. */
const imp_ops *imp_ops_find(const char *name);

/* The tables of the levels (cpu/level.h), and the one that tests compare with. */
extern const imp_ops imp_ops_c, imp_ops_avx2, imp_ops_avx512;   /* the last two: x86-64 only */
extern const imp_ops imp_ops_reference;

/* The i-th backend that can be used, fastest first; NULL past the last one. */
const imp_ops *imp_ops_known(size_t i);

#endif
