/* first.c - 3 x 3 convolutions from the three planes of a picture to blocked maps, and the way
 * back. With so few channels on one side nothing is gained by Winograd's method; the work is
 * to keep the sums in registers and read and write the large map once.
 *
 * The way back multiplies each pixel of the gradient with the weights of all taps and planes,
 * as winograd.h's products do it, and then adds up, for each pixel of the picture, what its
 * neighbours have for it. */
#include <omp.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/cpu/simd/winograd.h"

enum {
    B = IMP_BLOCK, PLANES = 3, KERNEL = 3,
    LINES = PLANES * KERNEL,         /* of the picture, that one line of the map sees  */
    WEIGHTS = LINES * KERNEL,        /* of one channel of the map                      */

    /* Channels of the map made at once: whole blocks, for the sake of the mask; and of how
     * many pixels, as registers allow. */
    VECTORS = VECS == 1 ? 2 : VECS, CHANNELS = VECTORS * VW, PIXELS = 2 * MAX_ROWS / VECTORS,

    /* On the way back: products of a pixel, in groups of 16 so that four floats can be read
     * from the last tap of each; pixels of zeros beside a line. */
    GROUP_TAPS = 5, GROUPS = 2, MARGIN = KERNEL - 1
};

typedef struct first {
    imp_conv base;
    imp_conv_desc desc;
    int threads;
    size_t floats;                   /* behind the struct                              */
    float *bias;                     /* filled up to CHANNELS, like the weights        */
    float *forward;                  /* [CHANNELS at a time][WEIGHTS][CHANNELS]        */
    float *backward;                 /* [panel][channel][PANEL], two groups in all     */
} first;

/* Pixels in a line of the map. */
static int map_w(const imp_conv_desc *d)
{
    return d->w + 2 * d->pad - KERNEL + 1;
}

/* --- Forward ----------------------------------------------------------------------------- */

/* One line of the map: what each weight of its first pixel meets; where it goes. */
typedef struct forward_line {
    const first *conv;
    const float *in[WEIGHTS];
    float *y;                        /* of block 0; the next lies `plane` pixels on    */
    imp_gate *mask;                  /* NULL: none wanted                              */
    size_t plane;
    bool stream;
} forward_line;

/* z[r] = pixel x + r before anything follows, CHANNELS from `channel` on. */
IMP_INLINE void sum_up(const int pixels, float (*z)[CHANNELS], const forward_line *line,
                       int channel, int x)
{
    const float *w = line->conv->forward + (size_t) channel * WEIGHTS;
    const float *bias = line->conv->bias + channel;
    vec sum[PIXELS * VECTORS];

    IMP_UNROLL
    for (int s = 0; s < pixels * VECTORS; s++)
        sum[s] = *(const vec *) (bias + s % VECTORS * VW);
    for (int k = 0; k < WEIGHTS; k++, w += CHANNELS) {
        const float *in = line->in[k] + x;
        vec weight[VECTORS];
        IMP_UNROLL
        for (int i = 0; i < VECTORS; i++) {
            weight[i] = *(const vec *) (w + i * VW);
            if (VECTORS == 2) IMP_NOW(weight[i]);   /* four would be too many registers */
        }
        IMP_UNROLL
        for (int s = 0; s < pixels * VECTORS; s += VECTORS) {
            const vec f = imp_splat(in[s / VECTORS]);
            IMP_UNROLL
            for (int i = 0; i < VECTORS; i++) {
                sum[s + i] += f * weight[i];
                IMP_NOW(sum[s + i]);
            }
        }
    }
    IMP_UNROLL
    for (int s = 0; s < pixels * VECTORS; s++)
        *(vec *) (z[s / VECTORS] + s % VECTORS * VW) = sum[s];
}

/* The rectifier, the mask, and one block of each of n pixels to its place. */
IMP_INLINE void put_block(const forward_line *line, float (*z)[CHANNELS], int channel, int x,
                          int n)
{
    const size_t at = (size_t) (channel / B) * line->plane + (size_t) x;
    const bool relu = line->conv->desc.relu, stream = line->stream;
    imp_gate *mask = line->mask ? line->mask + at : NULL;
    float *y = line->y + at * B;

    for (int r = 0; r < n; r++, y += B) {
        unsigned bits = 0;
        IMP_UNROLL
        for (int i = 0; i < B; i += VW) {
            vec v = *(const vec *) (z[r] + channel % CHANNELS + i);
            if (relu) v = imp_max(v, (vec) { 0 });
            bits |= imp_positive(v) << i;
            if (stream) imp_stream(y + i, v);
            else *(vec *) (y + i) = v;
        }
        if (mask) mask[r] = (imp_gate) bits;
    }
}

/* Pixels from x on, CHANNELS from `channel` on; what only fills these up is not stored. */
IMP_INLINE void forward_pixels(const int pixels, const forward_line *line, int channel, int x)
{
    const int end = imp_least(channel + CHANNELS, line->conv->desc.out_c);
    _Alignas(IMP_ALIGN) float z[PIXELS][CHANNELS];

    sum_up(pixels, z, line, channel, x);
    for (int i = channel; i < end; i += B) put_block(line, z, i, x, pixels);
}

/* The last pixels are made twice where a whole group does not fit. */
static void forward_channels(const forward_line *line, int channel)
{
    const int w = map_w(&line->conv->desc);

    if (w < PIXELS)
        for (int x = 0; x < w; x++) forward_pixels(1, line, channel, x);
    else
        for (int x = 0; x < w; x += PIXELS)
            forward_pixels(PIXELS, line, channel, imp_least(x, w - PIXELS));
}

static const float *picture_line(const imp_tensor *x, int plane, int y)
{
    return x->data + ((size_t) plane * (size_t) x->h + (size_t) y) * (size_t) x->w;
}

/* Line y of a plane between zeros. */
static const float *padded_line(float *copy, const imp_tensor *x, int plane, int y)
{
    const size_t w = (size_t) x->w;

    memset(copy, 0, (w + 2) * sizeof *copy);
    if (y >= 0 && y < x->h) memcpy(copy + 1, picture_line(x, plane, y), w * sizeof *copy);
    return copy;
}

static size_t forward_scratch(const imp_conv_desc *d)
{
    return d->pad ? LINES * ((size_t) d->w + 2) : 0;
}

/* `copies`: forward_scratch() floats. */
static void look_at(forward_line *line, float *copies, const imp_tensor *x, int pad, int row)
{
    for (int l = 0; l < LINES; l++) {
        const int plane = l / KERNEL, y = row + l % KERNEL - pad;
        float *copy = copies + (size_t) l * ((size_t) x->w + 2);
        const float *in = pad ? padded_line(copy, x, plane, y) : picture_line(x, plane, y);
        for (int k = 0; k < KERNEL; k++) line->in[l * KERNEL + k] = in + k;
    }
}

static void forward(const imp_conv *conv, imp_tensor *y, imp_gate *mask, const imp_tensor *x,
                    void *scratch)
{
    const first *c = (const first *) conv;
    const int h = y->h;
    const size_t w = (size_t) y->w, own = forward_scratch(&c->desc);
    const bool stream = imp_tensor_floats(y) >= IMP_MANY_FLOATS;

    #pragma omp parallel num_threads(c->threads)
    {
        float *copies = (float *) scratch + (size_t) omp_get_thread_num() * own;
        #pragma omp for schedule(static)
        for (int row = 0; row < h; row++) {
            forward_line line = { .conv = c, .y = y->data + (size_t) row * w * B,
                                  .mask = mask ? mask + (size_t) row * w : NULL,
                                  .plane = (size_t) h * w, .stream = stream };
            look_at(&line, copies, x, c->desc.pad, row);
            for (int channel = 0; channel < c->desc.out_c; channel += CHANNELS)
                forward_channels(&line, channel);
        }
        imp_stream_end();
    }
}

/* --- Backward ---------------------------------------------------------------------------- */

/* Where the products of a tap, PLANES of them, stand among those of a pixel. */
static int tap_at(int tap)
{
    return tap / GROUP_TAPS * B + tap % GROUP_TAPS * PLANES;
}

typedef struct way_back {
    const first *conv;
    const imp_tensor *dy;
    const imp_gate *mask;            /* NULL: all pass                                 */
    size_t group;                    /* floats of a line's group of products           */
    float *line[KERNEL];             /* products: line y of the map in [y % KERNEL]    */
    float *passed;                   /* MAX_ROWS pixels of the map, [block][pixel]     */
} way_back;

static size_t group_floats(const imp_conv_desc *d)
{
    return ((size_t) map_w(d) + 2 * MARGIN) * B;
}

static size_t backward_scratch(const imp_conv_desc *d)
{
    return KERNEL * GROUPS * group_floats(d) + (size_t) d->out_c * MAX_ROWS;
}

static void begin_way_back(way_back *b, float *scratch)
{
    const size_t line = GROUPS * b->group;

    for (int i = 0; i < KERNEL; i++) b->line[i] = scratch + (size_t) i * line;
    memset(scratch, 0, KERNEL * line * sizeof *scratch);   /* the margins */
    b->passed = scratch + KERNEL * line;
}

/* n pixels of the gradient where it passes; those after them are fetched meanwhile. */
static void take_passed(const way_back *b, int y, int x, int n)
{
    const int blocks = b->dy->c / B;
    const size_t h = (size_t) b->dy->h, w = (size_t) b->dy->w;

    for (int block = 0; block < blocks; block++) {
        const size_t at = ((size_t) block * h + (size_t) y) * w + (size_t) x;
        const float *from = b->dy->data + at * B;
        float *to = b->passed + block * MAX_ROWS * B;
        for (int r = 0; r < n; r++, from += B, to += B) {
            const unsigned bits = b->mask ? b->mask[at + (size_t) r] : 0xffff;
            __builtin_prefetch(from + MAX_ROWS * B);
            for (int lane = 0; lane < B; lane += VW)
                *(vec *) (to + lane) = imp_load_masked(from + lane, bits >> lane);
        }
    }
}

/* Line y of the map, whose products go to `line`; zeros above and below the map. */
static void multiply_line(const way_back *b, float *line, int y)
{
    const int w = b->dy->w, blocks = b->dy->c / B;
    const size_t panel_floats = (size_t) b->dy->c * PANEL;

    if (y < 0 || y >= b->dy->h) {
        memset(line, 0, GROUPS * b->group * sizeof *line);
        return;
    }
    for (int x = 0; x < w; x += MAX_ROWS) {
        const int n = imp_least(MAX_ROWS, w - x);
        const float *u = b->conv->backward;
        take_passed(b, y, x, n);
        for (int left = 0; left < GROUPS * B; left += PANEL, u += panel_floats)
            IMP_SIMD(imp_wino_products)[n](
                line + (size_t) (left / B) * b->group + (MARGIN + x) * B + left % B,
                VECS == 1 ? b->group : VW, b->passed, MAX_ROWS * B, u, blocks,
                (const char *) u);
    }
}

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

/* Line y of the picture, of the three lines of products that have something for it. */
static void add_up_line(const way_back *b, imp_tensor *dx, int y)
{
    const size_t plane = (size_t) dx->h * (size_t) dx->w;
    const int pad = b->conv->desc.pad;
    float *out = dx->data + (size_t) y * (size_t) dx->w;
    const float *from[KERNEL * KERNEL];

    for (int tap = 0; tap < KERNEL * KERNEL; tap++) {
        const int line = y + pad - tap / KERNEL, at = tap_at(tap);
        from[tap] = b->line[(line + KERNEL) % KERNEL] + (size_t) (at / B) * b->group + at % B
                    + (MARGIN + pad - tap % KERNEL) * B;
    }
    for (size_t x = 0; x < (size_t) dx->w; x++, out++) {
        four sum = { 0 };
        IMP_UNROLL
        for (int tap = 0; tap < KERNEL * KERNEL; tap++)
            sum += *(const four *) (from[tap] + x * B);
        out[0] = sum[0];
        out[plane] = sum[1];
        out[2 * plane] = sum[2];
    }
}

static void backward(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                     const imp_gate *mask, void *scratch)
{
    const first *c = (const first *) conv;
    const int pad = c->desc.pad;

    #pragma omp parallel num_threads(c->threads)
    {
        const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
        const int begin = (int) ((long long) dx->h * thread / threads);
        const int end = (int) ((long long) dx->h * (thread + 1) / threads);
        way_back b = { .conv = c, .dy = dy, .mask = mask, .group = group_floats(&c->desc) };
        begin_way_back(&b, (float *) scratch + (size_t) thread * backward_scratch(&c->desc));
        for (int y = begin + pad - (KERNEL - 1); y < end + pad; y++) {
            multiply_line(&b, b.line[(y + KERNEL) % KERNEL], y);
            if (y - pad >= begin) add_up_line(&b, dx, y - pad);
        }
    }
}

/* --- Making one -------------------------------------------------------------------------- */

/* Whatever the precision: so few products gain nothing by being less precise. */
static bool fits(const imp_conv_desc *d)
{
    return d->in_c == PLANES && d->kernel == KERNEL && d->pad <= 1 && d->out_c % B == 0
           && !d->pool;
}

/* Channels of the map, filled up. */
static size_t filled(const imp_conv_desc *d)
{
    return ((size_t) d->out_c + CHANNELS - 1) / CHANNELS * CHANNELS;
}

static void pack(first *c, const float *weight, const float *bias)
{
    const int n = c->desc.out_c;

    memcpy(c->bias, bias, (size_t) n * sizeof *bias);
    for (int o = 0; o < n; o++)
        for (int k = 0; k < WEIGHTS; k++, weight++) {
            const int at = tap_at(k % (KERNEL * KERNEL)) + k / (KERNEL * KERNEL);
            c->forward[(o / CHANNELS * WEIGHTS + k) * CHANNELS + o % CHANNELS] = *weight;
            if (c->backward) c->backward[(at / PANEL * n + o) * PANEL + at % PANEL] = *weight;
        }
}

static void first_free(imp_conv *conv)
{
    imp_free(conv);
}

static imp_status make(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                       const float *bias, imp_error *err)
{
    enum { HEAD = (sizeof(first) + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN };
    const size_t back = desc->backward ? GROUPS * B * (size_t) desc->out_c : 0;
    const size_t floats = filled(desc) * (1 + WEIGHTS) + back;
    first *c = imp_alloc(1, HEAD + (weight ? floats * sizeof(float) : 0));

    *out = NULL;
    if (!c) return imp_fail(err, IMP_ENOMEM, "no memory for the first convolution's weights");
    *out = &c->base;
    c->base.kind = &IMP_SIMD(imp_first);
    c->desc = *desc;
    c->threads = omp_get_max_threads();
    c->floats = floats;
    if (!weight) return IMP_OK;
    c->bias = (float *) (void *) ((char *) c + HEAD);
    c->forward = c->bias + filled(desc);
    c->backward = back ? c->forward + filled(desc) * WEIGHTS : NULL;
    pack(c, weight, bias);
    return IMP_OK;
}

static size_t scratch_bytes(const imp_conv *conv)
{
    const first *c = (const first *) conv;
    const size_t there = forward_scratch(&c->desc), back = backward_scratch(&c->desc);
    const size_t own = c->desc.backward && back > there ? back : there;

    return (size_t) c->threads * own * sizeof(float);
}

static size_t own_bytes(const imp_conv *conv)
{
    return sizeof(first) + ((const first *) conv)->floats * sizeof(float);
}

const imp_conv_kind IMP_SIMD(imp_first) = {
    .fits = fits, .make = make, .free = first_free, .scratch = scratch_bytes,
    .bytes = own_bytes, .forward = forward, .backward = backward,
};
