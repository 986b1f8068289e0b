/* check_refine.c - the guided filter against its definition, and what it does at edges. */
#include "check.h"

#include <impasto/mask.h>

#include "base/random.h"

static imp_error err;

static imp_image *noise_picture(size_t w, size_t h)
{
    imp_random random = { 1 };
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, false, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < 3 * w * h; i++)
        imp_image_rgb(image)[i] = (float) imp_random_uniform(&random);
    return image;
}

static imp_mask *new_mask(size_t w, size_t h)
{
    imp_mask *mask = NULL;

    if (imp_mask_new(&mask, w, h, &err) != IMP_OK) exit(1);
    return mask;
}

static imp_mask *noise_mask(size_t w, size_t h)
{
    imp_random random = { 2 };
    imp_mask *mask = new_mask(w, h);

    for (size_t i = 0; i < w * h; i++)
        imp_mask_values(mask)[i] = (float) imp_random_uniform(&random);
    return mask;
}

/* --- The definition, window by window ---------------------------------------------------- */

enum { SIDE = 160 };

static double lines[SIDE * SIDE][4];

typedef struct window { size_t x0, x1, y0, y1; } window;   /* x0 <= x < x1 */

static window window_at(size_t x, size_t y, size_t w, size_t h, size_t r)
{
    return (window) { x > r ? x - r : 0, x + r < w ? x + r + 1 : w, y > r ? y - r : 0,
                      y + r < h ? y + r + 1 : h };
}

/* Gaussian elimination with pivots; m is 3 rows of coefficients and right side. */
static void eliminate(double m[3][4])
{
    for (int k = 0; k < 3; k++) {
        int best = k;
        for (int i = k + 1; i < 3; i++)
            if (fabs(m[i][k]) > fabs(m[best][k])) best = i;
        for (int j = 0; j < 4; j++) {
            const double t = m[k][j];
            m[k][j] = m[best][j];
            m[best][j] = t;
        }
        for (int i = 0; i < 3; i++) {
            const double f = i == k ? 0 : m[i][k] / m[k][k];
            for (int j = 0; j < 4; j++) m[i][j] -= f * m[k][j];
        }
    }
    for (int k = 0; k < 3; k++) m[k][3] /= m[k][k];
}

/* Two passes over the window: the means, then the products of what differs from them. */
static void fit_line(double line[4], const float *rgb, const float *p, size_t w, window at,
                     double epsilon)
{
    const double n = (double) ((at.x1 - at.x0) * (at.y1 - at.y0));
    double mean[4] = { 0 }, m[3][4] = { { 0 } };

    for (size_t y = at.y0; y < at.y1; y++)
        for (size_t x = at.x0; x < at.x1; x++) {
            for (size_t c = 0; c < 3; c++) mean[c] += (double) rgb[3 * (y * w + x) + c] / n;
            mean[3] += (double) p[y * w + x] / n;
        }
    for (size_t y = at.y0; y < at.y1; y++)
        for (size_t x = at.x0; x < at.x1; x++) {
            const float *v = rgb + 3 * (y * w + x);
            const double d[4] = { (double) v[0] - mean[0], (double) v[1] - mean[1],
                                  (double) v[2] - mean[2], (double) p[y * w + x] - mean[3] };
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 4; j++) m[i][j] += d[i] * d[j] / n;
        }
    for (int i = 0; i < 3; i++) m[i][i] += epsilon;
    eliminate(m);
    for (int i = 0; i < 3; i++) line[i] = m[i][3];
    line[3] = mean[3] - line[0] * mean[0] - line[1] * mean[1] - line[2] * mean[2];
}

static void filter_by_definition(double *out, const imp_mask *mask, const imp_image *guide,
                                 size_t r, double epsilon)
{
    const size_t w = imp_mask_width(mask), h = imp_mask_height(mask);
    const float *rgb = imp_image_rgb_const(guide), *p = imp_mask_values_const(mask);

    for (size_t i = 0; i < w * h; i++)
        fit_line(lines[i], rgb, p, w, window_at(i % w, i / w, w, h, r), epsilon);
    for (size_t i = 0; i < w * h; i++) {
        const window at = window_at(i % w, i / w, w, h, r);
        const double n = (double) ((at.x1 - at.x0) * (at.y1 - at.y0));
        double value = 0;
        for (size_t y = at.y0; y < at.y1; y++)
            for (size_t x = at.x0; x < at.x1; x++)
                for (size_t c = 0; c < 4; c++)
                    value += lines[y * w + x][c] * (c < 3 ? (double) rgb[3 * i + c] : 1) / n;
        out[i] = fmin(fmax(value, 0), 1);
    }
}

/* Above and below the height of a strip, windows larger than the picture. 2e-6: the lines are
 * kept in floats; of noise their coefficients stay below about 1. */
static void test_definition(void)
{
    static const struct { size_t w, h; double radius; size_t r; double contrast; } cases[] = {
        { 23, 17, 0.09, 2, 0.1 }, { 5, 150, 0.02, 3, 0.03 }, { 31, 140, 0.1, 14, 0.2 },
        { 7, 4, 1.0, 7, 0.1 },    { 1, 1, 0.5, 1, 0.1 },     { 1, 13, 0.1, 1, 0.01 }
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = cases[k].w * cases[k].h;
        imp_image *guide = noise_picture(cases[k].w, cases[k].h);
        imp_mask *mask = noise_mask(cases[k].w, cases[k].h);
        static double want[SIDE * SIDE];
        filter_by_definition(want, mask, guide, cases[k].r,
                             cases[k].contrast * cases[k].contrast);
        CHECK_OK(imp_mask_refine(mask, guide, cases[k].radius, cases[k].contrast, &err));
        for (size_t i = 0; i < n; i++)
            if (!(fabs((double) imp_mask_values(mask)[i] - want[i]) < 2e-6))
                check_fail(__FILE__, __LINE__, "case %zu, pixel %zu: %g, not %g", k, i,
                           (double) imp_mask_values(mask)[i], want[i]);
        imp_image_free(guide);
        imp_mask_free(mask);
    }
}

/* --- At edges ---------------------------------------------------------------------------- */

/* A bright disc of radius 50 on a dark ground, both with shading and a little noise. */
static bool in_disc(size_t x, size_t y, double radius)
{
    return hypot((double) x - 79.5, (double) y - 79.5) < radius;
}

static imp_image *disc_picture(void)
{
    imp_image *image = noise_picture(SIDE, SIDE);
    float *rgb = imp_image_rgb(image);

    for (size_t i = 0; i < 3 * SIDE * SIDE; i++) {
        const size_t x = i / 3 % SIDE, y = i / 3 / SIDE;
        const float shade = 0.1f * (float) x / SIDE + 0.02f * rgb[i];
        rgb[i] = shade + (in_disc(x, y, 50) ? i % 3 == 0 ? 0.8f : 0.5f : 0.25f);
    }
    return image;
}

/* The disc, 4 pixels too small. */
static imp_mask *disc_mask(void)
{
    imp_mask *mask = new_mask(SIDE, SIDE);

    for (size_t i = 0; i < SIDE * SIDE; i++)
        imp_mask_values(mask)[i] = in_disc(i % SIDE, i / SIDE, 46) ? 1.0f : 0.0f;
    return mask;
}

/* The share of pixels on the wrong side of 1/2. */
static double share_wrong(const imp_mask *mask)
{
    size_t wrong = 0;

    for (size_t i = 0; i < SIDE * SIDE; i++)
        wrong += (imp_mask_values_const(mask)[i] >= 0.5f) != in_disc(i % SIDE, i / SIDE, 50);
    return (double) wrong / (SIDE * SIDE);
}

/* A mask that is 4 pixels too small has 5 % of the pixels wrong; after the filter hardly any
 * are, with a window of 12 pixels (filtered as it is) and one of 24 (filtered small). */
static void test_edge_is_found(void)
{
    static const double radius[] = { 12.0 / SIDE, 24.0 / SIDE };
    imp_image *guide = disc_picture();

    for (int k = 0; k < 2; k++) {
        imp_mask *mask = disc_mask();
        CHECK(share_wrong(mask) > 0.04);
        CHECK_OK(imp_mask_refine(mask, guide, radius[k], 0.01, &err));
        CHECK(share_wrong(mask) < 0.002);
        imp_mask_free(mask);
    }
    imp_image_free(guide);
}

/* Where the guide is no number, or far outside, it counts as black or white and spoils no more
 * than that: filtered as it is, the same to the bit; filtered small, the edge is found. */
static void test_hostile_guide(void)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY, 1e30f, -3.0f };
    static const float meant[] = { 0, 1, 0, 1, 0 };

    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        imp_image *guide = disc_picture(), *tame = disc_picture();
        imp_mask *mask = disc_mask(), *same = disc_mask(), *large = disc_mask();
        for (size_t i = 100; i < 3 * SIDE * SIDE; i += 7001) {
            imp_image_rgb(guide)[i] = bad[k];
            imp_image_rgb(tame)[i] = meant[k];
        }
        CHECK_OK(imp_mask_refine(mask, guide, 12.0 / SIDE, 0.01, &err));
        CHECK_OK(imp_mask_refine(same, tame, 12.0 / SIDE, 0.01, &err));
        CHECK(!memcmp(imp_mask_values(mask), imp_mask_values(same),
                      SIDE * SIDE * sizeof(float)));
        CHECK_OK(imp_mask_refine(large, guide, 24.0 / SIDE, 0.01, &err));
        CHECK(share_wrong(large) < 0.02);   /* see test_edge_is_found: 0.05 before */
        imp_image_free(guide);
        imp_image_free(tame);
        imp_mask_free(mask);
        imp_mask_free(same);
        imp_mask_free(large);
    }
}

/* A radius of 24 goes by a picture reduced three times: not the same as the definition, but
 * near it. What is allowed is an eighth of what the filter changes. */
static void test_large_windows(void)
{
    static double want[SIDE * SIDE];
    imp_image *guide = disc_picture();
    imp_mask *mask = disc_mask();
    double off = 0, changed = 0;

    filter_by_definition(want, mask, guide, 24, 0.01);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        changed += fabs((double) imp_mask_values(mask)[i] - want[i]);
    CHECK_OK(imp_mask_refine(mask, guide, 24.0 / SIDE, 0.1, &err));
    for (size_t i = 0; i < SIDE * SIDE; i++)
        off += fabs((double) imp_mask_values(mask)[i] - want[i]);
    CHECK(changed > 0 && off < changed / 8);
    imp_image_free(guide);
    imp_mask_free(mask);
}

static void test_one_value_stays(void)
{
    imp_image *guide = disc_picture();

    for (int v = 0; v < 2; v++)
        for (int r = 3; r < 40; r += 12) {
            imp_mask *mask = new_mask(SIDE, SIDE);
            for (size_t i = 0; i < SIDE * SIDE; i++) imp_mask_values(mask)[i] = (float) v;
            CHECK_OK(imp_mask_refine(mask, guide, (double) r / SIDE, 0.001, &err));
            for (size_t i = 0; i < SIDE * SIDE; i++)
                CHECK(imp_mask_values(mask)[i] == (float) v);
            imp_mask_free(mask);
        }
    imp_image_free(guide);
}

static void test_refusals(void)
{
    imp_image *guide = noise_picture(9, 5);
    imp_mask *mask = noise_mask(9, 5), *turned = noise_mask(5, 9);

    CHECK_STATUS(imp_mask_refine(turned, guide, 0.1, 0.1, &err), IMP_EINVAL);
    CHECK(strstr(err.message, "5 x 9") && strstr(err.message, "9 x 5"));
    CHECK_STATUS(imp_mask_refine(mask, guide, 0, 0.1, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_refine(mask, guide, 1.1, 0.1, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_refine(mask, guide, 0.1, 0, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_refine(mask, guide, 0.1, (double) NAN, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_refine(mask, guide, (double) INFINITY, 0.1, &err), IMP_EINVAL);
    imp_image_free(guide);
    imp_mask_free(mask);
    imp_mask_free(turned);
}

int main(void)
{
    CHECK_RUN(test_definition);
    CHECK_RUN(test_edge_is_found);
    CHECK_RUN(test_hostile_guide);
    CHECK_RUN(test_large_windows);
    CHECK_RUN(test_one_value_stays);
    CHECK_RUN(test_refusals);
    return check_done();
}
