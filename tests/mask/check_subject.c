/* check_subject.c - mixtures of colours, and subjects whose outline is known. */
#include "check.h"

#include <impasto/mask.h>

#include "base/random.h"
#include "mask/mixture.h"

static imp_error err;

/* --- Mixtures ---------------------------------------------------------------------------- */

enum { N = 3000 };

/* Three clouds of a known spread; every seventh pixel is of another kind and far away. */
static void make_clouds(float *rgb, unsigned char *kind)
{
    static const double at[3][3] = { { 0.2, 0.2, 0.2 }, { 0.8, 0.3, 0.2 }, { 0.4, 0.6, 0.9 } };
    imp_random random = { 7 };

    for (size_t i = 0; i < N; i++) {
        kind[i] = i % 7 != 0;
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c]
                = kind[i] ? (float) (at[i % 3][c] + 0.03 * imp_random_normal(&random)) : 5.0f;
    }
}

/* Learnt from the pixels wanted alone: shares that sum to 1, and the mean of those pixels. */
static void test_mixture_is_of_its_pixels(void)
{
    static float rgb[3 * N];
    static unsigned char kind[N], part[N];
    const imp_colours colours = { rgb, kind, N, 1 };
    double share = 0, mean[3] = { 0 }, want[3] = { 0 }, n = 0;
    imp_mixture m;

    make_clouds(rgb, kind);
    imp_mixture_start(&m, part, &colours);
    for (int k = 0; k < 3; k++) imp_mixture_learn(&m, part, &colours);
    for (size_t i = 0; i < N; i++) n += kind[i];
    for (size_t i = 0; i < 3 * N; i++)
        if (kind[i / 3]) want[i % 3] += (double) rgb[i] / n;
    for (int k = 0; k < IMP_MIXTURE_PARTS; k++) {
        share += m.part[k].weight;
        for (int c = 0; c < 3; c++) mean[c] += m.part[k].weight * m.part[k].mean[c];
    }
    CHECK_CLOSE(share, 1, 1e-12);
    for (int c = 0; c < 3; c++) CHECK_CLOSE(mean[c], want[c], 1e-9);
}

/* The density over the cube of colours, by adding it up on a grid, comes to 1. 1 %: the tails
 * beyond the cube, and a grid of a third of the clouds' spread. */
static void test_density_is_one(void)
{
    enum { STEPS = 100 };
    static float rgb[3 * N];
    static unsigned char kind[N], part[N];
    const imp_colours colours = { rgb, kind, N, 1 };
    double sum = 0;
    imp_mixture m;

    make_clouds(rgb, kind);
    imp_mixture_start(&m, part, &colours);
    for (int i = 0; i < STEPS * STEPS * STEPS; i++) {
        const float at[3] = { ((float) (i % STEPS) + 0.5f) / STEPS,
                              ((float) (i / STEPS % STEPS) + 0.5f) / STEPS,
                              ((float) (i / STEPS / STEPS) + 0.5f) / STEPS };
        sum += exp(-imp_mixture_cost(&m, at));
    }
    CHECK_CLOSE(sum / (STEPS * STEPS * STEPS), 1.0, 0.01);
}

/* One colour alone, as often in drawings: nothing divides by zero. */
static void test_one_colour(void)
{
    static float rgb[3 * N];
    static unsigned char kind[N], part[N];
    const imp_colours colours = { rgb, kind, N, 0 };
    const float other[3] = { 0.5f, 0, 0 };
    imp_mixture m;

    imp_mixture_start(&m, part, &colours);
    imp_mixture_learn(&m, part, &colours);
    CHECK(isfinite(imp_mixture_cost(&m, rgb)) && isfinite(imp_mixture_cost(&m, other)));
    CHECK(imp_mixture_cost(&m, rgb) < imp_mixture_cost(&m, other));
}

/* --- Subjects ---------------------------------------------------------------------------- */

enum { W = 320, H = 240 };

/* Two overlapping ellipses right of the middle. */
static bool in_subject(size_t x, size_t y)
{
    const double u = (double) x - 170, v = (double) y - 120;

    return u * u / 2500 + v * v / 4900 < 1 || (u - 40) * (u - 40) / 1600 + v * v / 900 < 1;
}

/* A subject of two colours on a ground of two others, all with noise and shading. */
static imp_image *scene(double noise)
{
    static const double colour[4][3]
        = { { 0.25, 0.45, 0.25 }, { 0.45, 0.5, 0.35 }, { 0.75, 0.3, 0.2 }, { 0.8, 0.6, 0.3 } };
    imp_random random = { 8 };
    imp_image *image = NULL;

    if (imp_image_new(&image, W, H, false, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < W * H; i++) {
        const size_t x = i % W, y = i / W;
        const int which = 2 * in_subject(x, y) + ((x / 20 + y / 30) % 2 == 0);
        for (size_t c = 0; c < 3; c++)
            imp_image_rgb(image)[3 * i + c]
                = (float) (colour[which][c] + noise * imp_random_normal(&random)
                           + 0.0003 * (double) y);
    }
    return image;
}

/* Intersection over union with the truth. */
static double overlap(const imp_mask *mask)
{
    size_t both = 0, either = 0;

    for (size_t i = 0; i < W * H; i++) {
        const bool got = imp_mask_values_const(mask)[i] >= 0.5f;
        const bool want = in_subject(i % W, i / W);
        both += got && want;
        either += got || want;
    }
    return (double) both / (double) either;
}

/* 0.97: the outline is some 400 pixels long, the subject has 12800; so it may be off by one
 * pixel nearly everywhere. */
static void test_box(void)
{
    const imp_box box = { 110, 40, 150, 160 };
    imp_image *image = scene(0.04);
    imp_mask *mask;

    CHECK_OK(imp_mask_subject(&mask, image, &box, &err));
    CHECK(imp_mask_width(mask) == W && imp_mask_height(mask) == H);
    CHECK(overlap(mask) > 0.97);
    imp_mask_free(mask);
    imp_image_free(image);
}

static void test_no_box(void)
{
    imp_image *image = scene(0.04);
    imp_mask *mask;

    CHECK_OK(imp_mask_subject(&mask, image, NULL, &err));
    CHECK(overlap(mask) > 0.97);
    imp_mask_free(mask);
    imp_image_free(image);
}

/* Noise that hides the outline from a look at single pixels. The overlaps are 0.997 and 0.967;
 * without smoothness, or without its contrast, the first falls to 0.993; without learning more
 * than once the second falls to 0.895. */
static void test_noisy(void)
{
    static const struct { double noise, least; } cases[] = { { 0.15, 0.995 }, { 0.3, 0.95 } };
    const imp_box box = { 110, 40, 150, 160 };

    for (int k = 0; k < 2; k++) {
        imp_image *image = scene(cases[k].noise);
        imp_mask *mask;
        CHECK_OK(imp_mask_subject(&mask, image, &box, &err));
        CHECK(overlap(mask) > cases[k].least);
        imp_mask_free(mask);
        imp_image_free(image);
    }
}

/* Three times the size: divided small, drawn at full size. */
static void test_large(void)
{
    const imp_box box = { 330, 120, 450, 480 };
    imp_image *image = scene(0.02), *large;
    imp_mask *mask, *back;

    CHECK_OK(imp_image_resize(&large, image, 3 * W, 3 * H, IMP_FILTER_BICUBIC, false, &err));
    for (int k = 0; k < 2; k++) {
        CHECK_OK(imp_mask_subject(&mask, large, k ? &box : NULL, &err));
        CHECK(imp_mask_width(mask) == 3 * W && imp_mask_height(mask) == 3 * H);
        CHECK_OK(imp_mask_resize(&back, mask, W, H, &err));
        CHECK(overlap(back) > 0.97);
        imp_mask_free(mask);
        imp_mask_free(back);
    }
    imp_image_free(image);
    imp_image_free(large);
}

static void test_same_bytes(void)
{
    imp_image *image = scene(0.1);
    imp_mask *a, *b;

    CHECK_OK(imp_mask_subject(&a, image, NULL, &err));
    CHECK_OK(imp_mask_subject(&b, image, NULL, &err));
    CHECK(!memcmp(imp_mask_values(a), imp_mask_values(b), W * H * sizeof(float)));
    imp_mask_free(a);
    imp_mask_free(b);
    imp_image_free(image);
}

static void test_nothing_stands_out(void)
{
    const imp_box box = { 10, 10, 20, 20 };
    imp_image *image = NULL;
    imp_mask *mask;

    CHECK_OK(imp_image_new(&image, 50, 40, false, &err));
    CHECK_STATUS(imp_mask_subject(&mask, image, NULL, &err), IMP_EINVAL);
    CHECK(!mask && strstr(err.message, "name a box"));
    CHECK_STATUS(imp_mask_subject(&mask, image, &box, &err), IMP_EINVAL);
    CHECK(!mask && strstr(err.message, "nothing in the box"));
    imp_image_free(image);
}

static void test_tiny_pictures(void)
{
    for (size_t w = 1; w < 6; w++)
        for (size_t h = 1; h < 6; h++) {
            const imp_box box = { w / 2, h / 2, 1, 1 };
            imp_image *image = NULL;
            imp_mask *mask;
            CHECK_OK(imp_image_new(&image, w, h, false, &err));
            imp_image_rgb(image)[3 * (h / 2 * w + w / 2)] = 1.0f;
            for (int k = 0; k < 2; k++) {
                const imp_status status
                    = imp_mask_subject(&mask, image, k ? &box : NULL, &err);
                CHECK(status == IMP_OK || status == IMP_EINVAL);
                CHECK((status == IMP_OK) == (mask != NULL));
                imp_mask_free(mask);
            }
            imp_image_free(image);
        }
}

/* Values that are no numbers, or far outside, count as black or white in a channel: a few of
 * them do not hide the subject. */
static void test_hostile_values(void)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY, 1e30f, -3.0f };
    const imp_box box = { 100, 40, 150, 160 };

    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        imp_image *image = scene(0.04);
        for (size_t i = 0; i < 3 * W * H; i += 1 + i % 5000) imp_image_rgb(image)[i] = bad[k];
        for (int with_box = 0; with_box < 2; with_box++) {
            imp_mask *mask;
            CHECK_OK(imp_mask_subject(&mask, image, with_box ? &box : NULL, &err));
            for (size_t i = 0; mask && i < W * H; i++)
                CHECK(imp_mask_values(mask)[i] >= 0.0f && imp_mask_values(mask)[i] <= 1.0f);
            CHECK(mask && overlap(mask) > 0.97);
            imp_mask_free(mask);
        }
        imp_image_free(image);
    }
}

static void test_boxes_refused(void)
{
    static const imp_box bad[]
        = { { 0, 0, 0, 5 }, { 0, 0, 5, 0 }, { W, 0, 5, 5 }, { 0, H, 5, 5 }, { W - 4, 0, 5, 5 },
            { 0, 0, W, H }, { 3, 3, SIZE_MAX - 1, 5 }, { 3, SIZE_MAX, 5, 5 } };
    imp_image *image = scene(0.04);
    imp_mask *mask;

    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        CHECK_STATUS(imp_mask_subject(&mask, image, bad + k, &err), IMP_EINVAL);
        CHECK(!mask);
    }
    imp_image_free(image);
}

int main(void)
{
    CHECK_RUN(test_mixture_is_of_its_pixels);
    CHECK_RUN(test_density_is_one);
    CHECK_RUN(test_one_colour);
    CHECK_RUN(test_box);
    CHECK_RUN(test_no_box);
    CHECK_RUN(test_noisy);
    CHECK_RUN(test_large);
    CHECK_RUN(test_same_bytes);
    CHECK_RUN(test_nothing_stands_out);
    CHECK_RUN(test_tiny_pictures);
    CHECK_RUN(test_hostile_values);
    CHECK_RUN(test_boxes_refused);
    return check_done();
}
