/* check_vectors.c - operations on vectors of every backend, against double. A vector begins at
 * any float, so that each lies directly at its guard page, whatever its length. */
#include "kernel.h"

/* One multiplication and two additions in float: three roundings of numbers below 8. */
static const double FLOAT_ROUNDINGS = 8 * 4e-7;

typedef struct vectors {
    size_t n;
    float *a, *b, *c;
    double first[8];         /* sums of the run before */
} vectors;

static vectors vectors_of(size_t n)
{
    return (vectors) { .n = n, .a = kernel_numbers(n, 5, 1), .b = kernel_numbers(n, 6, 1),
                       .c = kernel_numbers(n, 7, 1) };
}

static void vectors_free(vectors *v)
{
    KERNEL_FREE(v->a, v->b, v->c);
}

static const float *input(guard *g, const float *from, size_t n)
{
    return kernel_input(g, from, n, sizeof(float));
}

static float *changed(guard *g, const float *from, size_t n)
{
    return kernel_changed(g, from, n, sizeof(float));
}

/* --- Sums -------------------------------------------------------------------------------- */

/* Squares of floats are exact in double, and so nearly are their sums: 1e5 * 1e-16. */
static const double SUM_ROUNDINGS = 1e-11;

/* size: the sum of the terms' magnitudes, with which what their sum is off by goes. */
static void check_sum(const kernel_run *run, double *first, double got, double want,
                      double size)
{
    KERNEL_AT_MOST(fabs(got - want), SUM_ROUNDINGS * size);
    if (run->side == GUARD_AFTER) *first = got;
    else KERNEL_CHECK(!memcmp(first, &got, sizeof got));
}

static void run_sums(const kernel_run *run, void *data)
{
    vectors *v = data;
    const size_t n = v->n;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, n), *b = input(&g, v->b, n);
    double distance = 0, norm = 0, absolute = 0;

    for (size_t i = 0; i < n; i++) {
        const double x = (double) v->a[i], d = x - (double) v->b[i];
        distance += d * d;
        norm += x * x;
        absolute += fabs(x);
    }
    kernel_name(run, "squared_distance of %zu", n);
    check_sum(run, &v->first[0], run->ops->squared_distance(a, b, n), distance,
              distance);
    kernel_name(run, "squared_norm of %zu", n);
    check_sum(run, &v->first[1], run->ops->squared_norm(a, n), norm, norm);
    kernel_name(run, "absolute_sum of %zu", n);
    check_sum(run, &v->first[2], run->ops->absolute_sum(a, n), absolute, absolute);
    KERNEL_END(&g);
}

/* Products of both signs. */
static void run_dot(const kernel_run *run, void *data)
{
    vectors *v = data;
    const size_t n = v->n;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, n), *b = input(&g, v->b, n);
    double want = 0, size = 0;

    for (size_t i = 0; i < n; i++) {
        want += (double) v->a[i] * (double) v->b[i];
        size += fabs((double) v->a[i] * (double) v->b[i]);
    }
    kernel_name(run, "dot of %zu", n);
    check_sum(run, &v->first[3], run->ops->dot(a, b, n), want, size);
    KERNEL_END(&g);
}

/* --- Elementwise ------------------------------------------------------------------------- */

/* y[i] = pa * a[i] + pb * b[i] + pc * c[i], all of which are near 1. */
static void check_linear(const vectors *v, const float *y, double pa, double pb, double pc)
{
    size_t wrong = 0;

    for (size_t i = 0; i < v->n; i++) {
        const double want = pa * (double) v->a[i] + pb * (double) v->b[i]
                            + pc * (double) v->c[i];
        wrong += !(fabs((double) y[i] - want) <= FLOAT_ROUNDINGS);
    }
    KERNEL_CHECK(wrong == 0);
}

static void run_subtract(const kernel_run *run, void *data)
{
    const vectors *v = data;
    const size_t n = v->n;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, n), *b = input(&g, v->b, n);
    float *y = kernel_output(&g, n, sizeof *y), *like_a = changed(&g, v->a, n);
    float *like_b = changed(&g, v->b, n), *sum = changed(&g, v->c, n);

    kernel_name(run, "subtract of %zu", n);
    run->ops->subtract(y, a, b, n);
    check_linear(v, y, 1, -1, 0);
    run->ops->subtract(like_a, like_a, b, n);
    check_linear(v, like_a, 1, -1, 0);
    run->ops->subtract(like_b, a, like_b, n);
    check_linear(v, like_b, 1, -1, 0);
    kernel_name(run, "add_difference of %zu", n);
    run->ops->add_difference(sum, a, b, 0.5, n);
    check_linear(v, sum, 0.5, -0.5, 1);
    KERNEL_END(&g);
}

static void run_scale(const kernel_run *run, void *data)
{
    const vectors *v = data;
    const size_t n = v->n;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, n);
    float *y = kernel_output(&g, n, sizeof *y), *like_a = changed(&g, v->a, n);
    float *sum = changed(&g, v->c, n);

    kernel_name(run, "scale of %zu", n);
    run->ops->scale(y, a, -0.75, n);
    check_linear(v, y, -0.75, 0, 0);
    run->ops->scale(like_a, like_a, -0.75, n);
    check_linear(v, like_a, -0.75, 0, 0);
    kernel_name(run, "add_scaled of %zu", n);
    run->ops->add_scaled(sum, a, -0.75, n);
    check_linear(v, sum, -0.75, 0, 1);
    KERNEL_END(&g);
}

static void run_copies(const kernel_run *run, void *data)
{
    const vectors *v = data;
    const size_t n = v->n;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, n);
    float *y[3];
    size_t wrong = 0;

    for (int i = 0; i < 3; i++) y[i] = kernel_output(&g, n, sizeof **y);
    kernel_name(run, "copy, upload, download of %zu", n);
    run->ops->copy(y[0], a, n);
    run->ops->upload(y[1], a, n);
    run->ops->download(y[2], a, n);
    for (int i = 0; i < 3; i++) KERNEL_CHECK(!memcmp(y[i], v->a, n * sizeof **y));
    kernel_name(run, "fill of %zu", n);
    run->ops->fill(y[0], -2.5f, n);
    for (size_t i = 0; i < n; i++) wrong += !(y[0][i] >= -2.5f && y[0][i] <= -2.5f);
    KERNEL_CHECK(wrong == 0);
    KERNEL_END(&g);
}

/* --- Magnitudes: whole numbers, so that some are equal and all is exact ------------------ */

/* But for the last bits of sums in double. */
static void run_absolute_distance(const kernel_run *run, void *data)
{
    const vectors *v = data;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, v->n), *b = input(&g, v->b, v->n);
    double want = 0;

    kernel_name(run, "absolute_distance of %zu", v->n);
    for (size_t i = 0; i < v->n; i++) want += fabs((double) v->a[i] - (double) v->b[i]);
    KERNEL_AT_MOST(fabs(run->ops->absolute_distance(a, b, v->n) - want), 1e-13 * want);
    KERNEL_END(&g);
}

static double sign(double d)
{
    return (double) ((d > 0) - (d < 0));
}

/* y += 0.5 sign(a - b), and then in place y += 0.25 sign(y). */
static void run_signs(const kernel_run *run, void *data)
{
    const vectors *v = data;
    guard g = { run->side, .n = 0 };
    const float *a = input(&g, v->a, v->n), *b = input(&g, v->b, v->n);
    float *y = changed(&g, v->c, v->n);
    size_t wrong = 0;

    kernel_name(run, "add_signs of %zu", v->n);
    run->ops->add_signs(y, a, b, 0.5, v->n);
    run->ops->add_signs(y, y, NULL, 0.25, v->n);
    for (size_t i = 0; i < v->n; i++) {
        const double once = (double) v->c[i] + 0.5 * sign((double) v->a[i] - (double) v->b[i]);
        wrong += fabs((double) y[i] - (once + 0.25 * sign(once))) > 0;
    }
    KERNEL_CHECK(wrong == 0);
    KERNEL_END(&g);
}

static void test_magnitudes(void)
{
    static const size_t sizes[] = { 1, 3, 64, 1003, 40001 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = sizes[i];
        vectors v = { .n = n, .a = kernel_integers(n, 1, 4), .b = kernel_integers(n, 2, 4),
                      .c = kernel_integers(n, 3, 2) };
        kernel_each(NULL, KERNEL_THREADS, run_absolute_distance, &v);
        kernel_each(NULL, KERNEL_THREADS, run_signs, &v);
        vectors_free(&v);
    }
}

/* --- Within ranges ----------------------------------------------------------------------- */

static const float range_low[3] = { -0.5f, 0, -2 }, range_high[3] = { 0.5f, 1, 2 };

/* At the ends of their ranges and between them, whatever v->a has. */
static void into_ranges(float *x, const vectors *v)
{
    const size_t plane = v->n / 3;

    for (size_t i = 0; i < 3 * plane; i++) {
        const size_t ch = i / plane;
        x[i] = fminf(fmaxf(v->a[i], range_low[ch]), range_high[ch]);
    }
}

static bool would_leave(float x, float step, size_t ch)
{
    return (x <= range_low[ch] && step < 0) || (x >= range_high[ch] && step > 0);
}

static void run_ranges(const kernel_run *run, void *data)
{
    vectors *v = data;
    const size_t plane = v->n / 3, n = 3 * plane;
    guard g = { run->side, .n = 0 };
    float *host = imp_alloc(n, sizeof *host), *y;
    const float *b, *c;
    imp_tensor x = { .c = 3, .h = 1, .w = (int) plane, .block = 1 };
    double want = 0, size = 0;
    size_t wrong = 0;

    into_ranges(host, v);
    x.data = changed(&g, host, n);
    guard_keep(&g);
    b = input(&g, v->b, n), c = input(&g, v->c, n);
    y = changed(&g, v->c, n);
    kernel_name(run, "hold of %zu", n);
    run->ops->hold(y, &x, b, range_low, range_high);
    for (size_t i = 0; i < n; i++) {
        const float held = would_leave(host[i], -v->b[i], i / plane) ? 0 : v->c[i];
        const double term = (double) v->b[i] * (double) v->c[i];
        wrong += memcmp(&y[i], &held, sizeof held) != 0;
        if (would_leave(host[i], v->c[i], i / plane)) continue;
        want += term;
        size += fabs(term);
    }
    KERNEL_CHECK(wrong == 0);
    kernel_name(run, "slope of %zu", n);
    check_sum(run, &v->first[4], run->ops->slope(&x, b, c, range_low, range_high), want, size);
    imp_free(host);
    KERNEL_END(&g);
}

/* --- Adam -------------------------------------------------------------------------------- */

enum { STEPS = 3 };

/* The gradient of step t, exact in float. */
static float gradient(const vectors *v, size_t i, int t)
{
    return v->b[i] * (float) (1 << t);
}

/* The published formulas in double. */
static double adam_in_double(const vectors *v, size_t i, const imp_adam k[STEPS])
{
    double x = (double) v->a[i], m = 0, second = 0;

    for (int t = 0; t < STEPS; t++) {
        const double grad = (double) gradient(v, i, t);
        m = k[t].beta1 * m + (1 - k[t].beta1) * grad;
        second = k[t].beta2 * second + (1 - k[t].beta2) * grad * grad;
        x -= k[t].rate * (m / k[t].correction1)
             / (sqrt(second / k[t].correction2) + k[t].epsilon);
    }
    return x;
}

static void run_adam(const kernel_run *run, void *data)
{
    const vectors *v = data;
    const size_t n = v->n;
    guard keep = { run->side, .n = 0 };
    float *x = changed(&keep, v->a, n), *m = changed(&keep, v->a, n);
    float *second = changed(&keep, v->a, n), *grad = imp_alloc(n, sizeof *grad);
    imp_adam k[STEPS];
    size_t wrong = 0;

    kernel_name(run, "adam of %zu", n);
    for (size_t i = 0; i < n; i++) m[i] = second[i] = 0;
    for (int t = 0; t < STEPS; t++) {
        guard g = { run->side, .n = 0 };
        k[t] = (imp_adam) { 0.02, 0.9, 0.999, 1e-8,
                            1 - pow(0.9, t + 1), 1 - pow(0.999, t + 1) };
        for (size_t i = 0; i < n; i++) grad[i] = gradient(v, i, t);
        run->ops->adam(x, input(&g, grad, n), m, second, &k[t], n);
        KERNEL_END(&g);
    }
    for (size_t i = 0; i < n; i++)   /* a rounding a step, of numbers of at most 4 */
        wrong += !(fabs((double) x[i] - adam_in_double(v, i, k)) <= STEPS * 2.4e-7);
    KERNEL_CHECK(wrong == 0);
    imp_free(grad);
    KERNEL_END(&keep);
}

/* --- All of them ------------------------------------------------------------------------- */

static kernel_test *const all[] = {
    run_sums, run_dot, run_subtract, run_scale, run_copies, run_ranges, run_adam,
};

static void check_all(size_t n, int threads)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        vectors v = vectors_of(n);
        kernel_each(NULL, threads, all[i], &v);
        vectors_free(&v);
    }
}

/* Around the width of every vector, a page and what one thread gets. */
static void test_vectors(void)
{
    static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65,
                                    127, 1000, 1023, 1024, 1025, 4099, 100003 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_all(sizes[i], KERNEL_THREADS);
}

static void test_threads(void)
{
    static const int threads[] = { 1, 3, 5 };

    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        check_all(2, threads[k]);
        check_all(10007, threads[k]);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_vectors);
    CHECK_RUN(test_magnitudes);
    CHECK_RUN(test_threads);
    return check_done();
}
