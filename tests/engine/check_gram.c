/* check_gram.c - Gram matrices and their gradients: every backend against double, and double
 * against differences. */
#include "kernel.h"

/* Relative L2: a float sum of n products in any order is off by some sqrt(n) roundings, 4e-6
 * for the 4000 pixels here. A pixel left out gives 1e-3. */
static const double TOLERANCE = 1e-5;

static const double SCALE = 0.25;

typedef struct gram_truth {
    map in;
    float *x, *before, *d;   /* d: c x c, symmetric; before: what dx holds */
    double *g, *dx;
    float *first_g, *first_dx;
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

static gram_truth truth_of(int channels, int h, int w)
{
    const size_t c = (size_t) channels, n = (size_t) h * (size_t) w;
    gram_truth t = { .x = kernel_numbers(c * n, 1, 1), .before = kernel_numbers(c * n, 2, 1) };

    t.in = kernel_map(channels, h, w, t.x);
    t.d = kernel_numbers(c * c, 3, 1);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < i; j++) t.d[j * c + i] = t.d[i * c + j];
    t.g = kernel_doubles(NULL, c * c);
    ref_gram(t.g, &t.in, SCALE);
    t.dx = kernel_doubles(t.before, c * n);
    for (size_t i = 0; i < c * n; i++) t.dx[i] += 2 * SCALE * product(&t, i / n, i % n);
    return t;
}

static void truth_free(gram_truth *t)
{
    KERNEL_FREE(t->in.v, t->x, t->before, t->d, t->g, t->dx);
}

static float *copied(const float *v, size_t n)
{
    return memcpy(imp_alloc(n, sizeof *v), v, n * sizeof *v);
}

static void run_gram(const kernel_run *run, void *data)
{
    gram_truth *t = data;
    const size_t c = (size_t) t->in.c, n = c * (size_t) t->in.h * (size_t) t->in.w;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, t->in.c, t->in.h, t->in.w, t->x);
    imp_tensor dx = kernel_tensor_of(&g, t->in.c, t->in.h, t->in.w, t->before);
    const float *d = kernel_input(&g, t->d, c * c, IMP_ALIGN);
    float *gram = kernel_output(&g, c * c, IMP_ALIGN), *got, *got_dx;
    bool symmetric = true;

    kernel_name(run, "Gram matrix of %d x %d x %d", t->in.c, t->in.h, t->in.w);
    run->ops->gram(gram, &x, SCALE);
    got = copied(gram, c * c);
    run->ops->gram_backward(&dx, d, &x, 2 * SCALE);   /* of sum D G: D symmetric */
    got_dx = kernel_plain(&dx);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < i; j++)
            symmetric = symmetric && !memcmp(&got[i * c + j], &got[j * c + i], sizeof *got);
    KERNEL_CHECK(symmetric);
    KERNEL_AT_MOST(kernel_distance(got, t->g, c * c), TOLERANCE);
    KERNEL_AT_MOST(kernel_distance(got_dx, t->dx, n), TOLERANCE);
    KERNEL_END(&g);
    if (run->side == GUARD_AFTER) {
        t->first_g = got;
        t->first_dx = got_dx;
        return;
    }
    KERNEL_CHECK(!memcmp(t->first_g, got, c * c * sizeof *got));
    KERNEL_CHECK(!memcmp(t->first_dx, got_dx, n * sizeof *got_dx));
    KERNEL_FREE(got, got_dx, t->first_g, t->first_dx);
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
        { 128, 30, 21 }, { 256, 9, 11 }, { 512, 5, 3 }, { 3, 70, 37 },
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
        CHECK(fabs(slope + (double) t.before[i] - t.dx[i]) <= 1e-10);
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
