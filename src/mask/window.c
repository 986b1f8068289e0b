/* window.c - see window.h. Each column keeps the sum of the window's rows; going down a row
 * adds one and takes one away, going along the row adds one column and takes one away. */
#include "mask/window.h"

#include <omp.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { STRIP = 128 };   /* rows; each strip sums its first window anew */

static void
add_row(const imp_window_job *job, double *column, double *row, size_t y, double sign)
{
    const size_t n = job->width * job->channels;

    job->load(job->user, y, row);
    for (size_t i = 0; i < n; i++) column[i] += sign * row[i];
}

static void add_pixel(double *sum, const double *pixel, size_t channels, double sign)
{
    for (size_t c = 0; c < channels; c++) sum[c] += sign * pixel[c];
}

static void sum_across(const imp_window_job *job, const double *column, size_t y, size_t rows)
{
    const size_t w = job->width, r = job->radius, c = job->channels;
    double sum[IMP_WINDOW_CHANNELS] = { 0 }, mean[IMP_WINDOW_CHANNELS];

    for (size_t x = 0; x < r && x < w; x++) add_pixel(sum, column + x * c, c, 1.0);
    for (size_t x = 0; x < w; x++) {
        const size_t low = x > r ? x - r : 0, high = x + r < w ? x + r : w - 1;
        const double share = 1.0 / (double) ((high - low + 1) * rows);
        if (x + r < w) add_pixel(sum, column + (x + r) * c, c, 1.0);
        if (x > r) add_pixel(sum, column + (x - r - 1) * c, c, -1.0);
        for (size_t i = 0; i < c; i++) mean[i] = sum[i] * share;
        job->store(job->user, x, y, mean);
    }
}

/* `scratch` holds two rows: the columns' sums, and the row that comes or goes. */
static void run_strip(const imp_window_job *job, size_t begin, size_t end, double *scratch)
{
    const size_t r = job->radius, h = job->height, n = job->width * job->channels;
    double *column = scratch, *row = scratch + n;

    memset(column, 0, n * sizeof *column);
    for (size_t y = begin > r ? begin - r : 0; y < begin + r && y < h; y++)
        add_row(job, column, row, y, 1.0);
    for (size_t y = begin; y < end; y++) {
        const size_t low = y > r ? y - r : 0, high = y + r < h ? y + r : h - 1;
        if (y + r < h) add_row(job, column, row, y + r, 1.0);
        if (y > begin && y > r) add_row(job, column, row, y - r - 1, -1.0);
        sum_across(job, column, y, high - low + 1);
    }
}

imp_status imp_window_run(const imp_window_job *job, imp_error *err)
{
    const size_t n = job->width * job->channels, threads = (size_t) omp_get_max_threads();
    double *scratch = imp_alloc(threads * 2, n * sizeof *scratch);

    if (!scratch)
        return imp_fail(err, IMP_ENOMEM, "no memory to filter %zu x %zu pixels", job->width,
                        job->height);
    #pragma omp parallel for schedule(dynamic)
    for (size_t y = 0; y < job->height; y += STRIP)
        run_strip(job, y, y + STRIP < job->height ? y + STRIP : job->height,
                  scratch + (size_t) omp_get_thread_num() * 2 * n);
    imp_free(scratch);
    return IMP_OK;
}
