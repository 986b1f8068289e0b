/* check_conv_accuracy.c - how exact each backend's convolutions are: the relative L2 distance
 * to a direct convolution in double, weights as He's, inputs as a rectifier leaves them.
 * Prints the figures as comments. */
#include "conv_run.h"

/* fp32: what the network's gradient, the sum of 13 such layers, needs to stay below 1e-4. */
static const double FLOAT_LIMIT = 2e-5;

/* A bf16 has 8 bits: rounding an operand costs 1/512 at most, 1e-3 on average, and a direct
 * sum of random products as much. F(4x4) rounds the transformed operands, of which the outer
 * points are added up with factors of up to 8, which makes it some ten times that. No tighter
 * limit holds against the same operands rounded before the transforms: those are other
 * numbers. */
static const double BF16_LIMIT = 3e-2;

/* The reference against double on operands rounded likewise: float sums only. */
static const double REFERENCE_LIMIT = 2e-6;

typedef struct subject {
    const conv_truth *truth, *rounded;   /* of the operands as they are, and in bf16 */
} subject;

/* To the nearest bf16, ties to even, as the instructions do. */
static float bf16(float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static float *all_bf16(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) v[i] = bf16(v[i]);
    return v;
}

/* Both ways, or nothing where the backend has not this precision. */
static void measure(const kernel_run *run, const conv_truth *t, imp_precision precision,
                    const conv_truth *truth, double limit)
{
    const conv_shape *s = &t->in->shape;
    conv_truth with = *t;
    conv_result r = { 0 };
    imp_conv *conv;

    with.desc.precision = precision;
    conv_name(run, &with.desc);
    if (!(conv = conv_make_if(run, t->in, &with.desc))) return;
    conv_run_forward(&r, run, &with, conv, false);
    conv_run_backward(&r, run, &with, conv);
    const double forward = kernel_distance(r.y, truth->y.v, map_size(&truth->y));
    const double backward = kernel_distance(r.dx, truth->dx.v, map_size(&truth->dx));
    printf("# %-9s %s %3d -> %3d of %d x %d: forward %.2e, backward %.2e\n", run->ops->name,
           precision == IMP_PRECISION_FP32 ? "fp32" : "bf16", s->in_c, s->out_c, s->h, s->w,
           forward, backward);
    KERNEL_AT_MOST(forward, limit);
    KERNEL_AT_MOST(backward, limit);
    run->ops->conv_free(conv);
    conv_result_free(&r);
}

static void run_measures(const kernel_run *run, void *data)
{
    const subject *s = data;
    const bool reference = run->ops == kernel_reference();

    if (run->side != GUARD_AFTER || conv_too_slow(run, &s->truth->in->shape)) return;
    measure(run, s->truth, IMP_PRECISION_FP32, s->truth,
            reference ? REFERENCE_LIMIT : FLOAT_LIMIT);
    measure(run, s->truth, IMP_PRECISION_BF16, reference ? s->rounded : s->truth,
            reference ? REFERENCE_LIMIT : BF16_LIMIT);
}

static conv_input rectified_input(const conv_shape *s, bool round)
{
    const size_t n = conv_x_floats(s), weights = conv_weight_floats(s);
    float *x = kernel_numbers(n, 11, 1), *weight = kernel_numbers(weights, 12, conv_he(s));

    for (size_t i = 0; i < n; i++) x[i] = fmaxf(x[i], 0);
    if (round) all_bf16(x, n), all_bf16(weight, weights);
    return conv_input_of(s, x, weight, kernel_numbers((size_t) s->out_c, 13, 0.1));
}

static void test_accuracy(void)
{
    /* A side of 24 or 12 makes the levels take tiles of 6 x 6 pixels, one of 20 or 8 tiles of
     * 4 x 4, whose factors are smaller (bf16 takes 4 x 4 always). */
    static const conv_shape shapes[] = {
        { 3, 64, 24, 24, 3, 1 }, { 64, 64, 24, 24, 3, 1 }, { 64, 64, 20, 20, 3, 1 },
        { 128, 128, 24, 24, 3, 1 }, { 128, 128, 20, 20, 3, 1 }, { 256, 256, 24, 24, 3, 1 },
        { 256, 256, 20, 20, 3, 1 }, { 512, 512, 12, 12, 3, 1 }, { 512, 512, 8, 8, 3, 1 },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        conv_input in = rectified_input(&shapes[i], false);
        conv_input in_bf16 = rectified_input(&shapes[i], true);
        conv_truth truth = conv_truth_of(&in, POST_NONE, 0);
        conv_truth rounded = conv_truth_of(&in_bf16, POST_NONE, 0);
        all_bf16(rounded.dy, map_size(&rounded.y));
        map dy = kernel_map(rounded.y.c, rounded.y.h, rounded.y.w, rounded.dy);
        ref_conv_backward(&rounded.dx, &dy, in_bf16.weight, 3, shapes[i].pad);
        kernel_each(NULL, KERNEL_THREADS, run_measures, &(subject) { &truth, &rounded });
        imp_free(dy.v);
        conv_truth_free(&truth);
        conv_truth_free(&rounded);
        conv_input_free(&in);
        conv_input_free(&in_bf16);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_accuracy);
    return check_done();
}
