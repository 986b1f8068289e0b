/* reference.h - each differentiable operation once more, in double and as plainly as can be,
 * and its gradient: channels x height x width, row-major, nothing padded or blocked. What the
 * backends are measured against. */
#ifndef IMP_TEST_REFERENCE_H
#define IMP_TEST_REFERENCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "check.h"
#include "engine/ops.h"

typedef struct map { int c, h, w; double *v; } map;

static inline size_t map_size(const map *m)
{
    return (size_t) m->c * (size_t) m->h * (size_t) m->w;
}

static inline double *map_at(const map *m, int c, int y, int x)
{
    return &m->v[((size_t) c * (size_t) m->h + (size_t) y) * (size_t) m->w + (size_t) x];
}

static inline int clamped(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* The part of a row of n that stays inside another of n_other when moved by `shift`. */
static inline void ref_overlap(int *from, int *to, int n, int n_other, int shift)
{
    *from = shift < 0 ? -shift : 0;
    *to = n < n_other - shift ? n : n_other - shift;
}

/* Both ways of one tap: out += w * in moved by (ky - pad, kx - pad), or in += w * out moved
 * back. */
CHECK_UNWATCHED
static inline void ref_tap(map *out, int o, map *in, int i, double w, int ky, int kx,
                           bool back)
{
    int y0, y1, x0, x1;

    ref_overlap(&y0, &y1, out->h, in->h, ky);
    ref_overlap(&x0, &x1, out->w, in->w, kx);
    for (int y = y0; y < y1 && x0 < x1; y++) {
        double *restrict a = map_at(out, o, y, 0);
        double *restrict b = map_at(in, i, y + ky, kx + x0);
        if (back) for (int x = x0; x < x1; x++) b[x - x0] += w * a[x];
        else for (int x = x0; x < x1; x++) a[x] += w * b[x - x0];
    }
}

static inline void ref_taps(map *out, map *in, const float *weight, int kernel, int pad,
                            bool back)
{
    for (int o = 0; o < out->c; o++)
        for (int i = 0; i < in->c; i++)
            for (int tap = 0; tap < kernel * kernel; tap++)
                ref_tap(out, o, in, i, (double) *weight++, tap / kernel - pad,
                        tap % kernel - pad, back);
}

/* weight: OIHW. */
static inline void ref_conv(map *out, const map *in, const float *weight, const float *bias,
                            int kernel, int pad)
{
    const size_t plane = (size_t) out->h * (size_t) out->w;
    map read = *in;

    for (size_t i = 0; i < map_size(out); i++) out->v[i] = (double) bias[i / plane];
    ref_taps(out, &read, weight, kernel, pad, false);
}

/* din: the gradient with respect to `in`, given that with respect to `out`. */
static inline void ref_conv_backward(map *din, const map *dout, const float *weight,
                                     int kernel, int pad)
{
    map read = *dout;

    for (size_t i = 0; i < map_size(din); i++) din->v[i] = 0;
    ref_taps(&read, din, weight, kernel, pad, true);
}

/* What a filter makes of `in`, added to what `out` holds: activation(out + bias + sums). */
static inline double ref_conv2d_sum(const map *in, const imp_conv2d_desc *d,
                                    const float *weight, int o, int y, int x)
{
    const int first = d->depthwise ? o : 0, last = d->depthwise ? o + 1 : d->in_c;
    double sum = 0;

    weight += (size_t) (o * (last - first) * d->kernel * d->kernel);
    for (int i = first; i < last; i++)
        for (int t = 0; t < d->kernel * d->kernel; t++, weight++) {
            const int row = y * d->stride + t / d->kernel * d->dilation - d->pad;
            const int column = x * d->stride + t % d->kernel * d->dilation - d->pad;
            if (row >= 0 && row < in->h && column >= 0 && column < in->w)
                sum += (double) *weight * *map_at(in, i, row, column);
        }
    return sum;
}

static inline double ref_activation(imp_activation activation, double z)
{
    const double gate = fmin(fmax(z + 3, 0), 6) / 6;

    switch (activation) {
    case IMP_ACTIVATION_NONE: break;
    case IMP_ACTIVATION_RELU: return fmax(z, 0);
    case IMP_ACTIVATION_HARD_SWISH: return z * gate;
    case IMP_ACTIVATION_HARD_SIGMOID: return gate;
    }
    return z;
}

static inline void ref_conv2d(map *out, const map *in, const imp_conv2d_desc *d,
                              const float *weight, const float *bias)
{
    for (int o = 0; o < out->c; o++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++) {
                const double before = d->add ? *map_at(out, o, y, x) : 0;
                const double z = before + (double) bias[o]
                                 + ref_conv2d_sum(in, d, weight, o, y, x);
                *map_at(out, o, y, x) = ref_activation(d->activation, z);
            }
}

static inline void ref_window_max(map *out, const map *in, int side, int stride, int pad)
{
    for (int c = 0; c < out->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++) {
                double most = -INFINITY;
                for (int t = 0; t < side * side; t++) {
                    const int row = y * stride - pad + t / side;
                    const int column = x * stride - pad + t % side;
                    if (row >= 0 && row < in->h && column >= 0 && column < in->w)
                        most = fmax(most, *map_at(in, c, row, column));
                }
                *map_at(out, c, y, x) = most;
            }
}

/* The value of a channel between pixels, the edge going on outside. */
static inline double ref_between(const map *in, int c, double y, double x)
{
    const int row = (int) floor(y), column = (int) floor(x);
    double sum = 0;

    for (int t = 0; t < 4; t++) {
        const int r = row + t / 2, q = column + t % 2;
        sum += (1 - fabs(y - r)) * (1 - fabs(x - q))
               * *map_at(in, c, clamped(r, in->h), clamped(q, in->w));
    }
    return sum;
}

static inline void ref_resize_bilinear(map *out, const map *in)
{
    for (int c = 0; c < out->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++)
                *map_at(out, c, y, x) = ref_between(in, c, (y + 0.5) * in->h / out->h - 0.5,
                                                    (x + 0.5) * in->w / out->w - 0.5);
}

static inline void ref_relu(map *out, const map *in)
{
    for (size_t i = 0; i < map_size(in); i++) out->v[i] = fmax(in->v[i], 0);
}

static inline void ref_pad(map *out, const map *in)
{
    for (int c = 0; c < in->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++)
                *map_at(out, c, y, x)
                    = *map_at(in, c, clamped(y - 1, in->h), clamped(x - 1, in->w));
}

/* din: the gradient with respect to `in`, given that with respect to `out`. */
static inline void ref_pad_backward(map *din, const map *dout)
{
    for (size_t i = 0; i < map_size(din); i++) din->v[i] = 0;
    for (int c = 0; c < din->c; c++)
        for (int y = 0; y < dout->h; y++)
            for (int x = 0; x < dout->w; x++)
                *map_at(din, c, clamped(y - 1, din->h), clamped(x - 1, din->w))
                    += *map_at(dout, c, y, x);
}

static inline double pooled(imp_pooling kind, double a, double b, double c, double d)
{
    switch (kind) {
    case IMP_POOL_MAX: return fmax(fmax(a, b), fmax(c, d));
    case IMP_POOL_AVERAGE: return (a + b + c + d) / 4;
    case IMP_POOL_L2: break;
    }
    return sqrt((a * a + b * b + c * c + d * d) / 4);
}

static inline void ref_pool(imp_pooling kind, map *out, const map *in)
{
    for (int c = 0; c < in->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++)
                *map_at(out, c, y, x) = pooled(
                    kind, *map_at(in, c, 2 * y, 2 * x), *map_at(in, c, 2 * y, 2 * x + 1),
                    *map_at(in, c, 2 * y + 1, 2 * x), *map_at(in, c, 2 * y + 1, 2 * x + 1));
}

/* The maximum's gradient goes to the first of equals; L2's is 0 where that is 0. */
static inline void ref_pool_backward(imp_pooling kind, map *din, const map *dout,
                                     const map *out, const map *in)
{
    for (size_t i = 0; i < map_size(din); i++) din->v[i] = 0;
    for (int c = 0; c < out->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++) {
                const double d = *map_at(dout, c, y, x), most = *map_at(out, c, y, x);
                bool taken = false;
                for (int q = 0; q < 4; q++) {
                    const int at_y = 2 * y + q / 2, at_x = 2 * x + q % 2;
                    const double v = *map_at(in, c, at_y, at_x);
                    double *g = map_at(din, c, at_y, at_x);
                    if (kind == IMP_POOL_AVERAGE) *g = d / 4;
                    else if (kind == IMP_POOL_L2) *g = most > 0 ? d * v / (4 * most) : 0;
                    else if (!taken && v >= most) *g = d, taken = true;
                }
            }
}

/* g: c x c. */
static inline void ref_gram(double *g, const map *in, double scale)
{
    const size_t n = (size_t) in->h * (size_t) in->w, c = (size_t) in->c;

    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < c; j++) {
            double sum = 0;
            for (size_t p = 0; p < n; p++) sum += in->v[i * n + p] * in->v[j * n + p];
            g[i * c + j] = scale * sum;
        }
}

/* What a difference adds to the sum; its derivative. */
static inline double tv_term(imp_tv_kind kind, double d)
{
    return kind == IMP_TV_SQUARED ? d * d : fabs(d);
}

static inline double tv_slope(imp_tv_kind kind, double d)
{
    return kind == IMP_TV_SQUARED ? 2 * d : (double) ((d > 0) - (d < 0));
}

/* weight times the squared difference of two pixels, its gradient added to din. */
static inline double tv_pair(map *din, const map *in, const int at[5], double weight)
{
    const double d = *map_at(in, at[0], at[1], at[2]) - *map_at(in, at[0], at[3], at[4]);

    if (din) *map_at(din, at[0], at[1], at[2]) += 2 * weight * d;
    if (din) *map_at(din, at[0], at[3], at[4]) -= 2 * weight * d;
    return weight * d * d;
}

/* Over nine points: between the lines of pixels, and of the picture with its edge repeated all
 * that lie corner to corner. */
static inline double ref_tv_nine(map *din, const map *in)
{
    const int h = in->h, w = in->w;
    const double slant = (double) h * w / (6.0 * (h + 1) * (w + 1));
    double sum = 0;

    for (int c = 0; c < in->c; c++)
        for (int y = 0; y <= h; y++)
            for (int x = 0; x <= w; x++) {
                const int up = clamped(y - 1, h), down = clamped(y, h);
                const int left = clamped(x - 1, w), right = clamped(x, w);
                if (y < h)
                    sum += tv_pair(din, in, (int[]) { c, y, left, y, right }, 2.0 / 3);
                if (x < w) sum += tv_pair(din, in, (int[]) { c, up, x, down, x }, 2.0 / 3);
                sum += tv_pair(din, in, (int[]) { c, up, left, down, right }, slant);
                sum += tv_pair(din, in, (int[]) { c, up, right, down, left }, slant);
            }
    return sum;
}

/* The sum; its gradient, if wanted, into din. */
static inline double ref_tv(map *din, const map *in, imp_tv_kind kind)
{
    double sum = 0;

    for (size_t i = 0; din && i < map_size(in); i++) din->v[i] = 0;
    if (kind == IMP_TV_NINE_POINT) return ref_tv_nine(din, in);
    for (int c = 0; c < in->c; c++)
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++)
                for (int below = 0; below < 2; below++) {
                    const int y2 = y + below, x2 = x + 1 - below;
                    if (y2 >= in->h || x2 >= in->w) continue;
                    const double d = *map_at(in, c, y2, x2) - *map_at(in, c, y, x);
                    sum += tv_term(kind, d);
                    if (din) *map_at(din, c, y2, x2) += tv_slope(kind, d);
                    if (din) *map_at(din, c, y, x) -= tv_slope(kind, d);
                }
    return sum;
}

#endif
