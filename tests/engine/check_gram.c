/* check_gram.c - Gram matrices and their gradients: every backend against double, and double
 * against differences. */
#include "kernel.h"

/* Relative L2: a float sum of n products in any order is off by some sqrt(n) roundings, 4e-6
 * for the 4000 pixels here. A pixel left out gives 1e-3. */
static const double TOLERANCE = 1e-5;

static const double SCALE = 0.25;

/* Of what the gradient is: D F, D F + s, or that at every other pixel, last to first. */
enum { PLAIN, SHIFTED, IN_PART, WAYS };

typedef struct gram_truth {
    map in;
    float *x, *before, *d, *s;   /* d: c x c, symmetric; before: what dx holds */
    uint32_t *pixel;             /* the part's, with weights                   */
    float *weight;
    size_t n_part;
    double *g, *part_g, *dx[WAYS];
    float *first_g, *first_dx[WAYS];
} gram_truth;

/* D is symmetric: a row by a column. */
static double product(const gram_truth *t, size_t channel, size_t pixel)
{
    const size_t c = (size_t) t->in.c, n = (size_t) t->in.h * (size_t) t->in.w;
    double sum = 0;

    for (size_t j = 0; j < c; j++)
        sum += (double) t->d[channel * c + j] * t->in.v[j * n + pixel];
    return sum;
}

/* Of the part's pixels times their weights. */
static double *part_gram(const gram_truth *t)
{
    const size_t c = (size_t) t->in.c, n = (size_t) t->in.h * (size_t) t->in.w;
    map some = { t->in.c, 1, (int) t->n_part, kernel_doubles(NULL, c * t->n_part) };
    double *g = kernel_doubles(NULL, c * c);

    for (size_t ch = 0; ch < c; ch++)
        for (size_t i = 0; i < t->n_part; i++)
            some.v[ch * t->n_part + i] = (double) t->weight[i]
                                         * t->in.v[ch * n + t->pixel[i]];
    ref_gram(g, &some, SCALE);
    KERNEL_FREE(some.v);
    return g;
}

static void take_gradients(gram_truth *t)
{
    const size_t c = (size_t) t->in.c, n = (size_t) t->in.h * (size_t) t->in.w;

    for (int way = 0; way < WAYS; way++) t->dx[way] = kernel_doubles(t->before, c * n);
    for (size_t i = 0; i < c * n; i++) {
        const size_t back = n - 1 - i % n;
        const double plain = product(t, i / n, i % n), shifted = plain + (double) t->s[i / n];
        t->dx[PLAIN][i] += 2 * SCALE * plain;
        t->dx[SHIFTED][i] += 2 * SCALE * shifted;
        if (back % 2 == 0)
            t->dx[IN_PART][i] += 2 * SCALE * pow((double) t->weight[back / 2], 2) * shifted;
    }
}

static gram_truth truth_of(int channels, int h, int w)
{
    const size_t c = (size_t) channels, n = (size_t) h * (size_t) w;
    gram_truth t = { .x = kernel_numbers(c * n, 1, 1), .before = kernel_numbers(c * n, 2, 1) };

    t.in = kernel_map(channels, h, w, t.x);
    t.d = kernel_numbers(c * c, 3, 1);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < i; j++) t.d[j * c + i] = t.d[i * c + j];
    t.s = kernel_numbers(c, 4, 9);
    t.n_part = (n + 1) / 2;
    t.weight = kernel_numbers(t.n_part, 5, 2);
    t.pixel = imp_alloc(t.n_part, sizeof *t.pixel);
    for (size_t i = 0; i < t.n_part; i++) t.pixel[i] = (uint32_t) (n - 1 - 2 * i);
    t.g = kernel_doubles(NULL, c * c);
    ref_gram(t.g, &t.in, SCALE);
    t.part_g = part_gram(&t);
    take_gradients(&t);
    return t;
}

static void truth_free(gram_truth *t)
{
    KERNEL_FREE(t->in.v, t->x, t->before, t->d, t->s, t->weight, t->g, t->part_g);
    for (int way = 0; way < WAYS; way++) KERNEL_FREE(t->dx[way]);
    imp_free(t->pixel);
}

static float *copied(const float *v, size_t n)
{
    return memcpy(imp_alloc(n, sizeof *v), v, n * sizeof *v);
}

static imp_part part_in(guard *g, const gram_truth *t)
{
    const size_t n = t->n_part;

    return (imp_part) { guard_input(g, t->pixel, n * sizeof *t->pixel, sizeof *t->pixel),
                        kernel_input(g, t->weight, n, sizeof *t->weight), n };
}

/* In guarded memory; the caller frees it. */
static float *gradient(const kernel_run *run, const gram_truth *t, int way)
{
    const size_t c = (size_t) t->in.c;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, t->in.c, t->in.h, t->in.w, t->x);
    imp_tensor dx = kernel_tensor_of(&g, t->in.c, t->in.h, t->in.w, t->before);
    const float *d = kernel_input(&g, t->d, c * c, IMP_ALIGN);
    const float *s = kernel_input(&g, t->s, c, sizeof *s);
    const imp_part part = part_in(&g, t);
    float *got;

    run->ops->gram_backward(&dx, d, way == PLAIN ? NULL : s, &x,
                            way == IN_PART ? &part : NULL,
                            2 * SCALE);   /* of sum D G: D symmetric */
    got = kernel_plain(&dx);
    KERNEL_END(&g);
    return got;
}

/* The same from run to run, whichever side is guarded. */
static void run_gradient(const kernel_run *run, gram_truth *t, int way)
{
    const size_t n = map_size(&t->in);
    float *got = gradient(run, t, way);

    KERNEL_AT_MOST(kernel_distance(got, t->dx[way], n), TOLERANCE);
    if (run->side == GUARD_AFTER) {
        t->first_dx[way] = got;
        return;
    }
    KERNEL_CHECK(!memcmp(t->first_dx[way], got, n * sizeof *got));
    KERNEL_FREE(got, t->first_dx[way]);
}

static void run_gram(const kernel_run *run, void *data)
{
    gram_truth *t = data;
    const size_t c = (size_t) t->in.c;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, t->in.c, t->in.h, t->in.w, t->x);
    const imp_part part = part_in(&g, t);
    float *gram = kernel_output(&g, c * c, IMP_ALIGN), *got;
    bool symmetric = true;

    kernel_name(run, "Gram matrix of %d x %d x %d", t->in.c, t->in.h, t->in.w);
    run->ops->gram(gram, &x, &part, SCALE);
    KERNEL_AT_MOST(kernel_distance(gram, t->part_g, c * c), TOLERANCE);
    run->ops->gram(gram, &x, NULL, SCALE);
    got = copied(gram, c * c);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < i; j++)
            symmetric = symmetric && !memcmp(&got[i * c + j], &got[j * c + i], sizeof *got);
    KERNEL_CHECK(symmetric);
    KERNEL_AT_MOST(kernel_distance(got, t->g, c * c), TOLERANCE);
    KERNEL_END(&g);
    for (int way = 0; way < WAYS; way++) run_gradient(run, t, way);
    if (run->side == GUARD_AFTER) {
        t->first_g = got;
        return;
    }
    KERNEL_CHECK(!memcmp(t->first_g, got, c * c * sizeof *got));
    KERNEL_FREE(got, t->first_g);
}

static void check_gram(int c, int h, int w, int threads)
{
    gram_truth t = truth_of(c, h, w);

    kernel_each(NULL, threads, run_gram, &t);
    truth_free(&t);
}

static void test_gram(void)
{
    static const struct { int c, h, w; } sizes[] = {
        { 3, 7, 5 }, { 1, 1, 1 }, { 16, 1, 1 }, { 20, 7, 5 }, { 32, 1, 2 }, { 36, 3, 5 },
        { 48, 64, 65 }, { 64, 17, 33 }, { 64, 1, 61 }, { 80, 5, 3 }, { 100, 1, 19 },
        { 128, 30, 21 }, { 256, 9, 11 }, { 512, 5, 3 }, { 3, 70, 37 }, { 2400, 1, 1 },
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_gram(sizes[i].c, sizes[i].h, sizes[i].w, KERNEL_THREADS);
}

static void test_threads(void)
{
    static const int threads[] = { 1, 3, 5 };

    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        check_gram(16, 1, 2, threads[k]);
        check_gram(36, 9, 7, threads[k]);
        check_gram(128, 13, 17, threads[k]);
    }
}

/* sum of D G over x; the step is exact enough for a quadratic function of any size. */
static void test_double_itself(void)
{
    const double step = 1e-3;
    gram_truth t = truth_of(5, 3, 4);
    double g[25];

    for (size_t i = 0; i < map_size(&t.in); i++) {
        const double at = t.in.v[i];
        double slope = 0;
        for (int sign = -1; sign <= 1; sign += 2) {
            t.in.v[i] = at + sign * step;
            ref_gram(g, &t.in, SCALE);
            for (size_t k = 0; k < 25; k++)
                slope += sign * (double) t.d[k] * g[k] / (2 * step);
        }
        t.in.v[i] = at;
        CHECK(fabs(slope + (double) t.before[i] - t.dx[PLAIN][i]) <= 1e-10);
    }
    truth_free(&t);
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_double_itself);
    CHECK_RUN(test_gram);
    CHECK_RUN(test_threads);
    return check_done();
}
