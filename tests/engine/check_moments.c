/* check_moments.c - means of channels, and some of a map's pixels by themselves: every backend
 * against double. */
#include "kernel.h"

static const struct { int c, h, w; } sizes[] = {
    { 1, 1, 1 }, { 3, 5, 7 }, { 15, 1, 3 }, { 16, 1, 1 }, { 20, 7, 5 }, { 64, 17, 33 },
    { 100, 2, 3 }, { 16, 40, 41 },
};

typedef struct moments {
    int c, h, w;
    float *x, *weight;   /* weight: of each pixel; NULL in every other case */
} moments;

static double weight_of(const moments *m, size_t pixel)
{
    return m->weight ? (double) m->weight[pixel] : 1;
}

/* Means: sums of 256 floats, each rounding of which is at worst half of 6e-8 of the sum so
 * far; they are as long as the numbers, not as their mean. */
static void run_means(const kernel_run *run, void *data)
{
    const moments *m = data;
    const size_t n = (size_t) m->h * (size_t) m->w;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, m->c, m->h, m->w, m->x);
    const float *weight = m->weight ? kernel_input(&g, m->weight, n, sizeof(float)) : NULL;
    float *mean = kernel_output(&g, (size_t) m->c, sizeof(float));

    kernel_name(run, "means of %d x %d x %d", m->c, m->h, m->w);
    run->ops->channel_means(mean, &x, weight, 3 * (double) n);
    for (size_t ch = 0; ch < (size_t) m->c; ch++) {
        double sum = 0, most = 0;
        for (size_t p = 0; p < n; p++) {
            sum += weight_of(m, p) * (double) m->x[ch * n + p] / 3;
            most += fabs(weight_of(m, p) * (double) m->x[ch * n + p]);
        }
        KERNEL_AT_MOST(fabs((double) mean[ch] - sum / (double) n), 1e-6 * most / (double) n);
    }
    KERNEL_END(&g);
}

/* Every third pixel or so, last to first, and back on top of what is there. */
static void run_packing(const kernel_run *run, void *data)
{
    const moments *m = data;
    const size_t all = (size_t) m->h * (size_t) m->w, n = (all + 2) / 3;
    uint32_t *pixels = calloc(n, sizeof *pixels);
    float *weights = kernel_numbers(n, 5, 2);
    guard g = { run->side, .n = 0 };

    for (size_t i = 0; i < n; i++) pixels[i] = (uint32_t) (all - 1 - 3 * i);
    const imp_tensor x = kernel_tensor_in(&g, m->c, m->h, m->w, m->x);
    const imp_part part = {
        guard_input(&g, pixels, n * sizeof *pixels, sizeof *pixels),
        kernel_input(&g, weights, n, sizeof *weights), n,
    };
    imp_tensor y = kernel_tensor(&g, m->c, 1, (int) n);
    imp_tensor back = kernel_tensor_of(&g, m->c, m->h, m->w, m->x);
    kernel_name(run, "%zu pixels of %d x %d x %d", n, m->c, m->h, m->w);
    run->ops->pack(&y, &x, &part);
    run->ops->unpack(&back, &y, &part);
    float *some = kernel_plain(&y), *sum = kernel_plain(&back);
    double *want = kernel_doubles(m->x, (size_t) m->c * all);
    for (size_t i = 0; i < (size_t) m->c * n; i++) {
        const size_t at = i / n * all + pixels[i % n];
        const double w = (double) weights[i % n], packed = w * (double) m->x[at];
        KERNEL_AT_MOST(fabs((double) some[i] - packed), 1e-7 * fabs(packed));
        want[at] += w * packed;
    }
    KERNEL_AT_MOST(kernel_worst(sum, want, (size_t) m->c * all), 3e-7);
    KERNEL_END(&g);
    KERNEL_FREE(some, sum, want, weights);
    free(pixels);
}

static void test_moments(void)
{
    static const int threads[] = { 1, KERNEL_THREADS, 5 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        moments m = { sizes[i].c, sizes[i].h, sizes[i].w, NULL, NULL };
        float *weight = kernel_numbers((size_t) m.h * (size_t) m.w, i + 99, 1);
        m.x = kernel_numbers((size_t) m.c * (size_t) m.h * (size_t) m.w, i, 3);
        for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
            m.weight = k % 2 ? weight : NULL;
            kernel_each(NULL, threads[k], run_means, &m);
            kernel_each(NULL, threads[k], run_packing, &m);
        }
        KERNEL_FREE(m.x, weight);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_moments);
    return check_done();
}
