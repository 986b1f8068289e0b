/* winograd.c - 3 x 3 convolutions with padding 1 between blocked maps, both ways, as
 * winograd.h has it. The way back is a convolution with the kernels turned by half a turn and
 * inputs and outputs exchanged.
 *
 * Only the plain weights are kept; they are transformed in each call, a few percent of its
 * time, while transformed ones would take several times the memory and come from there. Work
 * is cut up so that what is read again stays in the caches, in one of two ways:
 *
 * - by tiles, where there are many: all threads transform the weights, which all of them read;
 *   then each takes blocks of tiles through all three stages by itself;
 * - by channels, where there are few tiles and many weights: all threads transform a block of
 *   tiles, which all of them read; then each takes some output channels through the rest. */
#include <omp.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/cpu/simd/winograd_map.h"

enum { FORWARD, BACKWARD };

/* Measured at 512 x 512 on a processor with 1 MB of second and 32 MB of third-level cache. */
enum {
    FEW_WEIGHTS = 128 * 256,     /* words times output channels: so few are shared      */
    BLOCK_BY_TILES = 28, BLOCK_BY_CHANNELS = 128,   /* tiles transformed at a time       */
    CHUNK_BY_TILES = 64, CHUNK_BY_CHANNELS = 32     /* output channels multiplied at once */
};

typedef struct winograd {
    imp_conv base;
    imp_conv_desc desc;
    int threads;
    imp_wino_plan plan[2];
    float *weight[2];        /* [panel of output channels][input channel][TAPS][PANEL] */
    float *bias;
} winograd;

/* Points in a row. */
static size_t side(const imp_wino_plan *p)
{
    return (size_t) p->tile->n;
}

static size_t points(const imp_wino_plan *p)
{
    return side(p) * side(p);
}

static int tiles_of(const imp_wino_plan *p)
{
    return p->tiles_y * p->tiles_x;
}

static int divide_up(int a, int b)
{
    return (a + b - 1) / b;
}

/* Floats of one panel's weights at one point. */
static size_t panel_floats(const imp_wino_plan *p)
{
    return (size_t) p->words * PANEL;
}

/* An odd number of cache lines, so that planes do not fall on each other in the caches. */
static size_t odd_lines(size_t floats)
{
    return (floats / IMP_BLOCK | 1) * IMP_BLOCK;
}

/* The part-th of `parts` parts of n things: from where. */
static int part_of(int n, int part, int parts)
{
    return (int) ((long long) n * part / parts);
}

/* --- Weights ----------------------------------------------------------------------------- */

/* One row of points of the panels from..to, as panels 0 .. of u. */
static void transform_weights(const imp_wino_job *j, float *u, int row, int from, int to)
{
    const imp_wino_plan *p = j->plan;
    const size_t words = (size_t) (to - from) * (size_t) p->words;
    const float *w = j->weight + (size_t) from * (size_t) p->in_c * TAPS * PANEL;
    _Alignas(IMP_ALIGN) float part[2][MAX_N * PANEL];

    for (size_t k = 0; k < words; k++, u += PANEL)
        if (!p->half) {
            p->tile->weights(u, p->u_plane, w + k * TAPS * PANEL, row);
        } else {
            p->tile->weights(part[0], PANEL, w + 2 * k * TAPS * PANEL, row);
            p->tile->weights(part[1], PANEL, w + (2 * k + 1) * TAPS * PANEL, row);
            p->half->weights(u, p->u_plane, part[0], part[1], side(p));
        }
}

/* --- Products ---------------------------------------------------------------------------- */

/* Where the first channel of a panel lies among the products, `room` tiles a block. */
static size_t panel_at(int panel, int room)
{
    const size_t channel = (size_t) panel * PANEL;

    return channel / IMP_BLOCK * (size_t) room * IMP_BLOCK + channel % IMP_BLOCK;
}

/* At one point: n tiles of v with `panels` panels of u. */
static void multiply_point(const imp_wino_plan *p, float *m, const float *v, const float *u,
                           int n, int panels)
{
    imp_wino_product *const *products = p->half ? p->half->products
                                                : IMP_SIMD(imp_wino_products);
    const int blocks = p->words / IMP_BLOCK, groups = divide_up(n, MAX_ROWS);
    const size_t v_block = (size_t) p->block * IMP_BLOCK;
    const size_t second = (int) PANEL > (int) IMP_BLOCK ? v_block : VW;

    for (int panel = 0; panel < panels; panel++, u += panel_floats(p)) {
        float *to = m + panel_at(panel, p->block);
        const char *ahead = (const char *) (u + panel_floats(p));
        for (int g = 0; g < groups; g++, ahead += blocks * AHEAD) {
            const int first = part_of(n, g, groups), rows = part_of(n, g + 1, groups) - first;
            products[rows](to + first * IMP_BLOCK, second, v + first * IMP_BLOCK, v_block, u,
                           blocks, ahead);
        }
    }
}

/* At the points of one row; all are those of that row. */
static void multiply(const imp_wino_plan *p, float *m, const float *v, const float *u, int n,
                     int panels)
{
    for (size_t k = 0; k < side(p); k++)
        multiply_point(p, m + k * p->m_plane, v + k * p->v_plane, u + k * p->u_plane, n,
                       panels);
}

/* --- The two ways ------------------------------------------------------------------------ */

/* Panels of a block of channels, of which a thread takes all: the output is by blocks. */
enum { WHOLE = (int) PANEL < (int) IMP_BLOCK ? IMP_BLOCK / PANEL : 1 };

static int panels_of(const imp_wino_plan *p)
{
    return p->out_c / PANEL;
}

static void by_tiles(const imp_wino_job *j, int thread, int threads)
{
    const imp_wino_plan *p = j->plan;
    const int panels = panels_of(p), all = tiles_of(p), n_rows = p->tile->n;
    const int begin = part_of(all, thread, threads);
    const int mine = part_of(all, thread + 1, threads) - begin;
    const int blocks = divide_up(mine, p->block), share = part_of(panels, thread, threads);
    float *u = j->shared, *v = j->own + (size_t) thread * p->own;
    float *m = v + points(p) * p->v_plane;

    for (int row = 0; row < n_rows; row++)
        transform_weights(j, u + (size_t) row * side(p) * p->u_plane
                             + (size_t) share * panel_floats(p), row, share,
                          part_of(panels, thread + 1, threads));
    #pragma omp barrier
    for (int b = 0; b < blocks; b++) {
        const int first = begin + part_of(mine, b, blocks);
        const int n = begin + part_of(mine, b + 1, blocks) - first;
        IMP_SIMD(imp_wino_input)(j, v, first, n, 0, p->words / IMP_BLOCK);
        for (int k = 0; k < panels; k += p->chunk) {
            const int end = imp_least(k + p->chunk, panels);
            for (size_t row = 0; row < points(p); row += side(p))
                multiply(p, m + row * p->m_plane, v + row * p->v_plane,
                         u + row * p->u_plane + (size_t) k * panel_floats(p), n, end - k);
            IMP_SIMD(imp_wino_output)(j, m, first, n, k, end);
        }
    }
}

static void by_channels(const imp_wino_job *j, int thread, int threads)
{
    const imp_wino_plan *p = j->plan;
    const int in_blocks = p->words / IMP_BLOCK, panels = panels_of(p), n_rows = p->tile->n;
    const int begin = part_of(panels / WHOLE, thread, threads) * WHOLE;
    const int end = part_of(panels / WHOLE, thread + 1, threads) * WHOLE;
    const int blocks = divide_up(tiles_of(p), p->block);
    float *v = j->shared, *u = j->own + (size_t) thread * p->own;
    float *m = u + side(p) * p->u_plane;

    for (int b = 0; b < blocks; b++) {
        const int first = part_of(tiles_of(p), b, blocks);
        const int n = part_of(tiles_of(p), b + 1, blocks) - first;
        IMP_SIMD(imp_wino_input)(j, v, first, n, part_of(in_blocks, thread, threads),
                                 part_of(in_blocks, thread + 1, threads));
        #pragma omp barrier
        for (int k = begin; k < end; k += p->chunk) {
            const int last = imp_least(k + p->chunk, end);
            for (int row = 0; row < n_rows; row++) {
                const size_t point = (size_t) row * side(p);
                transform_weights(j, u, row, k, last);
                multiply(p, m + point * p->m_plane, v + point * p->v_plane, u, n, last - k);
            }
            IMP_SIMD(imp_wino_output)(j, m, first, n, k, last);
        }
        #pragma omp barrier
    }
}

static void run(imp_wino_job *j, int threads)
{
    j->stream = imp_tensor_floats(&j->y) >= IMP_MANY_FLOATS;
    #pragma omp parallel num_threads(threads)
    {
        if (j->plan->by_tiles) by_tiles(j, omp_get_thread_num(), omp_get_num_threads());
        else by_channels(j, omp_get_thread_num(), omp_get_num_threads());
        imp_stream_end();
    }
}

/* --- The plan ---------------------------------------------------------------------------- */

/* Multiplications a channel pair that a tile size takes for the whole map. */
static long long products_of(const imp_wino_tile *tile, const imp_conv_desc *d)
{
    return (long long) tile->n * tile->n * divide_up(d->h, tile->m) * divide_up(d->w, tile->m);
}

/* F(6x6) unless its tiles fit the map badly: at 32 x 32, where it takes as many products as
 * F(4x4), it takes longer (bench/LOG.md: 3.7 against 3.4 ms). With bf16's short numbers
 * F(4x4), whose error is then 2 % and not 5 %. */
static const imp_wino_tile *choose_tile(const imp_conv_desc *d)
{
    const imp_wino_tile *f4 = &IMP_SIMD(imp_wino_f4), *f6 = &IMP_SIMD(imp_wino_f6);

    if (d->precision == IMP_PRECISION_BF16) return f4;
    return 17 * products_of(f6, d) < 16 * products_of(f4, d) ? f6 : f4;
}

static imp_wino_plan plan_direction(const imp_conv_desc *desc, int in_c, int out_c,
                                    int threads)
{
    imp_wino_plan p = { .tile = choose_tile(desc), .in_c = in_c, .out_c = out_c,
                        .words = in_c };
    size_t u, v, m;   /* floats */

    if (desc->precision == IMP_PRECISION_BF16) {
        p.half = imp_wino_half();
        p.words = in_c / 2;
    }
    p.tiles_y = divide_up(desc->h, p.tile->m);
    p.tiles_x = divide_up(desc->w, p.tile->m);
    p.by_tiles = p.words * out_c <= FEW_WEIGHTS || out_c < threads * PANEL;
    p.chunk = (p.by_tiles ? CHUNK_BY_TILES : CHUNK_BY_CHANNELS) / PANEL;
    p.block = p.by_tiles ? imp_least(BLOCK_BY_TILES * in_c / p.words,
                                     divide_up(tiles_of(&p), threads))
                         : imp_least(BLOCK_BY_CHANNELS, tiles_of(&p));
    p.v_plane = odd_lines((size_t) p.words * (size_t) p.block);
    p.u_plane = odd_lines((p.by_tiles ? (size_t) out_c / PANEL : (size_t) p.chunk)
                          * panel_floats(&p));
    p.m_plane = odd_lines((size_t) (p.chunk * PANEL) * (size_t) p.block);
    u = (p.by_tiles ? points(&p) : side(&p)) * p.u_plane;
    v = points(&p) * p.v_plane;
    m = points(&p) * p.m_plane;
    p.shared = p.by_tiles ? u : v;
    p.own = m + (p.by_tiles ? v : u);
    return p;
}

/* --- Making and using one ---------------------------------------------------------------- */

static bool fits(const imp_conv_desc *d)
{
    return d->kernel == 3 && d->pad == 1 && d->in_c % 32 == 0 && d->out_c % 32 == 0
           && (d->precision == IMP_PRECISION_FP32 || imp_wino_half());
}

static size_t weight_floats(const winograd *w)
{
    return (size_t) w->desc.in_c * (size_t) w->desc.out_c * TAPS;
}

/* OIHW to panels; turned: inputs and outputs exchanged, kernels by half a turn. */
static void pack(float *to, const winograd *w, const float *weight, bool turned, float scale)
{
    const size_t in_c = (size_t) w->desc.in_c, out_c = (size_t) w->desc.out_c;
    const size_t outs = turned ? in_c : out_c, ins = turned ? out_c : in_c;

    for (size_t o = 0; o < outs; o++)
        for (size_t i = 0; i < ins; i++)
            for (size_t t = 0; t < TAPS; t++) {
                const size_t from = turned ? (i * in_c + o) * TAPS + TAPS - 1 - t
                                           : (o * in_c + i) * TAPS + t;
                to[((o / PANEL * ins + i) * TAPS + t) * PANEL + o % PANEL]
                    = scale * weight[from];
            }
}

static void winograd_free(imp_conv *conv)
{
    winograd *w = (winograd *) conv;

    imp_free(w->weight[FORWARD]);
    imp_free(w->weight[BACKWARD]);
    imp_free(w->bias);
    imp_free(w);
}

static imp_status take_weights(winograd *w, const float *weight, const float *bias,
                               imp_error *err)
{
    const imp_conv_desc *d = &w->desc;
    /* What average pooling spreads is a quarter of its gradient. */
    const float spread = d->pool && d->pooling == IMP_POOL_AVERAGE ? 0.25f : 1;

    w->weight[FORWARD] = imp_alloc(weight_floats(w), sizeof(float));
    if (d->backward) w->weight[BACKWARD] = imp_alloc(weight_floats(w), sizeof(float));
    w->bias = imp_alloc((size_t) d->out_c, sizeof(float));
    if (!w->weight[FORWARD] || !w->bias || (d->backward && !w->weight[BACKWARD]))
        return imp_fail(err, IMP_ENOMEM, "no memory for the weights of a convolution");
    pack(w->weight[FORWARD], w, weight, false, 1);
    if (d->backward) pack(w->weight[BACKWARD], w, weight, true, spread);
    memcpy(w->bias, bias, (size_t) d->out_c * sizeof(float));
    return IMP_OK;
}

static imp_status winograd_make(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                                const float *bias, imp_error *err)
{
    imp_status status = IMP_OK;
    winograd *w = imp_alloc(1, sizeof *w);

    *out = NULL;
    if (!w) return imp_fail(err, IMP_ENOMEM, "no memory for a convolution");
    w->base.kind = &IMP_SIMD(imp_winograd);
    w->desc = *desc;
    w->threads = omp_get_max_threads();
    w->plan[FORWARD] = plan_direction(desc, desc->in_c, desc->out_c, w->threads);
    w->plan[BACKWARD] = plan_direction(desc, desc->out_c, desc->in_c, w->threads);
    if (weight) TRY(take_weights(w, weight, bias, err));
    *out = &w->base;
    w = NULL;
done:
    if (w) winograd_free(&w->base);
    return status;
}

static size_t winograd_scratch(const imp_conv *conv)
{
    const winograd *w = (const winograd *) conv;
    size_t most = 0;

    for (int d = FORWARD; d <= (w->desc.backward ? BACKWARD : FORWARD); d++) {
        const size_t floats = w->plan[d].shared + (size_t) w->threads * w->plan[d].own;
        if (most < floats) most = floats;
    }
    return most * sizeof(float);
}

static size_t winograd_bytes(const imp_conv *conv)
{
    const winograd *w = (const winograd *) conv;

    return sizeof *w + (weight_floats(w) * (w->desc.backward ? 2 : 1)
                        + (size_t) w->desc.out_c) * sizeof(float);
}

static void winograd_forward(const imp_conv *conv, imp_tensor *y, imp_gate *mask,
                             const imp_tensor *x, void *scratch)
{
    const winograd *w = (const winograd *) conv;
    const imp_wino_plan *p = &w->plan[FORWARD];

    run(&(imp_wino_job) {
        .plan = p, .weight = w->weight[FORWARD], .bias = w->bias,
        .h = x->h, .w = x->w, .x = *x, .y = *y, .mask = mask, .relu = w->desc.relu,
        .pool = w->desc.pool, .average = w->desc.pooling == IMP_POOL_AVERAGE,
        .shared = scratch, .own = (float *) scratch + p->shared,
    }, w->threads);
}

static void winograd_backward(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                              const imp_gate *mask, void *scratch)
{
    const winograd *w = (const winograd *) conv;
    const imp_wino_plan *p = &w->plan[BACKWARD];

    run(&(imp_wino_job) {
        .plan = p, .weight = w->weight[BACKWARD],
        .h = dx->h, .w = dx->w, .x = *dy, .pass = mask, .shift = w->desc.pool ? 1 : 0,
        .y = *dx,
        .shared = scratch, .own = (float *) scratch + p->shared,
    }, w->threads);
}

const imp_conv_kind IMP_SIMD(imp_winograd) = {
    .fits = fits, .make = winograd_make, .free = winograd_free, .scratch = winograd_scratch,
    .bytes = winograd_bytes, .forward = winograd_forward, .backward = winograd_backward,
};
