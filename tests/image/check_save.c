/* check_save.c - writing pictures: round trips through our own reader, the same bytes each
 * time, and destinations and parameters that are refused, with nothing left behind. */
#include "check.h"

#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <impasto/image.h>

#include "base/file.h"
#include "config.h"

static imp_error err;
static char folder[] = "/tmp/impasto-save.XXXXXX";

static const char json[] = "{\"preset\": \"default\", \"note\": \"caf\xc3\xa9 \\\"x\\\"\"}";

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int count_files(void)
{
    DIR *dir = opendir(folder);
    int n = 0;

    while (dir && readdir(dir)) n++;
    if (dir) closedir(dir);
    return n - 2;
}

/* Slopes with some texture: what lossy formats are made for. Whole steps of 1/maximum. */
static imp_image *picture(size_t w, size_t h, bool alpha, int maximum)
{
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, alpha, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < w * h; i++) {
        const double x = (double) (i % w) / (double) w, y = (double) (i / w) / (double) h;
        const double v[4] = { x, y, 0.5 + 0.4 * sin(9 * x) * cos(7 * y), 1 - x * y };
        for (int c = 0; c < 3; c++)
            imp_image_rgb(image)[3 * i + (size_t) c] =
                (float) (floor(v[c] * maximum) / maximum);
        if (alpha) imp_image_alpha(image)[i] = (float) (floor(v[3] * maximum) / maximum);
    }
    return image;
}

static double psnr(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    return sum > 0 ? -10 * log10(sum / (double) n) : INFINITY;
}

static bool is_built(imp_format format)
{
    return (format != IMP_FORMAT_WEBP || IMP_HAVE_WEBP)
           && (format != IMP_FORMAT_TIFF || IMP_HAVE_TIFF);
}

/* --- Through our own reader -------------------------------------------------------------- */

typedef struct trip {
    imp_format format;
    int depth, quality;
    double least_psnr;           /* of colours; INFINITY: equal */
} trip;

/* Lossless ones come back to the bit up to the readers' division in float: 140 dB is an error
 * of 1e-7, far below the 1/65535 (96 dB) of a 16-bit step. JPEG and WebP at quality 95 give
 * some 45 dB on such slopes, and WebP, which halves the colour planes, a little less; a wrong
 * channel or matrix gives < 25. */
static const trip trips[] = {
    { IMP_FORMAT_PNG, 8, 95, 140 },
    { IMP_FORMAT_PNG, 16, 95, 140 },
    { IMP_FORMAT_TIFF, 8, 95, 140 },
    { IMP_FORMAT_TIFF, 16, 95, 140 },
    { IMP_FORMAT_WEBP, 8, 100, 140 },
    { IMP_FORMAT_WEBP, 8, 95, 38 },
    { IMP_FORMAT_JPEG, 8, 95, 42 }
};

static void check_metadata(const imp_image *image, const trip *t)
{
    double x, y;

    imp_image_density(image, &x, &y);
    CHECK_CLOSE(x, 300, 1e-4);       /* PNG counts pixels per metre in whole numbers */
    CHECK_CLOSE(y, 150.5, 1e-4);
    CHECK_TEXT(imp_image_settings(image), json);
    CHECK(imp_image_depth(image) == t->depth);
}

static void check_trip(const trip *t, bool alpha)
{
    const imp_save_params params = { t->format, t->depth, t->quality };
    const size_t n = 61 * 47;
    imp_image *image = picture(61, 47, alpha, t->depth == 16 ? 65535 : 255), *back;
    void *data;
    size_t len;

    imp_image_set_density(image, 300, 150.5);
    CHECK_OK(imp_image_set_settings(image, json, &err));
    CHECK_OK(imp_image_encode(&data, &len, image, &params, &err));
    CHECK_OK(imp_image_decode(&back, data, len, "back", NULL, &err));
    CHECK(imp_image_width(back) == 61 && imp_image_height(back) == 47);
    CHECK(!imp_image_alpha(back) == !alpha);
    CHECK(psnr(imp_image_rgb(image), imp_image_rgb(back), 3 * n) >= t->least_psnr);
    if (alpha) CHECK(psnr(imp_image_alpha(image), imp_image_alpha(back), n) >= 140);
    check_metadata(back, t);
    imp_image_free(back);
    imp_image_free(image);
    imp_data_free(data);
}

static void test_round_trips(void)
{
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        if (!is_built(trips[i].format)) continue;
        check_trip(&trips[i], false);
        if (trips[i].format != IMP_FORMAT_JPEG) check_trip(&trips[i], true);
        if (check_failures) printf("# in case %zu\n", i);
    }
}

/* PNG of one channel where there are no colours; it comes back as it went. */
static void test_grey(void)
{
    enum { WIDTH = 5, COLOUR_TYPE = 25 };   /* the byte of a PNG that tells its channels */
    imp_image *image = NULL, *back = NULL;
    float *rgb;

    CHECK_OK(imp_image_new(&image, WIDTH, 1, false, &err));
    rgb = imp_image_rgb(image);
    for (size_t i = 0; i < 3 * (size_t) WIDTH; i++) rgb[i] = (float) (i / 3) / (WIDTH - 1);
    for (int pass = 0; pass < 4; pass++) {
        const int depth = pass % 2 ? 16 : 8, most = depth == 8 ? 255 : 65535;
        void *data = NULL;
        size_t len = 0;
        if (pass == 2) rgb[7] = 1;
        CHECK_OK(imp_image_encode(&data, &len, image, &(imp_save_params) {
            IMP_FORMAT_PNG, depth, 95 }, &err));
        CHECK(((unsigned char *) data)[COLOUR_TYPE] == (pass < 2 ? 0 : 2));
        CHECK_OK(imp_image_decode(&back, data, len, "grey", NULL, &err));
        for (size_t i = 0; i < 3 * (size_t) WIDTH; i++)   /* a step is rounded to half of it */
            CHECK(fabsf(imp_image_rgb(back)[i] - rgb[i]) <= 0.51f / (float) most);
        imp_image_free(back);
        imp_data_free(data);
    }
    imp_image_free(image);
}

static void test_nothing_known(void)
{
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        const imp_save_params params = { trips[i].format, trips[i].depth, trips[i].quality };
        imp_image *image = picture(3, 2, false, 255), *back;
        double x, y;
        void *data;
        size_t len;
        if (!is_built(trips[i].format)) continue;
        CHECK_OK(imp_image_encode(&data, &len, image, &params, &err));
        CHECK_OK(imp_image_decode(&back, data, len, "back", NULL, &err));
        imp_image_density(back, &x, &y);
        CHECK(x == 0 && y == 0 && !imp_image_settings(back));
        imp_image_free(back);
        imp_image_free(image);
        imp_data_free(data);
    }
}

static void test_same_bytes(void)
{
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        const imp_save_params params = { trips[i].format, trips[i].depth, trips[i].quality };
        imp_image *image = picture(200, 150, true, 255);
        void *a, *b;
        size_t a_len, b_len;
        if (!is_built(trips[i].format)) continue;
        CHECK_OK(imp_image_encode(&a, &a_len, image, &params, &err));
        if (i == 0) sleep(1);   /* a time of writing would show */
        CHECK_OK(imp_image_encode(&b, &b_len, image, &params, &err));
        CHECK(a_len == b_len && !memcmp(a, b, a_len));
        imp_image_free(image);
        imp_data_free(a);
        imp_data_free(b);
    }
}

/* --- Parameters that do not fit ---------------------------------------------------------- */

static void check_refused(const char *path, imp_save_params params, imp_status status,
                          const char *why)
{
    imp_image *image = picture(3, 2, false, 255);

    CHECK_STATUS(imp_image_save(image, path, &params, &err), status);
    CHECK(!strncmp(err.message, path, strlen(path)) && strstr(err.message, why));
    err.message[0] = '\0';
    CHECK_STATUS(imp_image_can_save(path, &params, &err), status);
    CHECK(!strncmp(err.message, path, strlen(path)) && strstr(err.message, why));
    imp_image_free(image);
}

static void test_parameters_refused(void)
{
    static const struct {
        const char *name;
        imp_save_params params;
        const char *why;
    } bad[] = {
        { "a", { 0, 0, 95 }, "expected .jpg, .jpeg, .png" },
        { "a.gif", { 0, 0, 95 }, ".webp, .tif or .tiff" },
        { "a.png/b", { 0, 0, 95 }, "ending" },
        { "a.png", { (imp_format) 9, 0, 95 }, "format 9" },
        { "a.png", { 0, 12, 95 }, "8 or 16" },
        { "a.png", { 0, 0, 0 }, "1..100" },
        { "a.png", { 0, 0, 101 }, "1..100" },
        { "a.jpg", { 0, 16, 95 }, "PNG or TIFF" },
        { "a.png", { IMP_FORMAT_JPEG, 16, 95 }, "JPEG holds 8" },
    };
    const int files = count_files();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refused(in_folder(bad[i].name), bad[i].params, IMP_EINVAL, bad[i].why);
    check_refused("", (imp_save_params) { 0, 0, 95 }, IMP_EINVAL, "ending");
    CHECK(count_files() == files);
}

static void test_parts_left_out(void)
{
    const imp_save_params plain = { 0, 0, 95 }, deep = { 0, 16, 95 };

    if (IMP_HAVE_WEBP) check_refused(in_folder("a.webp"), deep, IMP_EINVAL, "PNG or TIFF");
    else check_refused(in_folder("a.webp"), plain, IMP_EUNSUPPORTED, "left out");
    if (!IMP_HAVE_TIFF) check_refused(in_folder("a.tif"), plain, IMP_EUNSUPPORTED, "left out");
}

static void test_encode_needs_a_format(void)
{
    imp_image *image = picture(3, 2, false, 255);
    imp_save_params params;
    void *data = image;
    size_t len;

    imp_save_params_init(&params);
    CHECK(params.format == IMP_FORMAT_AUTO && params.depth == 0 && params.quality == 95);
    CHECK_STATUS(imp_image_encode(&data, &len, image, &params, &err), IMP_EINVAL);
    CHECK(!data);
    imp_image_free(image);
}

static void check_too_long(const char *name, size_t w, size_t h, const char *limit)
{
    imp_image *image;

    CHECK_OK(imp_image_new(&image, w, h, false, &err));
    CHECK_STATUS(imp_image_save(image, in_folder(name), NULL, &err), IMP_ELIMIT);
    CHECK(strstr(err.message, limit) && strstr(err.message, "save as PNG"));
    imp_image_free(image);
}

static void test_sides_too_long(void)
{
    check_too_long("long.jpg", 65501, 1, "up to 65500");
    check_too_long("long.jpg", 1, 65501, "1 x 65501");
    if (IMP_HAVE_WEBP) check_too_long("long.webp", 1, 16384, "up to 16383");
}

static void test_longest_sides(void)
{
    static const char *const name[] = {
        "a.jpg", "b.jpg", "a.webp", "b.webp", "a.png", "a.tif"
    };
    static const size_t size[][2] = { { 65500, 1 }, { 1, 65500 }, { 16383, 1 },
                                      { 1, 16383 }, { 65500, 1 }, { 1, 65500 } };

    for (size_t i = 0; i < 6; i++) {
        imp_image *image, *back;
        if ((!IMP_HAVE_WEBP && strstr(name[i], "webp"))
            || (!IMP_HAVE_TIFF && strstr(name[i], "tif")))
            continue;
        CHECK_OK(imp_image_new(&image, size[i][0], size[i][1], false, &err));
        CHECK_OK(imp_image_save(image, in_folder(name[i]), NULL, &err));
        CHECK_OK(imp_image_load(&back, in_folder(name[i]), NULL, &err));
        CHECK(imp_image_width(back) == size[i][0] && imp_image_height(back) == size[i][1]);
        imp_image_free(image);
        imp_image_free(back);
        unlink(in_folder(name[i]));
    }
}

static void test_long_settings(void)
{
    imp_image *image = picture(3, 2, false, 255), *back;
    char *text = malloc(100001);

    memset(text, ' ', 100000);
    text[0] = '{';
    text[99999] = '}';
    text[100000] = '\0';
    CHECK_OK(imp_image_set_settings(image, text, &err));
    CHECK_STATUS(imp_image_save(image, in_folder("s.jpg"), NULL, &err), IMP_ELIMIT);
    CHECK(strstr(err.message, "65533") && strstr(err.message, "save as PNG"));
    CHECK_OK(imp_image_save(image, in_folder("s.png"), NULL, &err));
    CHECK_OK(imp_image_load(&back, in_folder("s.png"), NULL, &err));
    CHECK(imp_image_settings(back) && !strcmp(imp_image_settings(back), text));
    unlink(in_folder("s.png"));
    imp_image_free(back);
    imp_image_free(image);
    free(text);
}

/* --- Numbered colours -------------------------------------------------------------------- */

/* The colours, through our own reader; that others read the numbers: tests/cli/segment.py. */
static void test_palette(void)
{
    static const uint8_t colours[3][3] = { { 0, 0, 0 }, { 200, 17, 3 }, { 1, 2, 255 } };
    static const uint8_t index[6] = { 0, 1, 2, 2, 1, 1 };
    imp_image *back;

    CHECK_OK(imp_palette_save(in_folder("p.x"), index, 3, 2, colours, 3, &err));
    CHECK_OK(imp_image_load(&back, in_folder("p.x"), NULL, &err));
    CHECK(imp_image_width(back) == 3 && imp_image_height(back) == 2);
    for (int i = 0; i < 18; i++)
        CHECK(imp_image_rgb(back)[i] == (float) colours[index[i / 3]][i % 3] / 255.0f);
    imp_image_free(back);
    unlink(in_folder("p.x"));
}

static void test_palette_refused(void)
{
    static const uint8_t colours[IMP_PALETTE_MOST + 1][3] = { { 0 } }, index[6] = { 0 };
    static const struct { const char *name; size_t w, h, n; imp_status status; } bad[] = {
        { "p.png", 3, 2, 0, IMP_EINVAL },
        { "p.png", 3, 2, IMP_PALETTE_MOST + 1, IMP_EINVAL },
        { "p.png", 0, 2, 1, IMP_ELIMIT },
        { "p.png", 3, 0, 1, IMP_ELIMIT },
        { "p.png", (size_t) INT32_MAX + 1, 1, 1, IMP_ELIMIT },
        { "no/such.png", 3, 2, 1, IMP_EIO },
    };
    const int files = count_files();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *path = in_folder(bad[i].name);
        CHECK_STATUS(imp_palette_save(path, index, bad[i].w, bad[i].h, colours, bad[i].n,
                                      &err), bad[i].status);
        CHECK(!strncmp(err.message, path, strlen(path)));
    }
    CHECK_OK(imp_palette_save(in_folder("p.png"), index, 3, 2, colours, IMP_PALETTE_MOST,
                              &err));
    unlink(in_folder("p.png"));
    CHECK(count_files() == files);
}

/* --- Destinations ------------------------------------------------------------------------ */

static const imp_save_params png = { IMP_FORMAT_PNG, 8, 95 };

static void test_destinations_refused(void)
{
    char long_name[300] = "";
    const int files = count_files();

    check_refused(in_folder("no/such.png"), png, IMP_EIO, "the folder");
    check_refused(folder, png, IMP_EIO, "is a folder");
    CHECK_OK(imp_file_write(in_folder("file"), "x", 1, &err));
    check_refused(in_folder("file/a.png"), png, IMP_EIO, "is not a folder");
    memset(long_name, 'a', 252);   /* fits, but not with the ending of the temporary file */
    check_refused(in_folder(long_name), png, IMP_EIO, "too long");
    unlink(in_folder("file"));
    CHECK(count_files() == files);
}

static void test_full_device(void)
{
    imp_image *image = picture(300, 200, false, 255);

    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        const imp_save_params params = { trips[i].format, trips[i].depth, trips[i].quality };
        if (!is_built(params.format)) continue;
        CHECK_STATUS(imp_image_save(image, "/dev/full", &params, &err), IMP_EIO);
        CHECK_TEXT(err.message, "/dev/full: cannot be written: No space left on device");
    }
    imp_image_free(image);
}

/* Run as nobody: to root, nothing is read-only. The exit status has a bit per surprise. */
static int try_as_nobody(const imp_image *image)
{
    int wrong = 0;

    if (geteuid() == 0 && (setgid(65534) || setuid(65534))) return 64;
    if (imp_image_save(image, in_folder("locked/kept.png"), &png, &err) != IMP_EIO) wrong |= 1;
    if (imp_image_can_save(in_folder("locked/kept.png"), &png, &err) != IMP_EIO) wrong |= 2;
    if (imp_image_save(image, in_folder("closed/new.png"), &png, &err) != IMP_EIO) wrong |= 4;
    if (imp_image_can_save(in_folder("closed/new.png"), &png, &err) != IMP_EIO) wrong |= 8;
    if (!strstr(err.message, "new.png: cannot be written: Permission denied")) wrong |= 16;
    return wrong;
}

static void test_permissions(void)
{
    imp_image *image = picture(3, 2, false, 255);
    int result = 0;
    pid_t child;
    char *kept;
    size_t len;

    CHECK(!chmod(folder, 0755) && !mkdir(in_folder("locked"), 0777)
          && !chmod(in_folder("locked"), 0777));
    CHECK(!mkdir(in_folder("closed"), 0555));
    CHECK_OK(imp_file_write(in_folder("locked/kept.png"), "kept", 4, &err));
    CHECK(!chmod(in_folder("locked/kept.png"), 0444));
    if ((child = fork()) == 0) _exit(try_as_nobody(image));
    CHECK(child > 0 && waitpid(child, &result, 0) == child && WIFEXITED(result));
    CHECK_OK(imp_file_read(&kept, &len, in_folder("locked/kept.png"), 100, &err));
    CHECK_TEXT(kept, "kept");
    imp_data_free(kept);
    imp_image_free(image);
    CHECK(!unlink(in_folder("locked/kept.png")) && !rmdir(in_folder("locked"))
          && !rmdir(in_folder("closed")));
    if (WEXITSTATUS(result) == 64) CHECK_SKIP("root here cannot become nobody");
    CHECK(WEXITSTATUS(result) == 0);
}

static void test_endings(void)
{
    static const char *const name[] = { "a.JPG", "a.jpeg", "a.Png",  "a.webp",
                                        "a.tif", "a.TIFF", "b.c.png" };
    static const unsigned char magic[] = { 0xff, 0xff, 0x89, 'R', 'I', 'I', 0x89 };
    imp_image *image = picture(3, 2, false, 255);

    for (size_t i = 0; i < sizeof magic; i++) {
        char *data;
        size_t len;
        if ((!IMP_HAVE_WEBP && magic[i] == 'R') || (!IMP_HAVE_TIFF && magic[i] == 'I'))
            continue;
        CHECK_OK(imp_image_can_save(in_folder(name[i]), NULL, &err));
        CHECK(access(in_folder(name[i]), F_OK) != 0);
        CHECK_OK(imp_image_save(image, in_folder(name[i]), NULL, &err));
        CHECK_OK(imp_image_can_save(in_folder(name[i]), NULL, &err));
        CHECK_OK(imp_file_read(&data, &len, in_folder(name[i]), 1 << 20, &err));
        CHECK((unsigned char) data[0] == magic[i]);
        imp_data_free(data);
        unlink(in_folder(name[i]));
    }
    CHECK_OK(imp_image_can_save("-", NULL, &err));
    CHECK_OK(imp_image_can_save("here.png", NULL, &err));   /* in the working folder */
    imp_image_free(image);
}

static void test_nothing_left_behind(void)
{
    CHECK(!rmdir(folder));   /* only an empty one goes */
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    CHECK_RUN(test_round_trips);
    CHECK_RUN(test_grey);
    CHECK_RUN(test_nothing_known);
    CHECK_RUN(test_same_bytes);
    CHECK_RUN(test_parameters_refused);
    CHECK_RUN(test_parts_left_out);
    CHECK_RUN(test_encode_needs_a_format);
    CHECK_RUN(test_sides_too_long);
    CHECK_RUN(test_longest_sides);
    CHECK_RUN(test_long_settings);
    CHECK_RUN(test_palette);
    CHECK_RUN(test_palette_refused);
    CHECK_RUN(test_destinations_refused);
    CHECK_RUN(test_full_device);
    CHECK_RUN(test_permissions);
    CHECK_RUN(test_endings);
    CHECK_RUN(test_nothing_left_behind);
    return check_done();
}
