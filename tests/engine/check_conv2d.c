/* check_conv2d.c - filters of every backend against double: strides, dilations, paddings,
 * depthwise, all activations, what is added; other sizes with the same weights; every number
 * of threads. */
#include "kernel.h"

/* Relative L2 against double: a float sum of up to 9 * 256 terms in any order. */
static const double TOLERANCE = 2e-6;

/* Of one element, in units of the greatest. */
static const double ELEMENT_TOLERANCE = 1e-5;

static imp_error err;

typedef struct size { int h, w; } size;

/* One filter over one map, in double. */
typedef struct truth {
    imp_conv2d_desc desc;
    size other;                   /* a size that the weights are used for before */
    float *x, *weight, *bias, *before;
    map in, y;
} truth;

static truth truth_of(const imp_conv2d_desc *d, int h, int w)
{
    const size_t per_output = (size_t) (d->depthwise ? 1 : d->in_c)
                              * (size_t) (d->kernel * d->kernel);
    const double deviation = sqrt(2 / (double) per_output);
    truth t = { .desc = *d, .other = { h + 5, w + 11 } };

    t.x = kernel_numbers((size_t) (d->in_c * h * w), 1, 1);
    t.weight = kernel_numbers((size_t) d->out_c * per_output, 2, deviation);
    t.bias = kernel_numbers((size_t) d->out_c, 3, 1);
    t.in = kernel_map(d->in_c, h, w, t.x);
    t.y = kernel_map(d->out_c, imp_conv2d_side(d, h), imp_conv2d_side(d, w), NULL);
    t.before = kernel_numbers(map_size(&t.y), 4, 1);
    for (size_t i = 0; i < map_size(&t.y); i++) t.y.v[i] = (double) t.before[i];
    ref_conv2d(&t.y, &t.in, d, t.weight, t.bias);
    return t;
}

static void truth_free(truth *t)
{
    KERNEL_FREE(t->x, t->weight, t->bias, t->before, t->in.v, t->y.v);
}

static void compare(const kernel_run *run, const truth *t, const imp_sized_conv2d *sized)
{
    const map *in = &t->in, *out = &t->y;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, in->c, in->h, in->w, t->x);
    imp_tensor y = kernel_tensor_of(&g, out->c, out->h, out->w, t->before);
    void *scratch = guard_room(&g, run->ops->sized_scratch(sized), IMP_ALIGN);
    float *got;

    run->ops->sized_run(sized, &y, &x, scratch);
    got = kernel_plain(&y);
    KERNEL_AT_MOST(kernel_distance(got, out->v, map_size(out)), TOLERANCE);
    KERNEL_AT_MOST(kernel_worst(got, out->v, map_size(out)), ELEMENT_TOLERANCE);
    KERNEL_END(&g);
    imp_free(got);
}

static void run_filter(const kernel_run *run, void *data)
{
    const truth *t = data;
    const imp_conv2d_desc *d = &t->desc;
    imp_sized_conv2d *sized = NULL, *other = NULL;
    imp_conv2d *filter = NULL;

    kernel_name(run, "%d to %d channels%s of %dx%d, kernel %d, stride %d, dilation %d, pad %d,"
                " activation %d%s", d->in_c, d->out_c, d->depthwise ? ", depthwise," : "",
                t->in.w, t->in.h, d->kernel, d->stride, d->dilation, d->pad,
                (int) d->activation, d->add ? ", added" : "");
    CHECK_OK(run->ops->conv2d_new(&filter, d, t->weight, t->bias, &err));
    CHECK_OK(run->ops->sized_new(&other, filter, t->other.h, t->other.w, &err));
    CHECK_OK(run->ops->sized_new(&sized, filter, t->in.h, t->in.w, &err));
    compare(run, t, sized);
    run->ops->sized_free(other);
    run->ops->sized_free(sized);
    run->ops->conv2d_free(filter);
    run->ops->sized_free(NULL);
    run->ops->conv2d_free(NULL);
}

static void check_filter(const imp_conv2d_desc *d, int h, int w, int threads)
{
    truth t = truth_of(d, h, w);

    kernel_each(NULL, threads, run_filter, &t);
    truth_free(&t);
}

static void test_activations(void)
{
    imp_conv2d_desc d = { .in_c = 32, .out_c = 40, .kernel = 3, .stride = 1, .dilation = 1,
                          .pad = 1 };

    for (int add = 0; add < 2; add++)
        for (int a = IMP_ACTIVATION_NONE; a <= IMP_ACTIVATION_HARD_SIGMOID; a++)
            for (int depthwise = 0; depthwise < 2; depthwise++) {
                d.add = add;
                d.activation = (imp_activation) a;
                d.depthwise = depthwise;
                d.in_c = depthwise ? d.out_c : 32;
                check_filter(&d, 7, 9, KERNEL_THREADS);
            }
}

enum { FULL = 0, DEPTHWISE = 1, ADD = 2 };
enum { NONE = IMP_ACTIVATION_NONE, RELU = IMP_ACTIVATION_RELU,
       SWISH = IMP_ACTIVATION_HARD_SWISH, SIGMOID = IMP_ACTIVATION_HARD_SIGMOID };

/* All that the networks have, and some beside. */
static const struct {
    int in_c, out_c, kernel, stride, dilation, pad, h, w, flags, activation;
} shapes[] = {
    { 3, 64, 7, 2, 1, 3, 33, 47, FULL, RELU }, { 3, 16, 3, 2, 1, 1, 34, 45, FULL, SWISH },
    { 64, 64, 1, 1, 1, 0, 9, 13, FULL, RELU }, { 64, 256, 1, 1, 1, 0, 17, 9, ADD, RELU },
    { 64, 64, 3, 1, 1, 1, 13, 29, FULL, RELU }, { 64, 64, 3, 2, 1, 1, 14, 29, FULL, RELU },
    { 64, 128, 1, 2, 1, 0, 15, 28, FULL, NONE }, { 64, 48, 3, 1, 2, 2, 9, 13, FULL, RELU },
    { 256, 32, 3, 1, 12, 12, 15, 20, FULL, RELU }, { 64, 64, 3, 1, 24, 24, 9, 13, FULL, RELU },
    { 64, 64, 3, 1, 36, 36, 9, 40, FULL, RELU }, { 64, 64, 3, 1, 36, 36, 80, 45, FULL, RELU },
    { 1280, 64, 1, 1, 1, 0, 5, 3, FULL, RELU }, { 256, 21, 1, 1, 1, 0, 9, 13, FULL, NONE },
    { 64, 91, 1, 1, 1, 0, 3, 2, FULL, NONE }, { 72, 24, 1, 1, 1, 0, 1, 1, FULL, RELU },
    { 24, 72, 1, 1, 1, 0, 1, 1, FULL, SIGMOID },
    { 16, 16, 3, 1, 1, 1, 11, 17, DEPTHWISE, RELU },
    { 72, 72, 5, 2, 1, 2, 22, 17, DEPTHWISE, RELU },
    { 200, 200, 3, 1, 1, 1, 7, 9, DEPTHWISE | ADD, SWISH },
    { 672, 672, 5, 1, 2, 4, 5, 7, DEPTHWISE, SWISH },
    { 20, 36, 5, 3, 2, 1, 20, 31, FULL, NONE },
    { 36, 20, 2, 1, 1, 0, 5, 6, FULL, NONE }, { 5, 32, 3, 1, 1, 1, 6, 7, FULL, NONE },
    { 512, 64, 3, 1, 4, 4, 9, 8, FULL, RELU },
};

static void check_shape(size_t i, int threads)
{
    const imp_conv2d_desc d = {
        .in_c = shapes[i].in_c, .out_c = shapes[i].out_c, .kernel = shapes[i].kernel,
        .stride = shapes[i].stride, .dilation = shapes[i].dilation, .pad = shapes[i].pad,
        .depthwise = shapes[i].flags & DEPTHWISE, .add = shapes[i].flags & ADD,
        .activation = (imp_activation) shapes[i].activation,
    };

    check_filter(&d, shapes[i].h, shapes[i].w, threads);
}

static void test_shapes(void)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(i, KERNEL_THREADS);
}

static void test_threads(void)
{
    static const int threads[] = { 1, 3, 5 };

    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i += 4)
            check_shape(i, threads[k]);
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_activations);
    CHECK_RUN(test_shapes);
    CHECK_RUN(test_threads);
    return check_done();
}
