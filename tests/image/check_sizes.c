/* check_sizes.c - sizes as text and what they make of a picture; what resizing and blending
 * keep. */
#include "check.h"

#include <impasto/image.h>

static imp_error err;

static void check_parse(const char *text, imp_size_mode mode, uint32_t width, uint32_t height,
                        const char *formatted)
{
    char back[IMP_SIZE_TEXT];
    imp_size size;

    CHECK_OK(imp_size_parse(&size, text, &err));
    CHECK(size.mode == mode && size.width == width && size.height == height);
    imp_size_format(back, &size);
    CHECK_TEXT(back, formatted);
}

static void test_parse(void)
{
    check_parse("keep", IMP_SIZE_KEEP, 0, 0, "keep");
    check_parse("512", IMP_SIZE_LONG, 512, 0, "long:512");
    check_parse("long:1", IMP_SIZE_LONG, 1, 0, "long:1");
    check_parse("short:1000000", IMP_SIZE_SHORT, 1000000, 0, "short:1000000");
    check_parse("640x480", IMP_SIZE_EXACT, 640, 480, "640x480");
    check_parse("0007x1000000", IMP_SIZE_EXACT, 7, 1000000, "7x1000000");
}

static void test_parse_refusals(void)
{
    static const char *const bad[] = {
        "", " ", "0", "-1", "+5", "512 ", " 512", "5.5", "1e3", "0x10", "x", "10x", "x10",
        "10x0", "0x0", "10x10x10", "10X10", "long:", "long:0", "long:10x10", "short:x",
        "short:-3", "tall:5", "KEEP", "keep ", "1000001", "4294967297", "512px", "\xff",
        "18446744073709551617", "99999999999999999999999999999999", "1x4294967297"
    };
    imp_size size;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_STATUS(imp_size_parse(&size, bad[i], &err), IMP_EINVAL);
        CHECK(strstr(err.message, bad[i]) && strstr(err.message, "\"640x480\"")
              && strstr(err.message, "1..1000000"));
    }
}

static void test_format_fits(void)
{
    const imp_size size = { IMP_SIZE_EXACT, UINT32_MAX, UINT32_MAX };
    char text[IMP_SIZE_TEXT];

    imp_size_format(text, &size);
    CHECK_TEXT(text, "4294967295x4294967295");
}

static void check_apply(const char *text, size_t w, size_t h, size_t want_w, size_t want_h)
{
    imp_size size;

    CHECK_OK(imp_size_parse(&size, text, &err));
    imp_size_apply(&size, &w, &h);
    if (w != want_w || h != want_h)
        check_fail(__FILE__, __LINE__, "%s gives %zu x %zu, not %zu x %zu", text, w, h, want_w,
                   want_h);
}

static void test_apply(void)
{
    check_apply("keep", 123, 45, 123, 45);
    check_apply("512", 5184, 3456, 512, 341);       /* 341.33 */
    check_apply("512", 3456, 5184, 341, 512);
    check_apply("512", 100, 100, 512, 512);
    check_apply("short:512", 640, 427, 767, 512);   /* 767.4 */
    check_apply("short:512", 427, 640, 512, 767);
    check_apply("short:300", 300, 300, 300, 300);
    check_apply("10", 4, 1, 10, 3);                 /* 2.5: halves go up */
    check_apply("10", 20, 3, 10, 2);                /* 1.5 */
    check_apply("20x7", 640, 480, 20, 7);
}

static void test_apply_extremes(void)
{
    check_apply("512", 1, 5000, 1, 512);            /* 0.1 */
    check_apply("512", 5000, 1, 512, 1);
    check_apply("1", 5000, 4000, 1, 1);
    check_apply("short:512", 1, 5000, 512, 2560000);
    check_apply("short:1", 65500, 1, 65500, 1);
    check_apply("1000000", 1, 1, 1000000, 1000000);
}

/* --- Pictures of another size ------------------------------------------------------------ */

static imp_image *picture(size_t w, size_t h, bool alpha)
{
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, alpha, &err) != IMP_OK
        || imp_image_set_settings(image, "{\"a\": 1}", &err) != IMP_OK)
        exit(1);
    for (size_t i = 0; i < 3 * w * h; i++)
        imp_image_rgb(image)[i] = (float) (i * 7 % 256) / 255.0f;
    imp_image_set_density(image, 300, 150);
    return image;
}

static void check_density(const imp_image *image, double x, double y)
{
    double got_x, got_y;

    imp_image_density(image, &got_x, &got_y);
    CHECK_CLOSE(got_x, x, 0);
    CHECK_CLOSE(got_y, y, 0);
}

static void test_resize_keeps(void)
{
    imp_image *image = picture(20, 10, true), *out;

    CHECK_OK(imp_image_resize(&out, image, 7, 9, IMP_FILTER_LANCZOS, true, &err));
    CHECK(imp_image_width(out) == 7 && imp_image_height(out) == 9 && imp_image_alpha(out));
    CHECK_TEXT(imp_image_settings(out), "{\"a\": 1}");
    check_density(out, 300, 150);
    CHECK(imp_image_alpha(out)[62] == 1.0f);
    imp_image_free(out);
    imp_image_free(image);
}

static void test_resize_to_its_own_size(void)
{
    imp_image *image = picture(20, 10, true), *out;

    CHECK_OK(imp_image_resize(&out, image, 20, 10, IMP_FILTER_BICUBIC, true, &err));
    CHECK(out != image
          && !memcmp(imp_image_rgb(out), imp_image_rgb(image), 600 * sizeof(float)));
    CHECK(!memcmp(imp_image_alpha(out), imp_image_alpha(image), 200 * sizeof(float)));
    imp_image_free(out);
    imp_image_free(image);
}

static void test_resize_refusals(void)
{
    imp_image *image = picture(20, 10, false), *out = image;

    CHECK_STATUS(imp_image_resize(&out, image, 0, 9, IMP_FILTER_BILINEAR, true, &err),
                 IMP_EINVAL);
    CHECK(!out);
    CHECK_STATUS(imp_image_resize(&out, image, 7, 0, IMP_FILTER_BILINEAR, true, &err),
                 IMP_EINVAL);
    CHECK_STATUS(imp_image_resize(&out, image, 7, 7, (imp_filter) 77, true, &err), IMP_EINVAL);
    CHECK_STATUS(
        imp_image_resize(&out, image, SIZE_MAX / 2, 9, IMP_FILTER_BILINEAR, true, &err),
        IMP_ENOMEM);
    CHECK_STATUS(
        imp_image_resize(&out, image, 1, SIZE_MAX / 8, IMP_FILTER_LANCZOS, true, &err),
        IMP_ENOMEM);
    CHECK(!out);
    imp_image_free(image);
}

/* A constant stays what it is, through both transfer functions: 1e-6 is a few roundings. */
static void test_resize_constant(void)
{
    for (int filter = 0; filter < 3; filter++)
        for (int v = 0; v < 256; v += 15) {
            const float value = (float) v / 255.0f;
            imp_image *image, *out;
            CHECK_OK(imp_image_new(&image, 40, 30, false, &err));
            for (int i = 0; i < 3600; i++) imp_image_rgb(image)[i] = value;
            CHECK_OK(imp_image_resize(&out, image, 17, 50, (imp_filter) filter, true, &err));
            for (int i = 0; i < 3 * 17 * 50; i++)
                CHECK(fabsf(imp_image_rgb(out)[i] - value) < 1e-6f);
            imp_image_free(image);
            imp_image_free(out);
        }
}

/* --- Blending ---------------------------------------------------------------------------- */

static void test_blend(void)
{
    imp_image *a = picture(8, 4, true), *b = picture(8, 4, false), *out;

    for (int i = 0; i < 96; i++) imp_image_rgb(b)[i] = (float) (i % 5) - 1.0f;
    imp_image_alpha(a)[3] = 0.25f;
    CHECK_OK(imp_image_blend(&out, a, 0.6, b, 0.4, &err));
    for (int i = 0; i < 96; i++)   /* within a rounding or two of the sum in double */
        CHECK(fabs(imp_image_rgb(out)[i]
                   - (0.6 * imp_image_rgb(a)[i] + 0.4 * imp_image_rgb(b)[i]))
              < 3e-7);
    CHECK(imp_image_alpha(out)[3] == 0.25f);
    CHECK(!imp_image_settings(out));
    check_density(out, 300, 150);
    imp_image_free(out);
    CHECK_OK(imp_image_blend(&out, b, 1, a, 0, &err));
    CHECK(!imp_image_alpha(out)
          && !memcmp(imp_image_rgb(out), imp_image_rgb(b), 96 * sizeof(float)));
    imp_image_free(out);
    imp_image_free(a);
    imp_image_free(b);
}

static void test_blend_refusals(void)
{
    imp_image *a = picture(8, 4, false), *b = picture(4, 8, false), *out = a;

    CHECK_STATUS(imp_image_blend(&out, a, 1, b, 1, &err), IMP_EINVAL);
    CHECK(!out && strstr(err.message, "8 x 4") && strstr(err.message, "4 x 8"));
    CHECK_STATUS(imp_image_blend(&out, a, (double) NAN, a, 1, &err), IMP_EINVAL);
    CHECK_STATUS(imp_image_blend(&out, a, 1, a, (double) INFINITY, &err), IMP_EINVAL);
    CHECK_STATUS(imp_image_blend(&out, a, 1e300, a, 1, &err), IMP_EINVAL);
    imp_image_free(a);
    imp_image_free(b);
}

int main(void)
{
    CHECK_RUN(test_parse);
    CHECK_RUN(test_parse_refusals);
    CHECK_RUN(test_format_fits);
    CHECK_RUN(test_apply);
    CHECK_RUN(test_apply_extremes);
    CHECK_RUN(test_resize_keeps);
    CHECK_RUN(test_resize_to_its_own_size);
    CHECK_RUN(test_resize_refusals);
    CHECK_RUN(test_resize_constant);
    CHECK_RUN(test_blend);
    CHECK_RUN(test_blend_refusals);
    return check_done();
}
