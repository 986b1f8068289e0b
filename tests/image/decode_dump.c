/* decode_dump.c - reads pictures for check_read.py. A line on standard input names one ("PATH"
 * or "PATH<tab>OUTPUT"); a line on standard output says what came of it: "ok W H DEPTH ALPHA
 * DX DY SETTINGS", and OUTPUT then holds R, G, B and perhaps alpha of each pixel as floats; or
 * "STATUS MESSAGE". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <impasto/image.h>

static int write_pixels(const imp_image *image, const char *path)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image), *alpha = imp_image_alpha_const(image);
    FILE *f = fopen(path, "wb");
    int ok = f != NULL;

    for (size_t i = 0; ok && i < n; i++) {
        ok = fwrite(rgb + 3 * i, sizeof *rgb, 3, f) == 3;
        if (ok && alpha) ok = fwrite(alpha + i, sizeof *alpha, 1, f) == 1;
    }
    if (f && fclose(f)) ok = 0;
    return ok;
}

static int read_one(const char *path, const char *output, const imp_image_limits *limits)
{
    imp_image *image;
    imp_error err;
    double x, y;
    int ok = 1;

    if (imp_image_load(&image, path, limits, &err) != IMP_OK) {
        printf("%d %s\n", err.status, err.message);
    } else {
        imp_image_density(image, &x, &y);
        printf("ok %zu %zu %d %d %.9g %.9g %s\n", imp_image_width(image),
               imp_image_height(image), imp_image_depth(image),
               imp_image_alpha_const(image) != NULL, x, y,
               imp_image_settings(image) ? imp_image_settings(image) : "");
        if (output) ok = write_pixels(image, output);
        imp_image_free(image);
    }
    fflush(stdout);
    return ok;
}

/* Arguments: max-pixels max-side max-bytes, where a test wants other limits than the defaults;
 * or "-" alone, to read one picture from standard input itself. */
int main(int argc, char **argv)
{
    imp_image_limits limits;
    char line[4096], *tab;

    imp_image_limits_init(&limits);
    if (argc == 2) return !read_one(argv[1], NULL, &limits);
    if (argc == 4) {
        limits.max_pixels = strtoull(argv[1], NULL, 10);
        limits.max_side = (uint32_t) strtoul(argv[2], NULL, 10);
        limits.max_bytes = strtoull(argv[3], NULL, 10);
    }
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if ((tab = strchr(line, '\t'))) *tab++ = '\0';
        if (!read_one(line, tab, &limits)) return 1;
    }
    return 0;
}
