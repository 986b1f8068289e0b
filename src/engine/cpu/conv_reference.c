/* conv_reference.c - convolution in plain C, the reference. The gradient with respect to the
 * input is a convolution too, of z's gradient with the weights turned round and their channels
 * exchanged, so one loop does both. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/cpu/conv.h"
#include "engine/cpu/level.h"

enum { B = IMP_BLOCK, RUN = 32 };   /* RUN outputs of a row are summed at once */

/* Weights are packed as [blocks of outputs][inputs][kernel * kernel][B], the filling zero. */
typedef struct reference {
    imp_conv base;
    imp_conv_desc desc;
    size_t bytes;                      /* of the whole allocation, weights included */
    float *forward, *backward, *bias;  /* behind the struct; backward NULL if not wanted */
} reference;

/* One of the two directions. */
typedef struct direction {
    const float *weight, *bias;        /* bias NULL: none */
    int kernel, pad;
    imp_precision precision;
} direction;

static size_t blocks(int channels)
{
    return ((size_t) channels + B - 1) / B;
}

/* To the nearest bfloat16, of two as near the even one. */
static inline float to_bf16(float v)
{
    uint32_t bits;

    if (isnan(v)) return v;
    memcpy(&bits, &v, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* What takes part in products. */
static inline float operand(float v, imp_precision precision)
{
    return precision == IMP_PRECISION_BF16 ? to_bf16(v) : v;
}

static size_t packed_floats(int outputs, int inputs, int kernel)
{
    return blocks(outputs) * (size_t) inputs * (size_t) kernel * (size_t) kernel * B;
}

static float *packed_at(float *packed, const imp_conv_desc *d, int inputs, int out, int in,
                        int tap)
{
    const size_t taps = (size_t) d->kernel * (size_t) d->kernel;
    const size_t block = (size_t) out / B * (size_t) inputs + (size_t) in;

    return packed + (block * taps + (size_t) tap) * B + out % B;
}

static void pack(reference *conv, const float *weight, const float *bias)
{
    const imp_conv_desc *d = &conv->desc;
    const int taps = d->kernel * d->kernel;

    memcpy(conv->bias, bias, (size_t) d->out_c * sizeof *bias);
    for (int o = 0; o < d->out_c; o++)
        for (int i = 0; i < d->in_c; i++)
            for (int t = 0; t < taps; t++) {
                const float w = operand(*weight++, d->precision);
                *packed_at(conv->forward, d, d->in_c, o, i, t) = w;
                if (conv->backward)
                    *packed_at(conv->backward, d, d->out_c, i, o, taps - 1 - t) = w;
            }
}

static bool fits(const imp_conv_desc *desc)
{
    (void) desc;
    return true;
}

static imp_status reference_make(imp_conv **out, const imp_conv_desc *desc,
                                 const float *weight, const float *bias, imp_error *err)
{
    enum { HEAD = (sizeof(reference) + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN };
    const size_t forward = packed_floats(desc->out_c, desc->in_c, desc->kernel);
    const size_t backward = desc->backward
                            ? packed_floats(desc->in_c, desc->out_c, desc->kernel) : 0;
    const size_t bytes = HEAD + (forward + backward + blocks(desc->out_c) * B) * sizeof(float);
    reference *conv = imp_alloc(1, weight ? bytes : HEAD);

    *out = NULL;
    if (!conv)
        return imp_fail(err, IMP_ENOMEM, "no memory for a convolution's weights (%zu bytes)",
                        bytes);
    *out = &conv->base;
    conv->base.kind = &imp_conv_kind_reference;
    conv->desc = *desc;
    conv->bytes = bytes;
    if (!weight) return IMP_OK;
    conv->forward = (float *) (void *) ((char *) conv + HEAD);
    conv->backward = desc->backward ? conv->forward + forward : NULL;
    conv->bias = conv->forward + forward + backward;
    pack(conv, weight, bias);
    return IMP_OK;
}

static void reference_free(imp_conv *conv)
{
    imp_free(conv);
}

static size_t reference_scratch(const imp_conv *conv)
{
    return imp_conv_plane_bytes(&((const reference *) conv)->desc);
}

static size_t reference_bytes(const imp_conv *conv)
{
    return ((const reference *) conv)->bytes;
}

/* sum[p] += w * (pixel p of a row), for n pixels that lie `step` floats apart. */
static inline void add_tap(float (*restrict sum)[B], const float *restrict w,
                           const float *restrict row, size_t step, int n,
                           imp_precision precision)
{
    for (int p = 0; p < n; p++, row += step) {
        const float v = operand(*row, precision);
        #pragma omp simd   /* the channels, rather than the pixels */
        for (size_t o = 0; o < B; o++) sum[p][o] += w[o] * v;
    }
}

/* sum += the products of one input channel, whose element (0, 0) stands at x, with its taps at
 * w, for n outputs in row `top` from column `left` on. What lies outside counts zero. */
static void add_channel(float (*sum)[B], const direction *d, const imp_tensor *t,
                        const float *x, const float *w, int top, int left, int n)
{
    for (int ky = 0; ky < d->kernel; ky++) {
        const int y = top + ky - d->pad;
        if (y < 0 || y >= t->h) continue;
        for (int kx = 0; kx < d->kernel; kx++) {
            const int column = left + kx - d->pad;   /* that the first output sees */
            const int first = column < 0 ? -column : 0;
            const int last = column + n > t->w ? t->w - column : n;
            const size_t pixel = (size_t) y * (size_t) t->w + (size_t) (column + first);
            if (first < last)
                add_tap(sum + first, w + (ky * d->kernel + kx) * B,
                        x + pixel * (size_t) t->block, (size_t) t->block, last - first,
                        d->precision);
        }
    }
}

/* n outputs of one block of channels, n <= RUN. */
static void run(const direction *d, imp_tensor *y, const imp_tensor *x, int block, int top,
                int left, int n)
{
    const size_t taps = (size_t) d->kernel * (size_t) d->kernel;
    const float *weight = d->weight + (size_t) block * (size_t) x->c * taps * B;
    const int first = block * B;
    /* Filling included. */
    const int last = y->block == B || first + B < y->c ? first + B : y->c;
    float sum[RUN][B] = { { 0 } };

    for (int p = 0; d->bias && p < n; p++) memcpy(sum[p], d->bias + first, sizeof *sum);
    for (int i = 0; i < x->c; i++)
        add_channel(sum, d, x, x->data + imp_tensor_index(x, i, 0, 0),
                    weight + (size_t) i * taps * B, top, left, n);
    for (int o = first; o < last; o++)
        for (int p = 0; p < n; p++)
            y->data[imp_tensor_index(y, o, top, left + p)] = sum[p][o - first];
}

static void convolve(const direction *d, imp_tensor *y, const imp_tensor *x)
{
    const int n_blocks = (int) blocks(y->c), h = y->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int block = 0; block < n_blocks; block++)
        for (int top = 0; top < h; top++)
            for (int left = 0; left < y->w; left += RUN)
                run(d, y, x, block, top, left, y->w - left < RUN ? y->w - left : RUN);
}

static void reference_forward(const imp_conv *conv, imp_tensor *y, imp_gate *mask,
                              const imp_tensor *x, void *scratch)
{
    const reference *r = (const reference *) conv;
    const imp_conv_desc *c = &r->desc;
    const direction d = { r->forward, r->bias, c->kernel, c->pad, c->precision };
    imp_tensor z = imp_conv_plane(c, c->pool ? scratch : y->data);

    convolve(&d, &z, x);
    if (c->relu) imp_conv_finish(c, y, mask, &z);
}

static void reference_backward(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                               const imp_gate *mask, void *scratch)
{
    const reference *r = (const reference *) conv;
    const imp_conv_desc *c = &r->desc;
    const direction d = { r->backward, NULL, c->kernel, c->kernel - 1 - c->pad, c->precision };
    imp_tensor dz = imp_conv_plane(c, c->relu ? scratch : dy->data);

    if (c->relu) imp_conv_spread(c, &dz, dy, mask);
    convolve(&d, dx, &dz);
}

const imp_conv_kind imp_conv_kind_reference = {
    .fits = fits, .make = reference_make, .free = reference_free, .scratch = reference_scratch,
    .bytes = reference_bytes, .forward = reference_forward, .backward = reference_backward,
};
