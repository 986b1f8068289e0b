/* check_mask.c - masks from pictures, in other sizes, and what they keep of a photograph. */
#include "check.h"

#include <impasto/mask.h>

static imp_error err;

static imp_image *picture(size_t w, size_t h, bool alpha)
{
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, alpha, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < 3 * w * h; i++)
        imp_image_rgb(image)[i] = (float) (i * 7 % 256) / 255.0f;
    return image;
}

static imp_mask *wavy_mask(size_t w, size_t h)
{
    imp_mask *mask = NULL;

    if (imp_mask_new(&mask, w, h, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < w * h; i++)
        imp_mask_values(mask)[i] = (float) (i * i * 31 % 257) / 256.0f;
    return mask;
}

static imp_mask *flat_mask(size_t w, size_t h, float value)
{
    imp_mask *mask = wavy_mask(w, h);

    for (size_t i = 0; i < w * h; i++) imp_mask_values(mask)[i] = value;
    return mask;
}

static double mean(const imp_mask *mask)
{
    const size_t n = imp_mask_width(mask) * imp_mask_height(mask);
    double sum = 0;

    for (size_t i = 0; i < n; i++) sum += (double) imp_mask_values_const(mask)[i];
    return sum / (double) n;
}

static void test_new(void)
{
    imp_mask *mask;

    CHECK_OK(imp_mask_new(&mask, 7, 5, &err));
    CHECK(imp_mask_width(mask) == 7 && imp_mask_height(mask) == 5);
    for (int i = 0; i < 35; i++) CHECK(imp_mask_values(mask)[i] == 0.0f);
    imp_mask_free(mask);
    imp_mask_free(NULL);
    CHECK_STATUS(imp_mask_new(&mask, 0, 5, &err), IMP_EINVAL);
    CHECK(!mask);
    CHECK_STATUS(imp_mask_new(&mask, 5, 0, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_new(&mask, SIZE_MAX / 2, 3, &err), IMP_ENOMEM);
    CHECK(!mask);
}

static void test_full(void)
{
    imp_mask *mask = flat_mask(9, 4, 1.0f);

    CHECK(imp_mask_is_full(mask));
    imp_mask_values(mask)[35] = nextafterf(1.0f, 0.0f);
    CHECK(!imp_mask_is_full(mask));
    imp_mask_free(mask);
}

static void test_add(void)
{
    imp_mask *mask = flat_mask(9, 4, 0.5f), *more = flat_mask(9, 4, 0.25f);

    imp_mask_values(more)[35] = 0.75f;
    imp_mask_add(mask, more);
    CHECK(imp_mask_values(mask)[0] == 0.75f && imp_mask_values(mask)[34] == 0.75f);
    CHECK(imp_mask_values(mask)[35] == 1.0f);
    imp_mask_free(mask);
    imp_mask_free(more);
}

/* Less than half a step of 8 bits is nothing. */
static void test_empty(void)
{
    imp_mask *mask = flat_mask(9, 4, 0.49f / 255);

    CHECK(imp_mask_is_empty(mask));
    imp_mask_values(mask)[35] = 0.51f / 255;
    CHECK(!imp_mask_is_empty(mask));
    imp_mask_free(mask);
}

/* Within 2 %, or a rounded pixel of a small mask. */
static void test_fits(void)
{
    CHECK(imp_mask_fits(640, 480, 640, 480) && imp_mask_fits(64, 48, 4000, 3000));
    CHECK(imp_mask_fits(1019, 1000, 50, 50) && !imp_mask_fits(1021, 1000, 50, 50));
    CHECK(imp_mask_fits(1000, 1019, 50, 50) && !imp_mask_fits(1000, 1031, 50, 50));
    CHECK(imp_mask_fits(16, 11, 1500, 1000) && !imp_mask_fits(48, 64, 64, 48));
}

/* --- From pictures ----------------------------------------------------------------------- */

/* All 256 greys come through to the bit; what is outside [0, 1] or no number is clamped. */
static void test_from_grey(void)
{
    imp_image *image = picture(16, 16, false), *back;
    imp_mask *mask;
    float *rgb = imp_image_rgb(image);

    for (int i = 0; i < 768; i++) rgb[i] = (float) (i / 3) / 255.0f;
    for (int i = 0; i < 3; i++) {
        rgb[i] = -0.5f;
        rgb[3 + i] = 1.5f;
        rgb[6 + i] = NAN;
    }
    CHECK_OK(imp_mask_from_image(&mask, image, &err));
    CHECK(imp_mask_values(mask)[0] == 0.0f && imp_mask_values(mask)[1] == 1.0f
          && imp_mask_values(mask)[2] == 0.0f);
    for (int i = 3; i < 256; i++)
        CHECK(imp_mask_values(mask)[i] == (float) i / 255.0f);
    CHECK_OK(imp_mask_image(&back, mask, &err));
    for (int i = 9; i < 768; i++) CHECK(imp_image_rgb(back)[i] == rgb[i]);
    imp_image_free(back);
    imp_image_free(image);
    imp_mask_free(mask);
}

static void test_from_colours_and_alpha(void)
{
    imp_image *image = picture(8, 6, true);
    imp_mask *mask;

    for (int i = 0; i < 48; i++) imp_image_alpha(image)[i] = (float) i / 47.0f;
    CHECK_OK(imp_mask_from_image(&mask, image, &err));
    for (int i = 0; i < 48; i++) {
        const float *rgb = imp_image_rgb(image) + 3 * i;
        const double luma = 0.2126 * (double) rgb[0] + 0.7152 * (double) rgb[1]
                            + 0.0722 * (double) rgb[2];
        /* a few roundings of numbers below 1 */
        CHECK(fabs((double) imp_mask_values(mask)[i] - luma * i / 47.0) < 3e-7);
    }
    imp_image_free(image);
    imp_mask_free(mask);
}

/* One row: the colour itself, and 10, 24, 48, 72, 200 code values off in one channel. */
static void test_from_colour(void)
{
    static const float red[3] = { 1.0f, 0.0f, 0.0f }, off[6] = { 0, 10, 24, 48, 72, 200 };
    imp_image *image = picture(6, 2, true);
    imp_mask *mask;

    for (int i = 0; i < 12; i++) {
        memcpy(imp_image_rgb(image) + 3 * i, red, sizeof red);
        imp_image_rgb(image)[3 * i + i % 3] += (i % 3 ? 1.0f : -1.0f) * off[i % 6] / 255.0f;
        imp_image_alpha(image)[i] = i < 6 ? 1.0f : 0.5f;
    }
    CHECK_OK(imp_mask_from_colour(&mask, image, red, &err));
    for (int i = 0; i < 12; i++) {
        /* the distance, below 1/4, is rounded to 2^-25 of 1 and then divided by 48/255 */
        static const double want[6] = { 1, 1, 1, 0.5, 0, 0 };
        const double value = want[i % 6] * (i < 6 ? 1 : 0.5);
        CHECK(fabs((double) imp_mask_values(mask)[i] - value) < 2e-6);
    }
    CHECK(imp_mask_values(mask)[0] == 1.0f && imp_mask_values(mask)[1] == 1.0f
          && imp_mask_values(mask)[5] == 0.0f);
    imp_image_free(image);
    imp_mask_free(mask);
}

/* --- Other sizes ------------------------------------------------------------------------- */

/* 1e-7: each value is rounded once to 2^-25 at most, and the errors average out. */
static void test_reducing_keeps_the_mean(void)
{
    static const size_t sizes[][2] = { { 37, 23 }, { 36, 1 }, { 1, 1 }, { 5, 22 } };
    imp_mask *mask = wavy_mask(37, 23), *out;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_OK(imp_mask_resize(&out, mask, sizes[i][0], sizes[i][1], &err));
        CHECK(imp_mask_width(out) == sizes[i][0] && imp_mask_height(out) == sizes[i][1]);
        CHECK_CLOSE(mean(out), mean(mask), 1e-7);
        imp_mask_free(out);
    }
    imp_mask_free(mask);
}

/* A value of the reduced mask against the mean over a finer grid that both sizes divide. */
static double value_by_grid(const imp_mask *mask, size_t w, size_t h, size_t x, size_t y)
{
    const size_t in_w = imp_mask_width(mask), in_h = imp_mask_height(mask);
    double sum = 0;

    for (size_t v = y * in_h; v < (y + 1) * in_h; v++)
        for (size_t u = x * in_w; u < (x + 1) * in_w; u++)
            sum += (double) imp_mask_values_const(mask)[v / h * in_w + u / w];
    return sum / (double) (in_w * in_h);
}

static void test_reducing_is_the_mean_of_the_area(void)
{
    imp_mask *mask = wavy_mask(17, 13), *out;

    CHECK_OK(imp_mask_resize(&out, mask, 7, 5, &err));
    for (size_t i = 0; i < 35; i++)   /* one rounding of a number below 1 */
        CHECK(fabs((double) imp_mask_values(out)[i] - value_by_grid(mask, 7, 5, i % 7, i / 7))
              < 1e-7);
    imp_mask_free(out);
    imp_mask_free(mask);
}

/* Twice as wide: 3/4 and 1/4 of the two nearest, the border its own neighbour; rows as they
 * were. */
static void test_enlarging_is_linear(void)
{
    imp_mask *mask = wavy_mask(6, 3), *out;

    CHECK_OK(imp_mask_resize(&out, mask, 12, 3, &err));
    for (int i = 0; i < 36; i++) {
        const int x = i % 12, near = x / 2, far = x % 2 ? near + 1 : near - 1;
        const float *row = imp_mask_values(mask) + 6 * (i / 12);
        const double beyond = (double) row[far < 0 ? 0 : far > 5 ? 5 : far];
        CHECK(fabs((double) imp_mask_values(out)[i]
                   - (0.75 * (double) row[near] + 0.25 * beyond))
              < 1e-7);
    }
    imp_mask_free(out);
    imp_mask_free(mask);
}

static void test_one_value_stays(void)
{
    static const float values[] = { 0.0f, 1.0f, 0.3f };

    for (int v = 0; v < 3; v++)
        for (size_t w = 1; w < 90; w += 11) {
            imp_mask *mask = flat_mask(41, 29, values[v]), *out;
            CHECK_OK(imp_mask_resize(&out, mask, w, 90 - w, &err));
            for (size_t i = 0; i < w * (90 - w); i++)
                CHECK(imp_mask_values(out)[i] == values[v]);
            imp_mask_free(out);
            imp_mask_free(mask);
        }
}

static void test_own_size_and_refusals(void)
{
    imp_mask *mask = wavy_mask(11, 7), *out;

    CHECK_OK(imp_mask_resize(&out, mask, 11, 7, &err));
    CHECK(!memcmp(imp_mask_values(out), imp_mask_values(mask), 77 * sizeof(float)));
    imp_mask_free(out);
    CHECK_STATUS(imp_mask_resize(&out, mask, 0, 7, &err), IMP_EINVAL);
    CHECK(!out);
    CHECK_STATUS(imp_mask_resize(&out, mask, SIZE_MAX / 2, 1, &err), IMP_ENOMEM);
    CHECK(!out);
    imp_mask_free(mask);
}

/* --- Blending ---------------------------------------------------------------------------- */

static void test_blend(void)
{
    imp_image *photo = picture(9, 5, false), *painted = picture(9, 5, true);
    imp_mask *mask = wavy_mask(9, 5);
    float before[135];

    for (int i = 0; i < 135; i++) imp_image_rgb(painted)[i] = (float) (i % 11) * 0.1234567f;
    memcpy(before, imp_image_rgb(painted), sizeof before);
    imp_mask_values(mask)[3] = 1.0f;
    imp_mask_values(mask)[4] = 0.0f;
    CHECK_OK(imp_mask_blend(painted, photo, mask, &err));
    CHECK(!memcmp(imp_image_rgb(painted) + 9, imp_image_rgb(photo) + 9, 3 * sizeof(float)));
    CHECK(!memcmp(imp_image_rgb(painted) + 12, before + 12, 3 * sizeof(float)));
    for (int i = 0; i < 135; i++) {
        const double m = (double) imp_mask_values(mask)[i / 3];
        CHECK(fabs((double) imp_image_rgb(painted)[i]
                   - (m * (double) imp_image_rgb(photo)[i] + (1 - m) * (double) before[i]))
              < 3e-7);   /* three roundings of numbers about 1 */
    }
    imp_image_free(photo);
    imp_image_free(painted);
    imp_mask_free(mask);
}

static void test_blend_refusals(void)
{
    imp_image *a = picture(9, 5, false), *b = picture(5, 9, false);
    imp_mask *mask = wavy_mask(9, 5), *turned = wavy_mask(5, 9);

    CHECK_STATUS(imp_mask_blend(a, b, mask, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_blend(a, a, turned, &err), IMP_EINVAL);
    CHECK(strstr(err.message, "9 x 5") && strstr(err.message, "5 x 9"));
    imp_image_free(a);
    imp_image_free(b);
    imp_mask_free(mask);
    imp_mask_free(turned);
}

int main(void)
{
    CHECK_RUN(test_new);
    CHECK_RUN(test_full);
    CHECK_RUN(test_add);
    CHECK_RUN(test_empty);
    CHECK_RUN(test_fits);
    CHECK_RUN(test_from_grey);
    CHECK_RUN(test_from_colours_and_alpha);
    CHECK_RUN(test_from_colour);
    CHECK_RUN(test_reducing_keeps_the_mean);
    CHECK_RUN(test_reducing_is_the_mean_of_the_area);
    CHECK_RUN(test_enlarging_is_linear);
    CHECK_RUN(test_one_value_stays);
    CHECK_RUN(test_own_size_and_refusals);
    CHECK_RUN(test_blend);
    CHECK_RUN(test_blend_refusals);
    return check_done();
}
