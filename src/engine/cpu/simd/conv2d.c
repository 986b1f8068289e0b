/* conv2d.c - filters by loops of which compilers make vectors: some outputs of one block of
 * channels are summed in registers, while the inputs of one tap after the other are laid side
 * by side. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/cpu/simd/simd.h"

/* P outputs are summed at once, in as many registers as the processor has to spare. */
enum { B = IMP_BLOCK, P = VW == 16 ? 28 : VW == 8 ? 6 : 2 };

/* Weights lie as [blocks of outputs][blocks of inputs][taps][inputs of a block][B], depthwise
 * as [blocks][taps][B], what fills up being zero. */
struct imp_conv2d {
    imp_conv2d_desc desc;
    float *weight, *bias;      /* behind the struct                         */
};

struct imp_sized_conv2d {
    const imp_conv2d *filter;
};

/* Where P neighbouring outputs begin to look at the input: y may lie outside; n of them. */
typedef struct spots { int n, y[P], x[P]; } spots;

/* --- Weights ----------------------------------------------------------------------------- */

static size_t blocks(int channels)
{
    return ((size_t) channels + B - 1) / B;
}

static size_t taps(const imp_conv2d_desc *d)
{
    return (size_t) d->kernel * (size_t) d->kernel;
}

static size_t packed_floats(const imp_conv2d_desc *d)
{
    return blocks(d->out_c) * (d->depthwise ? 1 : blocks(d->in_c) * B) * taps(d) * B;
}

static void pack(imp_conv2d *f, const float *weight)
{
    const imp_conv2d_desc *d = &f->desc;
    const size_t ins = d->depthwise ? 1 : (size_t) d->in_c, n_taps = taps(d);
    const size_t in_blocks = blocks((int) ins), height = d->depthwise ? 1 : B;

    for (size_t o = 0; o < (size_t) d->out_c; o++)
        for (size_t i = 0; i < ins; i++)
            for (size_t t = 0; t < n_taps; t++) {
                const size_t block = (o / B * in_blocks + i / B) * n_taps + t;
                f->weight[(block * height + i % B) * B + o % B] = *weight++;
            }
}

imp_status IMP_SIMD(imp_conv2d_new)(imp_conv2d **out, const imp_conv2d_desc *desc,
                                    const float *weight, const float *bias, imp_error *err)
{
    enum { HEAD = (sizeof(imp_conv2d) + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN };
    const size_t floats = packed_floats(desc);
    const size_t bytes = HEAD + (floats + blocks(desc->out_c) * B) * sizeof(float);
    imp_conv2d *f = imp_alloc(1, bytes);

    *out = f;
    if (!f)
        return imp_fail(err, IMP_ENOMEM, "no memory for a filter's weights (%zu bytes)",
                        bytes);
    f->desc = *desc;
    f->weight = (float *) (void *) ((char *) f + HEAD);
    f->bias = f->weight + floats;
    pack(f, weight);
    memcpy(f->bias, bias, (size_t) desc->out_c * sizeof *bias);
    return IMP_OK;
}

void IMP_SIMD(imp_conv2d_free)(imp_conv2d *filter)
{
    imp_free(filter);
}

imp_status IMP_SIMD(imp_sized_new)(imp_sized_conv2d **out, const imp_conv2d *filter, int h,
                                   int w, imp_error *err)
{
    (void) h, (void) w;   /* the same code does every size */
    if (!(*out = imp_alloc(1, sizeof **out)))
        return imp_fail(err, IMP_ENOMEM, "no memory for a filter");
    (*out)->filter = filter;
    return IMP_OK;
}

void IMP_SIMD(imp_sized_free)(imp_sized_conv2d *sized)
{
    imp_free(sized);
}

size_t IMP_SIMD(imp_sized_scratch)(const imp_sized_conv2d *sized)
{
    (void) sized;
    return 0;
}

/* --- Sums -------------------------------------------------------------------------------- */

/* The outputs from number `first` on, counted row by row. */
static spots find_spots(const imp_conv2d_desc *d, const imp_tensor *y, int first)
{
    const int left = y->h * y->w - first;
    spots s = { .n = left < P ? left : P };

    for (int p = 0; p < s.n; p++) {
        s.y[p] = (first + p) / y->w * d->stride - d->pad;
        s.x[p] = (first + p) % y->w * d->stride - d->pad;
    }
    return s;
}

/* Pixel (y, x) of a block of channels, 0 outside and where channels only fill up. */
static void take(float *restrict to, const imp_tensor *t, int block, int y, int x)
{
    if (y < 0 || y >= t->h || x < 0 || x >= t->w) {
        memset(to, 0, B * sizeof *to);
    } else if (t->block == B) {
        memcpy(to, t->data + imp_tensor_index(t, block * B, y, x), B * sizeof *to);
    } else {
        memset(to, 0, B * sizeof *to);
        for (int i = 0; i < t->c; i++) to[i] = t->data[imp_tensor_index(t, i, y, x)];
    }
}

/* What each output sees through one tap. */
static void take_all(float (*in)[B], const imp_tensor *x, int block, const spots *s, int dy,
                     int dx)
{
    for (int p = 0; p < s->n; p++) take(in[p], x, block, s->y[p] + dy, s->x[p] + dx);
}

/* sum += the products of n input channels. */
static void multiply(vec (*restrict sum)[VECS], float (*restrict in)[B],
                     const float *restrict weight, int n)
{
    vec s[P][VECS];

    IMP_UNROLL
    for (int p = 0; p < P; p++)
        for (int v = 0; v < VECS; v++) s[p][v] = sum[p][v];
    IMP_ONE_BY_ONE
    for (int i = 0; i < n; i++) {
        const vec *w = (const vec *) (const void *) (weight + i * B);
        IMP_UNROLL
        for (int p = 0; p < P; p++)
            for (int v = 0; v < VECS; v++) s[p][v] += in[p][i] * w[v];
    }
    IMP_UNROLL
    for (int p = 0; p < P; p++)
        for (int v = 0; v < VECS; v++) sum[p][v] = s[p][v];
}

static void sum_full(vec (*sum)[VECS], const imp_conv2d *f, const imp_tensor *x, int block,
                     const spots *s)
{
    const imp_conv2d_desc *d = &f->desc;
    const int in_blocks = (int) blocks(d->in_c), n_taps = d->kernel * d->kernel;
    const float *weight = f->weight + (size_t) (block * in_blocks * n_taps) * B * B;
    float in[P][B] = { { 0 } };

    for (int b = 0; b < in_blocks; b++)
        for (int t = 0; t < n_taps; t++, weight += B * B) {
            take_all(in, x, b, s, t / d->kernel * d->dilation, t % d->kernel * d->dilation);
            multiply(sum, in, weight, d->in_c - b * B < B ? d->in_c - b * B : B);
        }
}

static void sum_depthwise(vec (*sum)[VECS], const imp_conv2d *f, const imp_tensor *x,
                          int block, const spots *s)
{
    const imp_conv2d_desc *d = &f->desc;
    const int n_taps = d->kernel * d->kernel;
    const vec *w = (const vec *) (const void *) (f->weight + (size_t) (block * n_taps) * B);
    float in[P][B] = { { 0 } };

    for (int t = 0; t < n_taps; t++, w += VECS) {
        take_all(in, x, block, s, t / d->kernel * d->dilation, t % d->kernel * d->dilation);
        for (int p = 0; p < P; p++)
            for (int v = 0; v < VECS; v++)
                sum[p][v] += *(const vec *) (const void *) (in[p] + v * VW) * w[v];
    }
}

/* --- What follows ------------------------------------------------------------------------ */

static float activate(imp_activation activation, float z)
{
    const float gate = z / 6 + 0.5f, held = gate < 0 ? 0 : gate > 1 ? 1 : gate;

    switch (activation) {
    case IMP_ACTIVATION_NONE: break;
    case IMP_ACTIVATION_RELU: return z > 0 ? z : 0;
    case IMP_ACTIVATION_HARD_SWISH: return z * held;
    case IMP_ACTIVATION_HARD_SIGMOID: return held;
    }
    return z;
}

/* Channels that only fill up stay 0. */
static void finish(const imp_conv2d *f, float *restrict y, const vec *restrict sum, int block)
{
    const imp_conv2d_desc *d = &f->desc;
    const float *s = (const float *) sum, *bias = f->bias + block * B;
    const int n = d->out_c - block * B;

    for (int i = 0; i < B; i++) {
        const float z = s[i] + bias[i] + (d->add ? y[i] : 0);
        y[i] = i < n ? activate(d->activation, z) : 0;
    }
}

static void run(const imp_conv2d *f, imp_tensor *y, const imp_tensor *x, int block, int first)
{
    const spots s = find_spots(&f->desc, y, first);
    float *to = y->data + imp_tensor_index(y, block * B, 0, 0) + (size_t) first * B;
    vec sum[P][VECS] = { { { 0 } } };

    if (f->desc.depthwise) sum_depthwise(sum, f, x, block, &s);
    else sum_full(sum, f, x, block, &s);
    for (int p = 0; p < s.n; p++) finish(f, to + p * B, sum[p], block);
}

void IMP_SIMD(imp_sized_run)(const imp_sized_conv2d *sized, imp_tensor *y,
                             const imp_tensor *x, void *scratch)
{
    const imp_conv2d *f = sized->filter;
    const int n_blocks = (int) blocks(f->desc.out_c), pixels = y->h * y->w;

    (void) scratch;
    #pragma omp parallel for schedule(static) collapse(2)
    for (int block = 0; block < n_blocks; block++)
        for (int first = 0; first < pixels; first += P) run(f, y, x, block, first);
}
