/* bench_ops.h - times the operations of every backend on the layers of VGG19, as lines of CSV:
 * milliseconds, GFLOP/s (convolutions counted as direct ones), and their share of the
 * multiply-adds that the backend's instructions do at most on this machine, measured first. */
#ifndef IMP_TEST_BENCH_OPS_H
#define IMP_TEST_BENCH_OPS_H

#include "kernel.h"

#include <impasto/bench.h>

#include "base/clock.h"

enum { BENCH_RUNS = 5 };

/* Of VGG19 up to relu5_1: those of one shape once, pooled where they are. */
static const struct bench_layer { int in_c, out_c, shrink; bool pool; } bench_layers[] = {
    { 3, 64, 1, false }, { 64, 64, 1, true }, { 64, 128, 2, false }, { 128, 128, 2, true },
    { 128, 256, 4, false }, { 256, 256, 4, false }, { 256, 256, 4, true },
    { 256, 512, 8, false }, { 512, 512, 8, false }, { 512, 512, 8, true },
    { 512, 512, 16, false },
};

typedef struct bench {
    const imp_ops *ops;
    imp_conv *conv;
    imp_tensor x, y, dx, dy, small, dsmall;   /* small: y pooled */
    imp_gate *mask;
    float *scratch, *g;
    double peak;                              /* flop/s          */
} bench;

/* A backend without vectors of its own, as oneDNN, uses the best there are. */
static double bench_peak(const imp_ops *ops)
{
    imp_context *ctx = NULL;
    imp_peak peak;
    imp_error err;
    double flops = 0;

    if (imp_context_new(&ctx, NULL, &err) != IMP_OK) return 0;
    for (size_t i = 0; imp_peak_measure(&peak, ctx, i); i++)
        if (i == 0 || !strcmp(peak.level, ops->name)) flops = peak.flops;
    imp_context_free(ctx);
    return flops;
}

static void bench_forward(bench *b)
{
    b->ops->conv_forward(b->conv, &b->y, b->mask, &b->x, b->scratch);
}

static void bench_backward(bench *b)
{
    b->ops->conv_backward(b->conv, &b->dx, &b->dy, b->mask, b->scratch);
}

static size_t bench_floats(const bench *b)
{
    return imp_tensor_floats(&b->y);
}

static void bench_gram(bench *b) { b->ops->gram(b->g, &b->y, NULL, 1e-6); }
static void bench_gram_back(bench *b)
{
    b->ops->gram_backward(&b->dy, b->g, NULL, &b->y, NULL, 1e-9);
}
static void bench_relu(bench *b) { b->ops->relu(&b->dy, &b->y); }
static void bench_relu_back(bench *b) { b->ops->relu_backward(&b->dy, &b->y); }
static void bench_pool(bench *b) { b->ops->pool(IMP_POOL_MAX, &b->small, &b->y); }
static void bench_pool_back(bench *b)
{
    b->ops->pool_backward(IMP_POOL_MAX, &b->dy, &b->dsmall, &b->small, &b->y);
}
static void bench_fill(bench *b) { b->ops->fill(b->dy.data, 0.5f, bench_floats(b)); }
static void bench_copy(bench *b) { b->ops->copy(b->dy.data, b->y.data, bench_floats(b)); }
static void bench_norm(bench *b) { b->ops->squared_norm(b->y.data, bench_floats(b)); }
static void bench_distance(bench *b)
{
    b->ops->squared_distance(b->y.data, b->dy.data, bench_floats(b));
}
static void bench_dot(bench *b) { b->ops->dot(b->y.data, b->dy.data, bench_floats(b)); }
static void bench_scaled(bench *b)
{
    b->ops->add_scaled(b->dy.data, b->y.data, 1e-6, bench_floats(b));
}
static void bench_means(bench *b) { b->ops->channel_means(b->g, &b->y, NULL, 1); }
static void bench_difference(bench *b)
{
    b->ops->add_difference(b->dy.data, b->y.data, b->dy.data, 1e-6, bench_floats(b));
}

/* The best of a few runs, after one that warms up. */
static void bench_one(bench *b, const char *what, void (*op)(bench *b), double flop)
{
    double best = INFINITY;

    op(b);
    for (int i = 0; i < BENCH_RUNS; i++) {
        const double start = imp_clock();
        op(b);
        best = fmin(best, imp_clock() - start);
    }
    printf("%s,%s,%d,%d,%d,%d,%.3f,%.1f,%.2f\n", b->ops->name, what, b->x.c, b->y.c, b->x.h,
           b->x.w, 1e3 * best, flop / best / 1e9, flop / best / b->peak);
    fflush(stdout);
}

static imp_tensor bench_map(const imp_ops *ops, int c, int h, int w)
{
    imp_tensor t = { NULL, c, h, w, c < IMP_BLOCK ? 1 : IMP_BLOCK };
    const size_t n = imp_tensor_floats(&t);
    float *host = kernel_numbers(n, 1, 1);

    t.data = ops->alloc(n);
    ops->upload(t.data, host, n);
    imp_free(host);
    return t;
}

/* A convolution with all that follows it in the network, both ways. */
static void bench_conv(bench *b, const struct bench_layer *l, int side,
                       imp_precision precision)
{
    const bool fp32 = precision == IMP_PRECISION_FP32;
    const imp_conv_desc d = { l->in_c, l->out_c, side, side, 3, 1, .relu = true,
                              .pool = l->pool, .backward = true, .precision = precision };
    const double flop = 18.0 * l->in_c * l->out_c * side * side;
    float *w = kernel_numbers((size_t) (9 * l->in_c * l->out_c), 2, 0.05);
    imp_tensor y = b->y, dy = b->dy;
    imp_error err;

    if (b->ops->conv_new(&b->conv, &d, w, w, &err) == IMP_OK) {
        b->scratch = b->ops->alloc(b->ops->conv_scratch(b->conv) / sizeof(float) + 1);
        if (l->pool) b->y = b->small, b->dy = b->dsmall;
        bench_one(b, fp32 ? "conv" : "conv_bf16", bench_forward, flop);
        bench_one(b, fp32 ? "conv_backward" : "conv_bf16_backward", bench_backward, flop);
        b->y = y, b->dy = dy;
        b->ops->free(b->scratch);
        b->ops->conv_free(b->conv);
    } else if (fp32) {
        printf("# %s\n", err.message);
    }
    imp_free(w);
}

/* What is limited by memory: no operations are counted. */
static const struct { const char *what; void (*op)(bench *b); } bench_moves[] = {
    { "relu", bench_relu }, { "relu_backward", bench_relu_back }, { "pool", bench_pool },
    { "pool_backward", bench_pool_back }, { "fill", bench_fill }, { "copy", bench_copy },
    { "squared_norm", bench_norm }, { "squared_distance", bench_distance },
    { "add_difference", bench_difference }, { "dot", bench_dot },
    { "add_scaled", bench_scaled }, { "channel_means", bench_means },
};

static void bench_maps(bench *b)
{
    const double pixels = (double) b->y.h * b->y.w, square = (double) b->y.c * b->y.c;

    bench_one(b, "gram", bench_gram, square * pixels);   /* half of it is enough */
    bench_one(b, "gram_backward", bench_gram_back, 2 * square * pixels);
    for (size_t i = 0; i < sizeof bench_moves / sizeof *bench_moves; i++)
        bench_one(b, bench_moves[i].what, bench_moves[i].op, 0);
}

static void bench_layer(const imp_ops *ops, const struct bench_layer *l, int side, double peak)
{
    const int h = side / l->shrink;
    bench b = { .ops = ops, .peak = peak,
                .x = bench_map(ops, l->in_c, h, h), .y = bench_map(ops, l->out_c, h, h),
                .dx = bench_map(ops, l->in_c, h, h), .dy = bench_map(ops, l->out_c, h, h),
                .small = bench_map(ops, l->out_c, h / 2, h / 2),
                .dsmall = bench_map(ops, l->out_c, h / 2, h / 2),
                .g = ops->alloc((size_t) (l->out_c * l->out_c)) };

    b.mask = imp_alloc(imp_tensor_floats(&b.y) / IMP_BLOCK, sizeof *b.mask);
    bench_conv(&b, l, h, IMP_PRECISION_FP32);
    bench_conv(&b, l, h, IMP_PRECISION_BF16);
    if (!l->pool) bench_maps(&b);
    imp_free(b.mask);
    float *const all[] = { b.x.data, b.y.data, b.dx.data, b.dy.data, b.small.data,
                           b.dsmall.data, b.g };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) ops->free(all[i]);
}

static void bench_variation(bench *b) { b->ops->tv(&b->dx, &b->x, IMP_TV_SQUARED, 1e-6); }
static void bench_nine(bench *b) { b->ops->tv(&b->dx, &b->x, IMP_TV_NINE_POINT, 1e-6); }
static void bench_affine(bench *b)
{
    static const int from[3] = { 2, 1, 0 };
    static const float scale[3] = { 1, 1, 1 }, shift[3] = { 0 };

    b->ops->affine(&b->dx, &b->x, from, scale, shift);
}
static void bench_clamp(bench *b)
{
    static const float low[3] = { -1, -1, -1 }, high[3] = { 1, 1, 1 };

    b->ops->clamp(&b->dx, low, high);
}
static void bench_energies(bench *b)
{
    double energy[IMP_BANDS];

    b->ops->band_energies(energy, &b->x, 5);
}
static void bench_bands(bench *b)
{
    static float factor[IMP_BANDS];

    for (int i = 0; i < IMP_BANDS; i++) factor[i] = 1;
    b->ops->band_scale(&b->dx, factor, 5);
}
static void bench_adam(bench *b)   /* its second moment is x */
{
    const imp_adam k = { 1e-6, 0.9, 0.999, 1e-8, 0.1, 0.001 };

    b->ops->adam(b->dx.data, b->dy.data, b->y.data, b->x.data, &k, imp_tensor_floats(&b->x));
}

/* What is done to the picture itself. */
static void bench_picture(const imp_ops *ops, int side, double peak)
{
    bench b = { .ops = ops, .peak = peak, .x = bench_map(ops, 3, side, side),
                .dx = bench_map(ops, 3, side, side), .y = bench_map(ops, 3, side, side),
                .dy = bench_map(ops, 3, side, side) };
    float *const all[] = { b.x.data, b.dx.data, b.y.data, b.dy.data };

    bench_one(&b, "affine", bench_affine, 0);
    bench_one(&b, "clamp", bench_clamp, 0);
    bench_one(&b, "tv", bench_variation, 0);
    bench_one(&b, "tv_nine_point", bench_nine, 0);
    bench_one(&b, "band_energies", bench_energies, 0);
    bench_one(&b, "band_scale", bench_bands, 0);
    ops->fill(b.x.data, 1, imp_tensor_floats(&b.x));
    bench_one(&b, "adam", bench_adam, 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) ops->free(all[i]);
}

/* Of every backend, or the one of that name. */
static int bench_ops(int side, const char *only)
{
    const imp_ops *ops;
    bool any = false;

    printf("backend,op,in,out,h,w,ms,gflops,of_peak\n");
    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        if (only && strcmp(only, ops->name)) continue;
        const double peak = bench_peak(ops);
        printf("# %s: at most %.1f GFLOP/s\n", ops->name, peak / 1e9);
        for (size_t i = 0; i < sizeof bench_layers / sizeof *bench_layers; i++)
            bench_layer(ops, &bench_layers[i], side, peak);
        bench_picture(ops, side, peak);
        any = true;
    }
    return !any;
}

#endif
