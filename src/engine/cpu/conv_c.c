/* conv_c.c - convolution in plain C. The gradient with respect to the input is a convolution too,
 * of dy with the weights turned round and their channels exchanged, so one loop does both. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/cpu/ops_c.h"

enum { B = IMP_BLOCK };

/* Weights are packed as [blocks of outputs][inputs][kernel * kernel][B], the filling zero. */
struct imp_conv {
    imp_conv_desc desc;
    size_t bytes;                      /* of the whole allocation, weights included */
    float *forward, *backward, *bias;  /* behind the struct; backward NULL if not wanted */
};

/* One of the two directions. */
typedef struct direction {
    const float *weight, *bias;        /* bias NULL: none */
    int kernel, pad;
    bool relu;
} direction;

static size_t blocks(int channels)
{
    return ((size_t) channels + B - 1) / B;
}

static size_t packed_floats(int outputs, int inputs, int kernel)
{
    return blocks(outputs) * (size_t) inputs * (size_t) kernel * (size_t) kernel * B;
}

static float *packed_at(float *packed, const imp_conv_desc *d, int inputs, int out, int in, int tap)
{
    const size_t taps = (size_t) d->kernel * (size_t) d->kernel;
    const size_t block = (size_t) out / B * (size_t) inputs + (size_t) in;

    return packed + (block * taps + (size_t) tap) * B + out % B;
}

static void pack(imp_conv *conv, const float *weight, const float *bias)
{
    const imp_conv_desc *d = &conv->desc;
    const int taps = d->kernel * d->kernel;

    memcpy(conv->bias, bias, (size_t) d->out_c * sizeof *bias);
    for (int o = 0; o < d->out_c; o++)
        for (int i = 0; i < d->in_c; i++)
            for (int t = 0; t < taps; t++, weight++) {
                *packed_at(conv->forward, d, d->in_c, o, i, t) = *weight;
                if (conv->backward)
                    *packed_at(conv->backward, d, d->out_c, i, o, taps - 1 - t) = *weight;
            }
}

imp_status imp_conv_new_c(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                          const float *bias, imp_error *err)
{
    enum { HEAD = (sizeof(imp_conv) + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN };
    const size_t forward = packed_floats(desc->out_c, desc->in_c, desc->kernel);
    const size_t backward = desc->backward ? packed_floats(desc->in_c, desc->out_c, desc->kernel) : 0;
    const size_t bytes = HEAD + (forward + backward + blocks(desc->out_c) * B) * sizeof(float);
    imp_conv *conv = imp_alloc(1, weight ? bytes : HEAD);

    *out = conv;
    if (!conv) return imp_fail(err, IMP_ENOMEM, "no memory for the weights of a convolution (%zu bytes)", bytes);
    conv->desc = *desc;
    conv->bytes = bytes;
    if (!weight) return IMP_OK;
    conv->forward = (float *) (void *) ((char *) conv + HEAD);
    conv->backward = desc->backward ? conv->forward + forward : NULL;
    conv->bias = conv->forward + forward + backward;
    pack(conv, weight, bias);
    return IMP_OK;
}

void imp_conv_free_c(imp_conv *conv)
{
    imp_free(conv);
}

size_t imp_conv_scratch_c(const imp_conv *conv)
{
    (void) conv;
    return 0;
}

size_t imp_conv_bytes_c(const imp_conv *conv)
{
    return conv->bytes;
}

/* sum += the products of one input channel, whose element (0, 0) stands at x, with the taps at w;
 * (top, left) is where the kernel's corner lies, and may be outside. */
static inline void add_channel(float *restrict sum, const imp_tensor *t, const float *x,
                               const float *w, int top, int left, int kernel)
{
    const int first_y = top < 0 ? -top : 0, last_y = top + kernel > t->h ? t->h - top : kernel;
    const int first_x = left < 0 ? -left : 0, last_x = left + kernel > t->w ? t->w - left : kernel;

    for (int ky = first_y; ky < last_y; ky++)
        for (int kx = first_x; kx < last_x; kx++) {
            const size_t pixel = (size_t) (top + ky) * (size_t) t->w + (size_t) (left + kx);
            const float v = x[pixel * (size_t) t->block];
            const float *wk = w + (ky * kernel + kx) * B;
            for (int o = 0; o < B; o++) sum[o] += wk[o] * v;
        }
}

/* The outputs of one block of channels in one row. */
static void row(const direction *d, imp_tensor *y, const imp_tensor *x, int block, int top)
{
    const size_t taps = (size_t) d->kernel * (size_t) d->kernel;
    const float *weight = d->weight + (size_t) block * (size_t) x->c * taps * B;
    const int first = block * B;
    const int last = y->block == B || first + B < y->c ? first + B : y->c;   /* filling included */

    for (int left = 0; left < y->w; left++) {
        float sum[B] = { 0 };
        if (d->bias) memcpy(sum, d->bias + first, sizeof sum);
        for (int i = 0; i < x->c; i++)
            add_channel(sum, x, x->data + imp_tensor_index(x, i, 0, 0), weight + (size_t) i * taps * B,
                        top - d->pad, left - d->pad, d->kernel);
        for (int o = first; o < last; o++) {
            const float v = sum[o - first];
            y->data[imp_tensor_index(y, o, top, left)] = d->relu && !(v > 0) ? 0 : v;
        }
    }
}

static void convolve(const direction *d, imp_tensor *y, const imp_tensor *x)
{
    const int n_blocks = (int) blocks(y->c), h = y->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int block = 0; block < n_blocks; block++)
        for (int top = 0; top < h; top++)
            row(d, y, x, block, top);
}

void imp_conv_forward_c(const imp_conv *conv, imp_tensor *y, const imp_tensor *x, void *scratch)
{
    const imp_conv_desc *c = &conv->desc;
    const direction d = { conv->forward, conv->bias, c->kernel, c->pad, c->relu };

    (void) scratch;
    convolve(&d, y, x);
}

void imp_conv_backward_c(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy, void *scratch)
{
    const imp_conv_desc *c = &conv->desc;
    const direction d = { conv->backward, NULL, c->kernel, c->kernel - 1 - c->pad, false };

    (void) scratch;
    convolve(&d, dx, dy);
}
