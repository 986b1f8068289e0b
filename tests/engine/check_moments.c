/* check_moments.c - means of channels and what is added to them: every backend against
 * double. */
#include "kernel.h"

static const struct { int c, h, w; } sizes[] = {
    { 1, 1, 1 }, { 3, 5, 7 }, { 15, 1, 3 }, { 16, 1, 1 }, { 20, 7, 5 }, { 64, 17, 33 },
    { 100, 2, 3 }, { 16, 40, 41 },
};

typedef struct moments { int c, h, w; float *x, *constant; } moments;

/* Means: sums of 256 floats, each rounding of which is at worst half of 6e-8 of the sum so
 * far; they are as long as the numbers, not as their mean. */
static void run_means(const kernel_run *run, void *data)
{
    const moments *m = data;
    const size_t n = (size_t) m->h * (size_t) m->w;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, m->c, m->h, m->w, m->x);
    float *mean = kernel_output(&g, (size_t) m->c, sizeof(float));

    kernel_name(run, "means of %d x %d x %d", m->c, m->h, m->w);
    run->ops->channel_means(mean, &x);
    for (size_t ch = 0; ch < (size_t) m->c; ch++) {
        double sum = 0, most = 0;
        for (size_t p = 0; p < n; p++) {
            sum += (double) m->x[ch * n + p];
            most += fabs((double) m->x[ch * n + p]);
        }
        KERNEL_AT_MOST(fabs((double) mean[ch] - sum / (double) n), 1e-6 * most / (double) n);
    }
    KERNEL_END(&g);
}

/* One product and one sum of floats. */
static void run_constants(const kernel_run *run, void *data)
{
    const moments *m = data;
    const size_t n = (size_t) m->h * (size_t) m->w, all = (size_t) m->c * n;
    guard g = { run->side, .n = 0 };
    imp_tensor x = kernel_tensor_of(&g, m->c, m->h, m->w, m->x);
    const float *constant = kernel_input(&g, m->constant, (size_t) m->c, sizeof(float));
    double *want = kernel_doubles(m->x, all);
    float *got;

    kernel_name(run, "constants for %d x %d x %d", m->c, m->h, m->w);
    run->ops->add_constants(&x, constant, -0.75);
    for (size_t i = 0; i < all; i++) want[i] -= 0.75 * (double) m->constant[i / n];
    got = kernel_plain(&x);
    KERNEL_AT_MOST(kernel_worst(got, want, all), 2e-7);
    KERNEL_END(&g);
    KERNEL_FREE(got, want);
}

static void test_moments(void)
{
    static const int threads[] = { 1, KERNEL_THREADS, 5 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        moments m = { sizes[i].c, sizes[i].h, sizes[i].w, NULL, NULL };
        m.x = kernel_numbers((size_t) m.c * (size_t) m.h * (size_t) m.w, i, 3);
        m.constant = kernel_numbers((size_t) m.c, i + 50, 2);
        for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
            kernel_each(NULL, threads[k], run_means, &m);
            kernel_each(NULL, threads[k], run_constants, &m);
        }
        KERNEL_FREE(m.x, m.constant);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_moments);
    return check_done();
}
