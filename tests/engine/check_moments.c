/* check_moments.c - means of channels, and some of a map's pixels by themselves: every backend
 * against double. */
#include "kernel.h"

static const struct { int c, h, w; } sizes[] = {
    { 1, 1, 1 }, { 3, 5, 7 }, { 15, 1, 3 }, { 16, 1, 1 }, { 20, 7, 5 }, { 64, 17, 33 },
    { 100, 2, 3 }, { 16, 40, 41 },
};

typedef struct moments {
    int c, h, w;
    float *x;
    uint32_t *pixel;     /* a part's: every third pixel or so, last to first */
    float *weight;
    size_t n_part;
} moments;

static imp_part part_in(guard *g, const moments *m)
{
    const size_t n = m->n_part;

    return (imp_part) { guard_input(g, m->pixel, n * sizeof *m->pixel, sizeof *m->pixel),
                        kernel_input(g, m->weight, n, sizeof *m->weight), n };
}

/* Sums of 256 floats, each rounding of which is at worst half of 6e-8 of the sum so far; they
 * are as long as the numbers, not as their mean. */
static void check_means(const kernel_run *run, const moments *m, const imp_tensor *x,
                        const imp_part *part, float *mean)
{
    const size_t all = (size_t) m->h * (size_t) m->w, n = part ? m->n_part : all;

    run->ops->channel_means(mean, x, part, 3 * (double) n);
    for (size_t ch = 0; ch < (size_t) m->c; ch++) {
        double sum = 0, most = 0;
        for (size_t i = 0; i < n; i++) {
            const double w = part ? (double) m->weight[i] : 1;
            const double term = w * w * (double) m->x[ch * all + (part ? m->pixel[i] : i)];
            sum += term / 3;
            most += fabs(term);
        }
        KERNEL_AT_MOST(fabs((double) mean[ch] - sum / (double) n), 1e-6 * most / (double) n);
    }
}

static void run_means(const kernel_run *run, void *data)
{
    const moments *m = data;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, m->c, m->h, m->w, m->x);
    const imp_part part = part_in(&g, m);
    float *mean = kernel_output(&g, (size_t) m->c, sizeof(float));

    kernel_name(run, "means of %d x %d x %d", m->c, m->h, m->w);
    check_means(run, m, &x, NULL, mean);
    check_means(run, m, &x, &part, mean);
    KERNEL_END(&g);
}

/* Side by side, and back on top of what is there. */
static void run_packing(const kernel_run *run, void *data)
{
    const moments *m = data;
    const size_t all = (size_t) m->h * (size_t) m->w, n = m->n_part;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, m->c, m->h, m->w, m->x);
    const imp_part part = part_in(&g, m);
    imp_tensor y = kernel_tensor(&g, m->c, 1, (int) n);
    imp_tensor back = kernel_tensor_of(&g, m->c, m->h, m->w, m->x);

    kernel_name(run, "%zu pixels of %d x %d x %d", n, m->c, m->h, m->w);
    run->ops->pack(&y, &x, &part);
    run->ops->unpack(&back, &y, &part);
    float *some = kernel_plain(&y), *sum = kernel_plain(&back);
    double *want = kernel_doubles(m->x, (size_t) m->c * all);
    for (size_t i = 0; i < (size_t) m->c * n; i++) {
        const size_t at = i / n * all + m->pixel[i % n];
        const double w = (double) m->weight[i % n], packed = w * (double) m->x[at];
        KERNEL_AT_MOST(fabs((double) some[i] - packed), 1e-7 * fabs(packed));
        want[at] += w * packed;
    }
    KERNEL_AT_MOST(kernel_worst(sum, want, (size_t) m->c * all), 3e-7);
    KERNEL_END(&g);
    KERNEL_FREE(some, sum, want);
}

static moments moments_of(int c, int h, int w, size_t seed)
{
    const size_t all = (size_t) h * (size_t) w, n = (all + 2) / 3;
    moments m = {
        c, h, w, kernel_numbers((size_t) c * all, seed, 3), imp_alloc(n, sizeof *m.pixel),
        kernel_numbers(n, seed + 99, 2), n,
    };

    for (size_t i = 0; i < n; i++) m.pixel[i] = (uint32_t) (all - 1 - 3 * i);
    return m;
}

static void test_moments(void)
{
    static const int threads[] = { 1, KERNEL_THREADS, 5 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        moments m = moments_of(sizes[i].c, sizes[i].h, sizes[i].w, i);
        for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
            kernel_each(NULL, threads[k], run_means, &m);
            kernel_each(NULL, threads[k], run_packing, &m);
        }
        KERNEL_FREE(m.x, m.weight);
        imp_free(m.pixel);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_moments);
    return check_done();
}
