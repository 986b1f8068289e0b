/* check_forward.c - operations that only run forward, every backend against double: greatest
 * of windows, factors for channels, other sizes. */
#include "kernel.h"

/* A product, or two times two products and sums. */
static const double TOLERANCE = 4e-7;

static const struct { int c, h, w; } sizes[] = {
    { 1, 1, 1 }, { 3, 5, 7 }, { 15, 1, 3 }, { 16, 1, 1 }, { 20, 7, 5 }, { 64, 17, 33 },
    { 100, 2, 3 }, { 16, 40, 41 },
};

typedef struct job { int c, h, w; float *x; map in, y; int side, stride, pad; } job;

/* Compares and ends; y is what the operation made. */
static void compare(guard *g, const imp_tensor *y, const map *want)
{
    float *got = kernel_plain(y);

    KERNEL_AT_MOST(kernel_worst(got, want->v, map_size(want)), TOLERANCE);
    KERNEL_END(g);
    imp_free(got);
}

static void run_window(const kernel_run *run, void *data)
{
    const job *j = data;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, j->c, j->h, j->w, j->x);
    imp_tensor y = kernel_tensor(&g, j->c, j->y.h, j->y.w);

    kernel_name(run, "windows of %d every %d, pad %d, in %d x %d x %d", j->side, j->stride,
                j->pad, j->c, j->h, j->w);
    run->ops->window_max(&y, &x, j->side, j->stride, j->pad);
    compare(&g, &y, &j->y);
}

static void run_resize(const kernel_run *run, void *data)
{
    const job *j = data;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, j->c, j->h, j->w, j->x);
    imp_tensor y = kernel_tensor(&g, j->c, j->y.h, j->y.w);

    kernel_name(run, "%d x %d x %d to %d x %d", j->c, j->h, j->w, j->y.h, j->y.w);
    run->ops->resize_bilinear(&y, &x);
    compare(&g, &y, &j->y);
}

static void run_scale(const kernel_run *run, void *data)
{
    const job *j = data;
    guard g = { run->side, .n = 0 };
    imp_tensor x = kernel_tensor_of(&g, j->c, j->h, j->w, j->x);
    const imp_tensor factor = kernel_tensor_in(&g, j->c, 1, 1, j->x);

    kernel_name(run, "factors of %d x %d x %d", j->c, j->h, j->w);
    run->ops->scale_channels(&x, factor.data);
    compare(&g, &x, &j->y);
}

static void check_job(kernel_test *test, job *j, int h, int w,
                      void truth(map *out, const map *in, const job *j))
{
    static const int threads[] = { 1, KERNEL_THREADS, 5 };

    j->y = kernel_map(j->c, h, w, NULL);
    truth(&j->y, &j->in, j);
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
        kernel_each(NULL, threads[k], test, j);
    imp_free(j->y.v);
}

static void truth_window(map *out, const map *in, const job *j)
{
    ref_window_max(out, in, j->side, j->stride, j->pad);
}

static void truth_resize(map *out, const map *in, const job *j)
{
    (void) j;
    ref_resize_bilinear(out, in);
}

/* The first of the numbers are the factors. */
static void truth_scale(map *out, const map *in, const job *j)
{
    const size_t n = (size_t) in->h * (size_t) in->w;

    for (size_t i = 0; i < map_size(in); i++) out->v[i] = in->v[i] * (double) j->x[i / n];
}

static job job_of(size_t i)
{
    job j = { .c = sizes[i].c, .h = sizes[i].h, .w = sizes[i].w };

    j.x = kernel_numbers((size_t) (j.c * j.h * j.w), i, 2);
    j.in = kernel_map(j.c, j.h, j.w, j.x);
    return j;
}

static void test_windows(void)
{
    static const struct { int side, stride, pad; } windows[] = {
        { 3, 2, 1 }, { 2, 2, 0 }, { 3, 1, 1 }, { 5, 3, 2 },
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof windows / sizeof *windows; k++) {
            job j = job_of(i);
            const int most = 2 * windows[k].pad - windows[k].side;
            j.side = windows[k].side, j.stride = windows[k].stride, j.pad = windows[k].pad;
            if (j.h + most >= 0 && j.w + most >= 0)
                check_job(run_window, &j, (j.h + most) / j.stride + 1,
                          (j.w + most) / j.stride + 1, truth_window);
            KERNEL_FREE(j.x, j.in.v);
        }
}

static void test_resize(void)
{
    static const struct { int h, w; } others[] = {
        { 1, 1 }, { 2, 9 }, { 17, 33 }, { 40, 3 }, { 65, 97 },
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
            job j = job_of(i);
            check_job(run_resize, &j, others[k].h, others[k].w, truth_resize);
            KERNEL_FREE(j.x, j.in.v);
        }
}

static void test_factors(void)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        job j = job_of(i);
        check_job(run_scale, &j, j.h, j.w, truth_scale);
        KERNEL_FREE(j.x, j.in.v);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_windows);
    CHECK_RUN(test_resize);
    CHECK_RUN(test_factors);
    return check_done();
}
