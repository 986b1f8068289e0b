/* check_maps.c - operations on whole maps, every backend against double: padding, rectifier,
 * pooling, total variation, affine and clamp; and double's own gradients against
 * differences. */
#include "kernel.h"

typedef enum map_op { PAD, RELU, POOL_MAX, POOL_AVERAGE, POOL_L2, TV_SQUARED, TV_ABSOLUTE,
                      TV_NINE_POINT, MAP_OPS } map_op;

static const char *const op_names[MAP_OPS] = { "padding", "rectifier", "maximum", "average",
                                               "L2 pooling", "squared variation",
                                               "absolute variation",
                                               "variation over nine points" };

/* A square, a sum of four and a root, or a product and a sum: some five roundings of 6e-8. */
static const double TOLERANCE = 4e-7;

static const double TV_SCALE = 1.5;

/* A case in double. The total variation has one number for y, and adds to what dx holds. */
typedef struct map_truth {
    map_op op;
    float *x, *dy, *before;
    map in, y, dx;
    double variation;
    float *first_y, *first_dx;   /* what the run before gave */
} map_truth;

static bool is_tv(map_op op)
{
    return op == TV_SQUARED || op == TV_ABSOLUTE || op == TV_NINE_POINT;
}

static bool is_pool(map_op op)
{
    return op == POOL_MAX || op == POOL_AVERAGE || op == POOL_L2;
}

static imp_pooling pooling_of(map_op op)
{
    return op == POOL_MAX ? IMP_POOL_MAX : op == POOL_AVERAGE ? IMP_POOL_AVERAGE : IMP_POOL_L2;
}

static imp_tv_kind tv_of(map_op op)
{
    return op == TV_SQUARED ? IMP_TV_SQUARED
           : op == TV_ABSOLUTE ? IMP_TV_ABSOLUTE : IMP_TV_NINE_POINT;
}

static double forward(map_op op, map *y, const map *x)
{
    if (is_tv(op)) return ref_tv(NULL, x, tv_of(op));
    if (op == PAD) ref_pad(y, x);
    else if (op == RELU) ref_relu(y, x);
    else ref_pool(pooling_of(op), y, x);
    return 0;
}

static void backward(map_truth *t)
{
    map dy = kernel_map(t->y.c, t->y.h, t->y.w, t->dy);

    if (is_tv(t->op)) {
        ref_tv(&t->dx, &t->in, tv_of(t->op));
        for (size_t i = 0; i < map_size(&t->dx); i++)
            t->dx.v[i] = (double) t->before[i] + TV_SCALE * t->dx.v[i];
    } else if (t->op == PAD) {
        ref_pad_backward(&t->dx, &dy);
    } else if (t->op == RELU) {
        for (size_t i = 0; i < map_size(&dy); i++)
            t->dx.v[i] = t->in.v[i] > 0 ? dy.v[i] : 0;
    } else {
        ref_pool_backward(pooling_of(t->op), &t->dx, &dy, &t->y, &t->in);
    }
    imp_free(dy.v);
}

/* Integers tie, and are zero, often. */
static map_truth truth_of(map_op op, int c, int h, int w, bool integers)
{
    const size_t n = (size_t) c * (size_t) h * (size_t) w;
    map_truth t = { .op = op };

    t.x = integers ? kernel_integers(n, 1, 1) : kernel_numbers(n, 1, 1);
    t.before = kernel_numbers(n, 2, 1);
    t.in = kernel_map(c, h, w, t.x);
    t.dx = kernel_map(c, h, w, NULL);
    t.y = op == PAD ? kernel_map(c, h + 2, w + 2, NULL)
          : is_pool(op) ? kernel_map(c, h / 2, w / 2, NULL) : kernel_map(c, h, w, NULL);
    t.dy = kernel_numbers(map_size(&t.y), 3, 1);
    t.variation = forward(op, &t.y, &t.in);
    backward(&t);
    return t;
}

static void truth_free(map_truth *t)
{
    KERNEL_FREE(t->x, t->dy, t->before, t->in.v, t->y.v, t->dx.v);
}

/* --- Every backend ----------------------------------------------------------------------- */

/* y and dx in plain order. */
typedef struct map_result { float *y, *dx; } map_result;

static map_result run_forward_and_back(const kernel_run *run, const map_truth *t)
{
    const imp_ops *ops = run->ops;
    const map *in = &t->in, *out = &t->y;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, in->c, in->h, in->w, t->x);
    imp_tensor y = kernel_tensor(&g, out->c, out->h, out->w);
    imp_tensor dy = kernel_tensor_of(&g, out->c, out->h, out->w, t->dy);
    imp_tensor dx = kernel_tensor(&g, in->c, in->h, in->w);
    map_result r;

    if (t->op == PAD) {
        ops->pad_replicate(&y, &x);
        ops->pad_replicate_backward(&dx, &dy);
    } else if (t->op == RELU) {
        ops->relu(&y, &x);
        ops->relu_backward(&dy, &y);
        memcpy(dx.data, dy.data, imp_tensor_floats(&dx) * sizeof(float));
    } else {
        ops->pool(pooling_of(t->op), &y, &x);
        ops->pool_backward(pooling_of(t->op), &dx, &dy, &y, &x);
    }
    r = (map_result) { kernel_plain(&y), kernel_plain(&dx) };
    KERNEL_END(&g);
    return r;
}

static map_result run_variation(const kernel_run *run, const map_truth *t)
{
    const map *in = &t->in;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, in->c, in->h, in->w, t->x);
    imp_tensor dx = kernel_tensor_of(&g, in->c, in->h, in->w, t->before);
    const double sum = run->ops->tv(&dx, &x, tv_of(t->op), TV_SCALE);
    map_result r = { kernel_plain(&x), kernel_plain(&dx) };

    /* The differences are rounded once, the sum is in double. */
    KERNEL_AT_MOST(fabs(sum - t->variation), 2e-7 * t->variation);
    KERNEL_END(&g);
    return r;
}

static void run_map(const kernel_run *run, void *data)
{
    map_truth *t = data;
    map_result r;

    kernel_name(run, "%s of %d x %d x %d", op_names[t->op], t->in.c, t->in.h, t->in.w);
    r = is_tv(t->op) ? run_variation(run, t) : run_forward_and_back(run, t);
    if (!is_tv(t->op)) KERNEL_AT_MOST(kernel_worst(r.y, t->y.v, map_size(&t->y)), TOLERANCE);
    KERNEL_AT_MOST(kernel_worst(r.dx, t->dx.v, map_size(&t->dx)), TOLERANCE);
    if (run->side == GUARD_AFTER) {
        t->first_y = r.y;
        t->first_dx = r.dx;
        return;
    }
    if (!is_tv(t->op))
        KERNEL_CHECK(!memcmp(t->first_y, r.y, map_size(&t->y) * sizeof *r.y));
    KERNEL_CHECK(!memcmp(t->first_dx, r.dx, map_size(&t->dx) * sizeof *r.dx));
    KERNEL_FREE(r.y, r.dx, t->first_y, t->first_dx);
}

static void check_map(map_op op, int c, int h, int w, int threads)
{
    for (int integers = 0; integers < 2; integers++) {
        map_truth t = truth_of(op, c, h, w, integers);
        kernel_each(NULL, threads, run_map, &t);
        truth_free(&t);
    }
}

static const struct { int c, h, w; } sizes[] = {
    { 3, 1, 1 }, { 3, 1, 6 }, { 3, 7, 1 }, { 3, 17, 33 }, { 1, 2, 9 }, { 3, 70, 37 },
    { 16, 2, 2 }, { 16, 1, 1 }, { 20, 7, 5 }, { 36, 3, 2 }, { 64, 17, 33 }, { 100, 2, 3 },
};

static void test_maps(void)
{
    for (map_op op = PAD; op < MAP_OPS; op++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const int c = sizes[i].c, h = sizes[i].h, w = sizes[i].w;
            if ((!is_pool(op) || (h > 1 && w > 1)) && (!is_tv(op) || c < IMP_BLOCK))
                check_map(op, c, h, w, KERNEL_THREADS);
        }
}

static void test_threads(void)
{
    static const int threads[] = { 1, 3, 5 };

    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
        for (map_op op = PAD; op < MAP_OPS; op++) {
            check_map(op, 3, 3, 2, threads[k]);
            check_map(op, is_tv(op) ? 3 : 36, 23, 19, threads[k]);
        }
}

/* --- In place ---------------------------------------------------------------------------- */

static void run_relu_in_place(const kernel_run *run, void *data)
{
    const map_truth *t = data;
    guard g = { run->side, .n = 0 };
    imp_tensor x = kernel_tensor_of(&g, t->in.c, t->in.h, t->in.w, t->x);
    float *y;

    kernel_name(run, "rectifier in place");
    run->ops->relu(&x, &x);
    y = kernel_plain(&x);
    KERNEL_CHECK(kernel_worst(y, t->y.v, map_size(&t->y)) <= 0);
    imp_free(y);
    KERNEL_END(&g);
}

static void test_relu_in_place(void)
{
    map_truth t = truth_of(RELU, 20, 7, 5, false);

    kernel_each(NULL, KERNEL_THREADS, run_relu_in_place, &t);
    truth_free(&t);
}

/* --- Three planes ------------------------------------------------------------------------ */

static void run_planes(const kernel_run *run, void *data)
{
    static const int from[3] = { 2, 0, 1 };
    static const float scale[3] = { 2, -3, 0.5f }, shift[3] = { 1, 0, -4 };
    static const float low[3] = { -1, 0, -5 }, high[3] = { 1, 2, -4 };
    const map *m = data;
    const size_t plane = (size_t) m->h * (size_t) m->w;
    float *hx = kernel_numbers(3 * plane, 7, 1), *affine, *clamped_;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, 3, m->h, m->w, hx);
    imp_tensor y = kernel_tensor(&g, 3, m->h, m->w);

    kernel_name(run, "affine and clamp of %d x %d", m->h, m->w);
    run->ops->affine(&y, &x, from, scale, shift);
    affine = kernel_plain(&y);
    run->ops->clamp(&y, low, high);
    clamped_ = kernel_plain(&y);
    for (size_t i = 0; i < 3 * plane; i++) {
        const size_t ch = i / plane;
        const double in = (double) hx[(size_t) from[ch] * plane + i % plane];
        const double v = (double) scale[ch] * in + (double) shift[ch];
        /* One multiplication and one addition of numbers below 16. */
        KERNEL_AT_MOST(fabs((double) affine[i] - v), 2e-6);
        KERNEL_AT_MOST(fabs((double) clamped_[i]
                            - fmin(fmax((double) affine[i], (double) low[ch]),
                                   (double) high[ch])), 0);
    }
    KERNEL_FREE(hx, affine, clamped_);
    KERNEL_END(&g);
}

static void test_planes(void)
{
    static const struct { int h, w; } of[] = { { 1, 1 }, { 5, 7 }, { 1, 16 }, { 33, 65 } };

    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        kernel_each(NULL, KERNEL_THREADS, run_planes, &(map) { 3, of[i].h, of[i].w, NULL });
}

/* --- Double against differences ---------------------------------------------------------- */

static double weighted_sum(const map_truth *t, const map *x)
{
    map y = kernel_map(t->y.c, t->y.h, t->y.w, NULL);
    double sum = TV_SCALE * forward(t->op, &y, x);

    for (size_t i = 0; !is_tv(t->op) && i < map_size(&y); i++)
        sum += (double) t->dy[i] * y.v[i];
    imp_free(y.v);
    return sum;
}

/* The step is small enough not to cross a kink here, and large enough that rounding, 1e-16 of
 * a sum of about 100 over 1e-6, stays below 1e-7. */
static void test_double_itself(void)
{
    const double step = 1e-6;

    for (map_op op = PAD; op < MAP_OPS; op++) {
        map_truth t = truth_of(op, 3, 5, 7, false);
        for (size_t i = 0; i < map_size(&t.in); i++) {
            const double at = t.in.v[i], before = is_tv(op) ? (double) t.before[i] : 0;
            double up, down;
            t.in.v[i] = at + step;
            up = weighted_sum(&t, &t.in);
            t.in.v[i] = at - step;
            down = weighted_sum(&t, &t.in);
            t.in.v[i] = at;
            CHECK(fabs((up - down) / (2 * step) + before - t.dx.v[i]) <= 2e-7);
        }
        truth_free(&t);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_double_itself);
    CHECK_RUN(test_maps);
    CHECK_RUN(test_threads);
    CHECK_RUN(test_relu_in_place);
    CHECK_RUN(test_planes);
    return check_done();
}
