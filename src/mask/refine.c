/* refine.c - the guided filter (He, Sun and Tang, 2013) with a colour picture as guide, large
 * windows on a reduced picture (He and Sun, "Fast Guided Filter", 2015). See impasto/mask.h.
 *
 * In each window the mask is taken for a linear function of the colour, a . I + b, by least
 * squares with epsilon |a|^2 on top; a pixel gets the mean of the functions of all windows
 * that hold it. These means vary slowly, so they may be computed small and interpolated. */
#include <math.h>
#include <omp.h>

#include "base/between.h"
#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"
#include "mask/mask.h"
#include "mask/symmetric.h"
#include "mask/window.h"

enum {
    SMALL_RADIUS = 8,   /* pictures are reduced until the radius would fall below this   */
    MOMENTS = 13,       /* I (3), p, I p (3), I I^T (6: rr rg rb gg gb bb)               */
    LINE = 4            /* a (3), b                                                      */
};

typedef struct filter {
    const float *rgb, *p;     /* the guide and the mask, reduced                             */
    size_t width, height;
    double epsilon;
    float *line;              /* of each window: LINE values a pixel                         */
    float *mean;              /* the means of those                                          */
} filter;

/* --- The line in each window ------------------------------------------------------------- */

static void load_moments(void *user, size_t y, double *row)
{
    const filter *f = user;
    const float *rgb = f->rgb + 3 * y * f->width, *p = f->p + y * f->width;

    for (size_t x = 0; x < f->width; x++, row += MOMENTS, rgb += 3) {
        const double r = (double) imp_unit(rgb[0]), g = (double) imp_unit(rgb[1]);
        const double b = (double) imp_unit(rgb[2]);
        const double v = (double) p[x];
        const double m[MOMENTS] = { r, g, b, v, r * v, g * v, b * v,
                                    r * r, r * g, r * b, g * g, g * b, b * b };
        for (int i = 0; i < MOMENTS; i++) row[i] = m[i];
    }
}

/* Solves S a = c, S symmetric and positive: rr rg rb gg gb bb. */
static void solve(double a[3], const double s[6], const double c[3])
{
    double m[6];
    const double by = 1.0 / imp_symmetric_adjugate(m, s);

    a[0] = by * (m[0] * c[0] + m[1] * c[1] + m[2] * c[2]);
    a[1] = by * (m[1] * c[0] + m[3] * c[1] + m[4] * c[2]);
    a[2] = by * (m[2] * c[0] + m[4] * c[1] + m[5] * c[2]);
}

static void store_line(void *user, size_t x, size_t y, const double *m)
{
    const filter *f = user;
    const double e = f->epsilon, p = m[3];
    const double cross[3] = { m[4] - m[0] * p, m[5] - m[1] * p, m[6] - m[2] * p };
    const double spread[6] = { m[7] - m[0] * m[0] + e, m[8] - m[0] * m[1],
                               m[9] - m[0] * m[2],     m[10] - m[1] * m[1] + e,
                               m[11] - m[1] * m[2],    m[12] - m[2] * m[2] + e };
    float *line = f->line + LINE * (y * f->width + x);
    double a[3];

    solve(a, spread, cross);
    for (int i = 0; i < 3; i++) line[i] = (float) a[i];
    line[3] = (float) (p - a[0] * m[0] - a[1] * m[1] - a[2] * m[2]);
}

static void load_line(void *user, size_t y, double *row)
{
    const filter *f = user;
    const float *line = f->line + LINE * y * f->width;

    for (size_t i = 0; i < LINE * f->width; i++) row[i] = (double) line[i];
}

static void store_mean(void *user, size_t x, size_t y, const double *m)
{
    const filter *f = user;

    for (size_t i = 0; i < LINE; i++)
        f->mean[LINE * (y * f->width + x) + i] = (float) m[i];
}

static imp_status find_lines(filter *f, size_t radius, imp_error *err)
{
    const size_t w = f->width, h = f->height;
    imp_window_job lines = { w, h, radius, MOMENTS, f, load_moments, store_line };
    imp_window_job means = { w, h, radius, LINE, f, load_line, store_mean };
    const imp_status status = imp_window_run(&lines, err);

    return status == IMP_OK ? imp_window_run(&means, err) : status;
}

/* --- The mask from the lines ------------------------------------------------------------- */

/* Written so that two equal values give just that. */
static float mix(float a, float b, float t)
{
    return a + t * (b - a);
}

static void mix_rows(float *row, const filter *f, imp_between y)
{
    const float *a = f->mean + LINE * y.a * f->width, *b = f->mean + LINE * y.b * f->width;

    for (size_t i = 0; i < LINE * f->width; i++) row[i] = mix(a[i], b[i], y.share);
}

/* `rows` holds a row of lines for each thread. */
static void apply(imp_mask *mask, const imp_image *guide, const filter *f, float *rows)
{
    const float *rgb = imp_image_rgb_const(guide);

    #pragma omp parallel for schedule(static)
    for (size_t y = 0; y < mask->height; y++) {
        float *row = rows + (size_t) omp_get_thread_num() * LINE * f->width;
        mix_rows(row, f, imp_between_of(y, mask->height, f->height));
        for (size_t x = 0; x < mask->width; x++) {
            const size_t i = y * mask->width + x;
            const imp_between at = imp_between_of(x, mask->width, f->width);
            const float *a = row + LINE * at.a, *b = row + LINE * at.b;
            float value = mix(a[3], b[3], at.share);
            for (size_t c = 0; c < 3; c++)
                value += mix(a[c], b[c], at.share) * imp_unit(rgb[3 * i + c]);
            mask->value[i] = imp_unit(value);
        }
    }
}

/* --- Both -------------------------------------------------------------------------------- */

static imp_status check(const imp_mask *mask, const imp_image *guide, double radius,
                        double contrast, imp_error *err)
{
    const size_t w = imp_image_width(guide), h = imp_image_height(guide);

    if (w != mask->width || h != mask->height)
        return imp_fail(err, IMP_EINVAL,
                        "a mask of %zu x %zu cannot follow a picture of %zu x %zu: resize it",
                        mask->width, mask->height, w, h);
    if (!(radius > 0.0 && radius <= 1.0) || !(contrast > 0.0 && contrast <= 1.0))
        return imp_fail(err, IMP_EINVAL,
                        "radius %g, contrast %g: expected two numbers above 0, at most 1",
                        radius, contrast);
    return IMP_OK;
}

static bool take_memory(filter *f, float **rows)
{
    const size_t threads = (size_t) omp_get_max_threads(), n = f->width * f->height;

    return (f->line = imp_alloc(n, LINE * sizeof *f->line))
           && (f->mean = imp_alloc(n, LINE * sizeof *f->mean))
           && (*rows = imp_alloc(threads * f->width, LINE * sizeof **rows));
}

/* `r` is in pixels. */
static imp_status
refine(imp_mask *mask, const imp_image *guide, size_t r, double contrast, imp_error *err)
{
    const size_t w = mask->width, h = mask->height;
    const size_t by = r > SMALL_RADIUS ? r / SMALL_RADIUS : 1;
    filter f = { .width = (w + by - 1) / by, .height = (h + by - 1) / by,
                 .epsilon = contrast * contrast };
    imp_image *small_guide = NULL;
    imp_mask *small = NULL;
    float *rows = NULL;
    imp_status status = IMP_OK;

    TRY(imp_mask_resize(&small, mask, f.width, f.height, err));
    TRY(imp_image_resize(&small_guide, guide, f.width, f.height, IMP_FILTER_BILINEAR, false,
                         err));
    f.rgb = imp_image_rgb_const(small_guide);
    f.p = small->value;
    if (!take_memory(&f, &rows)) {
        status = imp_fail(err, IMP_ENOMEM, "no memory to refine a mask of %zu x %zu", w, h);
        goto done;
    }
    TRY(find_lines(&f, r / by, err));
    apply(mask, guide, &f, rows);

done:
    imp_free(rows);
    imp_free(f.line);
    imp_free(f.mean);
    imp_image_free(small_guide);
    imp_mask_free(small);
    return status;
}

imp_status imp_mask_refine(imp_mask *mask, const imp_image *guide, double radius,
                           double contrast, imp_error *err)
{
    const size_t longer = mask->width > mask->height ? mask->width : mask->height;
    const imp_status status = check(mask, guide, radius, contrast, err);

    if (status != IMP_OK) return status;
    return refine(mask, guide, (size_t) fmax(round(radius * (double) longer), 1.0), contrast,
                  err);
}
