/* conv_c.c - convolution in plain C. The gradient with respect to the input is a convolution
 * too, of dy with the weights turned round and their channels exchanged, so one loop does
 * both. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/cpu/ops_c.h"

enum { B = IMP_BLOCK, RUN = 32 };   /* RUN outputs of a row are summed at once */

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

static float *packed_at(float *packed, const imp_conv_desc *d, int inputs, int out, int in,
                        int tap)
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
    const size_t backward = desc->backward
                            ? packed_floats(desc->in_c, desc->out_c, desc->kernel) : 0;
    const size_t bytes = HEAD + (forward + backward + blocks(desc->out_c) * B) * sizeof(float);
    imp_conv *conv = imp_alloc(1, weight ? bytes : HEAD);

    *out = conv;
    if (!conv)
        return imp_fail(err, IMP_ENOMEM, "no memory for a convolution's weights (%zu bytes)",
                        bytes);
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

/* sum[p] += w * (pixel p of a row), for n pixels that lie `step` floats apart. */
static inline void add_tap(float (*restrict sum)[B], const float *restrict w,
                           const float *restrict row, size_t step, int n)
{
    for (int p = 0; p < n; p++, row += step) {
        #pragma omp simd   /* the channels, rather than the pixels */
        for (size_t o = 0; o < B; o++) sum[p][o] += w[o] * *row;
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
                        x + pixel * (size_t) t->block, (size_t) t->block, last - first);
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
        for (int p = 0; p < n; p++) {
            const float v = sum[p][o - first];
            y->data[imp_tensor_index(y, o, top, left + p)] = d->relu && !(v > 0) ? 0 : v;
        }
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

void imp_conv_forward_c(const imp_conv *conv, imp_tensor *y, const imp_tensor *x,
                        void *scratch)
{
    const imp_conv_desc *c = &conv->desc;
    const direction d = { conv->forward, conv->bias, c->kernel, c->pad, c->relu };

    (void) scratch;
    convolve(&d, y, x);
}

void imp_conv_backward_c(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                         void *scratch)
{
    const imp_conv_desc *c = &conv->desc;
    const direction d = { conv->backward, NULL, c->kernel, c->kernel - 1 - c->pad, false };

    (void) scratch;
    convolve(&d, dx, dy);
}
