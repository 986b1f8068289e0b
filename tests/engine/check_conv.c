/* check_conv.c - convolutions of every backend against double: values, masks, gradients; all
 * that may follow the convolution; shapes that leave parts of tiles, blocks and windows; every
 * number of threads; and double's own gradients against differences. */
#include "conv_run.h"

/* Relative L2 against double, weights as He's. A direct float sum of 9 * 512 terms is off by
 * 1e-6, one by F(4x4) by 5e-6, by F(6x6) by 1e-5 (check_conv_accuracy.c prints them). A wrong
 * pixel of the largest map gives 1e-3. */
static const double FLOAT_TOLERANCE = 2e-5, REFERENCE_TOLERANCE = 2e-6;

/* Of one element, in units of the greatest: the L2 norm of a large map would not see it. */
static const double ELEMENT_TOLERANCE = 5e-5;

/* How near 0 or another value z may be for rounding to decide the bit: z is about 1, and its
 * largest error some 10 times the L2 one. */
static const double BAND = 4e-4;

/* --- Every backend against double -------------------------------------------------------- */

typedef struct conv_pair {
    const conv_truth *truth;
    conv_result first;       /* with the guard after the buffers */
} conv_pair;

/* Channels that only fill up, rows and columns that pooling drops: sure, and 0. */
static void compare_mask(const conv_truth *t, const imp_gate *mask)
{
    size_t wrong = 0;

    for (size_t i = 0; i < t->n_mask; i++) wrong += ((mask[i] ^ t->mask[i]) & t->sure[i]) != 0;
    if (wrong) check_fail(__FILE__, __LINE__, "%s: %zu of %zu words of the mask are wrong",
                          guard_case, wrong, t->n_mask);
}

/* The same numbers at other addresses give the same bits. */
static void compare_repeated(const conv_pair *p, const conv_result *again)
{
    const conv_truth *t = p->truth;

    KERNEL_CHECK(!memcmp(p->first.y, again->y, map_size(&t->y) * sizeof *again->y));
    KERNEL_CHECK(!memcmp(p->first.dx, again->dx, map_size(&t->dx) * sizeof *again->dx));
    if (again->mask)
        KERNEL_CHECK(!memcmp(p->first.mask, again->mask, t->n_mask * sizeof *again->mask));
}

static void run_against_double(const kernel_run *run, void *data)
{
    conv_pair *p = data;
    const conv_truth *t = p->truth;
    const size_t n_y = map_size(&t->y), n_dx = map_size(&t->dx);
    const double tolerance = run->ops == kernel_reference() ? REFERENCE_TOLERANCE
                                                            : FLOAT_TOLERANCE;
    conv_result r;

    if (conv_too_slow(run, &t->in->shape)) return;
    conv_name(run, &t->desc);
    r = conv_run(run, t);
    if (!r.y || !r.dx) return;
    KERNEL_AT_MOST(kernel_distance(r.y, t->y.v, n_y), tolerance);
    KERNEL_AT_MOST(kernel_distance(r.dx, t->dx.v, n_dx), tolerance);
    KERNEL_AT_MOST(kernel_worst(r.y, t->y.v, n_y), ELEMENT_TOLERANCE);
    KERNEL_AT_MOST(kernel_worst(r.dx, t->dx.v, n_dx), ELEMENT_TOLERANCE);
    if (r.mask) compare_mask(t, r.mask);
    if (run->side == GUARD_AFTER) {
        p->first = r;
    } else {
        compare_repeated(p, &r);
        conv_result_free(&r);
        conv_result_free(&p->first);
    }
}

/* `posts`: a bit for each of what may follow. */
static void check_shape(const conv_shape *s, unsigned posts, int threads)
{
    conv_input in = conv_input_normal(s);

    for (conv_post post = POST_NONE; post < CONV_POSTS; post++)
        if ((posts >> post & 1) && conv_allowed(&in, post)) {
            conv_truth truth = conv_truth_of(&in, post, BAND);
            conv_pair pair = { .truth = &truth };
            kernel_each(NULL, threads, run_against_double, &pair);
            conv_truth_free(&truth);
        }
    conv_input_free(&in);
}

enum {
    ALL_POSTS = (1 << CONV_POSTS) - 1,
    RELU_AND_MAX = 1 << POST_RELU | 1 << POST_MAX,
    RELU_ONLY = 1 << POST_RELU
};

typedef struct size { int h, w; } size;

/* Whole tiles of 4 and of 6 pixels a side, one pixel less and more, a single row or column. */
static const size tile_sizes[] = {
    { 1, 1 }, { 1, 19 }, { 18, 1 }, { 2, 2 }, { 2, 3 }, { 3, 5 }, { 4, 4 }, { 5, 6 }, { 6, 6 },
    { 7, 5 }, { 7, 13 }, { 8, 12 }, { 9, 13 }, { 11, 23 }, { 12, 24 }, { 13, 25 }, { 17, 33 },
};

enum { TILE_SIZES = sizeof tile_sizes / sizeof *tile_sizes };

static void test_sizes(void)
{
    for (size_t i = 0; i < TILE_SIZES; i++)
        check_shape(&(conv_shape) { 32, 64, tile_sizes[i].h, tile_sizes[i].w, 3, 1 },
                    ALL_POSTS, KERNEL_THREADS);
}

static void test_first_layer(void)
{
    for (int pad = 0; pad < 2; pad++)
        for (size_t i = 0; i < TILE_SIZES; i++)
            if (pad || (tile_sizes[i].h > 2 && tile_sizes[i].w > 2))
                check_shape(&(conv_shape) { 3, 64, tile_sizes[i].h, tile_sizes[i].w, 3, pad },
                            ALL_POSTS, KERNEL_THREADS);
    check_shape(&(conv_shape) { 3, 64, 70, 37, 3, 1 }, ALL_POSTS, KERNEL_THREADS);
    check_shape(&(conv_shape) { 3, 64, 39, 72, 3, 0 }, RELU_ONLY, KERNEL_THREADS);
}

/* Those that fill blocks and panels, those that do not, other kernels and paddings. */
static void test_channels(void)
{
    static const conv_shape shapes[] = {
        { 16, 16, 9, 13, 3, 1 }, { 48, 16, 9, 13, 3, 1 }, { 16, 80, 9, 13, 3, 1 },
        { 20, 36, 7, 5, 3, 1 }, { 36, 100, 10, 11, 3, 1 }, { 100, 20, 5, 13, 3, 1 },
        { 64, 100, 7, 7, 3, 1 }, { 100, 64, 7, 7, 3, 1 }, { 32, 5, 6, 8, 3, 1 },
        { 7, 3, 4, 6, 3, 1 }, { 3, 16, 8, 7, 3, 1 }, { 3, 20, 8, 7, 3, 0 },
        { 3, 128, 8, 7, 3, 1 }, { 1, 64, 8, 7, 3, 1 }, { 4, 64, 8, 7, 3, 1 },
        { 64, 3, 8, 7, 3, 1 }, { 32, 48, 5, 9, 1, 0 }, { 64, 64, 8, 9, 3, 0 },
        { 32, 32, 9, 8, 5, 2 }, { 96, 160, 9, 13, 3, 1 }, { 224, 96, 6, 7, 3, 1 },
        { 64, 64, 70, 37, 3, 1 }, { 128, 256, 13, 11, 3, 1 }, { 256, 128, 9, 14, 3, 1 },
        { 256, 512, 6, 7, 3, 1 }, { 512, 256, 5, 8, 3, 1 }, { 512, 512, 7, 9, 3, 1 },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], shapes[i].in_c >= 256 ? RELU_AND_MAX : ALL_POSTS,
                    KERNEL_THREADS);
}

/* More tiles than are transformed at a time, whichever way the work is cut up. */
static void test_many_tiles(void)
{
    check_shape(&(conv_shape) { 32, 32, 90, 101, 3, 1 }, RELU_AND_MAX, KERNEL_THREADS);
    check_shape(&(conv_shape) { 32, 512, 67, 75, 3, 1 }, RELU_ONLY, KERNEL_THREADS);
}

/* Fewer tiles, blocks or rows than threads as well. */
static void test_threads(void)
{
    static const int threads[] = { 1, 3, 5 };
    static const conv_shape shapes[] = {
        { 3, 64, 2, 3, 3, 1 }, { 3, 64, 17, 21, 3, 0 }, { 32, 32, 3, 2, 3, 1 },
        { 64, 96, 29, 23, 3, 1 }, { 64, 512, 9, 14, 3, 1 }, { 20, 36, 9, 6, 3, 1 },
    };

    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            check_shape(&shapes[i], RELU_AND_MAX, threads[k]);
}

/* --- What a convolution says of itself --------------------------------------------------- */

static void run_asked(const kernel_run *run, void *data)
{
    conv_input *in = data;
    const conv_shape *s = &in->shape;
    imp_conv_desc d = { s->in_c, s->out_c, s->h, s->w, s->kernel, s->pad, .relu = true };
    imp_conv *asked = NULL, *made;

    for (int backward = 0; backward < 2; backward++) {
        d.backward = backward;
        conv_name(run, &d);
        CHECK_OK(run->ops->conv_new(&asked, &d, NULL, NULL, &err));
        if (!(made = conv_make(run, in, &d))) return;
        KERNEL_CHECK(run->ops->conv_scratch(asked) == run->ops->conv_scratch(made));
        KERNEL_CHECK(run->ops->conv_bytes(asked) == run->ops->conv_bytes(made));
        KERNEL_CHECK(run->ops->conv_bytes(made) >= in->n_weight * sizeof(float));
        run->ops->conv_free(asked);
        run->ops->conv_free(made);
    }
    run->ops->conv_free(NULL);
}

/* A plan asks without weights what it will take with them. */
static void test_asked(void)
{
    static const conv_shape shapes[] = {
        { 3, 64, 17, 33, 3, 1 }, { 64, 128, 13, 9, 3, 1 }, { 20, 36, 7, 5, 3, 1 },
        { 512, 512, 8, 8, 3, 1 },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        conv_input in = conv_input_normal(&shapes[i]);
        kernel_each(NULL, KERNEL_THREADS, run_asked, &in);
        conv_input_free(&in);
    }
}

/* --- Double against differences ---------------------------------------------------------- */

/* sum of dy y, everything in double. */
static double weighted_sum(const conv_truth *t, const map *x)
{
    const conv_input *in = t->in;
    map z = kernel_map(in->z.c, in->z.h, in->z.w, NULL);
    map y = kernel_map(t->y.c, t->y.h, t->y.w, NULL);
    double sum = 0;

    ref_conv(&z, x, in->weight, in->bias, in->shape.kernel, in->shape.pad);
    if (t->desc.relu) ref_relu(&z, &z);
    if (t->desc.pool) ref_pool(t->desc.pooling, &y, &z);
    for (size_t i = 0; i < map_size(&y); i++)
        sum += (double) t->dy[i] * (t->desc.pool ? y.v[i] : z.v[i]);
    KERNEL_FREE(z.v, y.v);
    return sum;
}

/* The step is small enough not to cross the kink of a rectifier or maximum here, and large
 * enough that rounding (1e-16 of a sum of about 10, over 1e-6) stays below 1e-8. */
static void check_differences(const conv_truth *t)
{
    const double step = 1e-6;
    const conv_shape *s = &t->in->shape;
    map x = kernel_map(s->in_c, s->h, s->w, t->in->x);

    for (size_t i = 0; i < map_size(&x); i += 7) {
        const double at = x.v[i];
        double up, down;
        x.v[i] = at + step;
        up = weighted_sum(t, &x);
        x.v[i] = at - step;
        down = weighted_sum(t, &x);
        x.v[i] = at;
        CHECK(fabs((up - down) / (2 * step) - t->dx.v[i]) <= 1e-7);
    }
    imp_free(x.v);
}

static void test_double_itself(void)
{
    static const conv_shape shapes[] = {
        { 3, 16, 5, 7, 3, 1 }, { 3, 16, 5, 6, 3, 0 }, { 4, 16, 3, 4, 1, 0 },
        { 2, 20, 6, 5, 5, 2 },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        conv_input in = conv_input_normal(&shapes[i]);
        for (conv_post post = POST_NONE; post < CONV_POSTS; post++) {
            conv_truth truth = conv_truth_of(&in, post, 0);
            check_differences(&truth);
            conv_truth_free(&truth);
        }
        conv_input_free(&in);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_double_itself);
    CHECK_RUN(test_asked);
    CHECK_RUN(test_sizes);
    CHECK_RUN(test_first_layer);
    CHECK_RUN(test_channels);
    CHECK_RUN(test_many_tiles);
    CHECK_RUN(test_threads);
    return check_done();
}
