/* check_conv_mask.c - the bits that say where the gradient passes, where it matters most:
 * zeros, and ties in maximum pooling.
 *
 * Inputs and weights are small integers, of which direct sums are exact, so the reference must
 * give the very bits of double. A Winograd convolution rounds its transformed weights, and
 * what ties in exact arithmetic may not in its own: there the bits must be those that its own
 * z, asked for without rectifier and pooling, has by the contract's rule. Some channels have
 * no weights at all, only a bias, and a part of the picture is black: there z is the bias,
 * exactly, in any arithmetic, and whole windows tie. */
#include "conv_run.h"

/* Channels o % 5 == 0 are without weights. */
static bool is_bare(int channel)
{
    return channel % 5 == 0;
}

/* The bottom right is black from the middle on. */
static conv_input integer_input(const conv_shape *s)
{
    const size_t out_c = (size_t) s->out_c, taps = conv_weight_floats(s) / out_c;
    float *x = kernel_integers(conv_x_floats(s), 1, 1);
    float *weight = kernel_integers(out_c * taps, 2, 1);
    float *bias = kernel_integers(out_c, 3, 1);

    for (size_t i = 0; i < out_c * taps; i++)
        if (is_bare((int) (i / taps))) weight[i] = 0;
    for (int c = 0; c < s->in_c; c++)
        for (int y = s->h / 2; y < s->h; y++)
            for (int col = s->w / 2; col < s->w; col++) x[(c * s->h + y) * s->w + col] = 0;
    return conv_input_of(s, x, weight, bias);
}

/* z as the backend has it, NULL if it has not this precision. */
static float *own_z(const kernel_run *run, const conv_input *in, imp_precision precision)
{
    conv_truth plain = conv_truth_of(in, POST_NONE, 0);
    conv_result r = { 0 };
    imp_conv *conv;

    plain.desc.precision = precision;
    conv_name(run, &plain.desc);
    if ((conv = conv_make_if(run, in, &plain.desc)))
        conv_run_forward(&r, run, &plain, conv, false);
    run->ops->conv_free(conv);
    conv_truth_free(&plain);
    return r.y;
}

/* Where there is nothing but a bias, z is the bias. */
static void check_bare(const conv_input *in, const float *z)
{
    const size_t plane = map_size(&in->z) / (size_t) in->z.c;
    size_t wrong = 0;

    for (size_t i = 0; i < map_size(&in->z); i++)
        if (is_bare((int) (i / plane))) wrong += z[i] < in->bias[i / plane]
                                                 || z[i] > in->bias[i / plane];
    KERNEL_CHECK(wrong == 0);
}

/* `own` holds the backend's z. */
static void check_post(const kernel_run *run, const conv_input *own, conv_post post,
                       imp_precision precision)
{
    conv_truth t = conv_truth_of(own, post, 0);
    conv_result r = { 0 };
    imp_conv *conv;
    size_t wrong = 0;

    t.desc.precision = precision;
    conv_name(run, &t.desc);
    if ((conv = conv_make(run, own, &t.desc))) {
        conv_run_forward(&r, run, &t, conv, true);
        for (size_t i = 0; i < t.n_mask; i++) wrong += r.mask[i] != t.mask[i];
        if (wrong) check_fail(__FILE__, __LINE__, "%s: %zu of %zu words of the mask are wrong",
                              guard_case, wrong, t.n_mask);
        if (post != POST_AVERAGE)   /* which rounds */
            KERNEL_CHECK(kernel_worst(r.y, t.y.v, map_size(&t.y)) <= 0);
    }
    run->ops->conv_free(conv);
    conv_result_free(&r);
    conv_truth_free(&t);
}

static void run_exact(const kernel_run *run, void *data)
{
    const conv_input *in = data;

    if (conv_too_slow(run, &in->shape)) return;
    for (imp_precision precision = IMP_PRECISION_FP32; precision <= IMP_PRECISION_BF16;
         precision++) {
        float *z = own_z(run, in, precision);
        conv_input own = *in;
        if (!z) continue;
        own.z = kernel_map(in->z.c, in->z.h, in->z.w, z);
        check_bare(in, z);
        if (run->ops == kernel_reference())
            KERNEL_CHECK(kernel_worst(z, in->z.v, map_size(&in->z)) <= 0);
        for (conv_post post = POST_RELU; post < CONV_POSTS; post++)
            if (conv_allowed(in, post)) check_post(run, &own, post, precision);
        KERNEL_FREE(z, own.z.v);
    }
}

static void test_zeros_and_ties(void)
{
    static const conv_shape shapes[] = {
        { 3, 64, 17, 23, 3, 1 }, { 3, 64, 16, 9, 3, 0 }, { 32, 32, 1, 1, 3, 1 },
        { 32, 64, 25, 31, 3, 1 }, { 64, 64, 2, 2, 3, 1 }, { 64, 32, 12, 37, 3, 1 },
        { 20, 36, 13, 7, 3, 1 }, { 16, 100, 6, 15, 3, 1 }, { 32, 512, 21, 22, 3, 1 },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        conv_input in = integer_input(&shapes[i]);
        kernel_each(NULL, KERNEL_THREADS, run_exact, &in);
        conv_input_free(&in);
    }
}

/* The rule itself, by hand: the first of equals in row-major order, nothing where nothing is
 * above zero. */
static void test_rule(void)
{
    static const struct { double z[4]; unsigned bits; } window[] = {
        { { 2, 2, 2, 2 }, 1 }, { { 1, 3, 3, 3 }, 2 }, { { 1, 2, 3, 3 }, 4 },
        { { 1, 2, 3, 4 }, 8 }, { { 0, 0, 0, 0 }, 0 }, { { -1, 0, -2, 0 }, 0 },
        { { -1, -1, -1, 1e-30 }, 8 },
    };

    for (size_t i = 0; i < sizeof window / sizeof *window; i++) {
        double z[4];
        map m = { 1, 2, 2, memcpy(z, window[i].z, sizeof z) };
        unsigned bits = 0;
        bool sure;
        for (int q = 0; q < 4; q++)
            bits |= (unsigned) conv_passes(&sure, POST_MAX, &m, 0, q / 2, q % 2, 0) << q;
        CHECK(bits == window[i].bits);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_rule);
    CHECK_RUN(test_zeros_and_ties);
    return check_done();
}
