/* picture_tool.c - resizing and saving for the tests in Python: pixels come as raw floats on
 * standard input (all R, G, B, then all of alpha), and go out likewise.
 *
 *     picture_tool resize WIDTH HEIGHT ALPHA NEW_WIDTH NEW_HEIGHT FILTER LINEAR
 *     picture_tool save WIDTH HEIGHT ALPHA PPI_X PPI_Y PATH FORMAT DEPTH QUALITY [SETTINGS]
 *
 * Errors go to standard error as "STATUS: message", and the exit status is 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <impasto/image.h>

static imp_error err;

static size_t number(const char *text)
{
    return strtoul(text, NULL, 10);
}

static bool read_picture(imp_image **image, char **arg)
{
    const size_t w = number(arg[0]), h = number(arg[1]);
    const bool alpha = number(arg[2]);

    return imp_image_new(image, w, h, alpha, &err) == IMP_OK
           && fread(imp_image_rgb(*image), 3 * sizeof(float), w * h, stdin) == w * h
           && (!alpha || fread(imp_image_alpha(*image), sizeof(float), w * h, stdin) == w * h);
}

static imp_status resize(const imp_image *image, char **arg)
{
    imp_image *out;
    const imp_status status =
        imp_image_resize(&out, image, number(arg[0]), number(arg[1]),
                         (imp_filter) number(arg[2]), number(arg[3]), &err);

    if (status == IMP_OK) {
        const size_t n = imp_image_width(out) * imp_image_height(out);
        fwrite(imp_image_rgb(out), 3 * sizeof(float), n, stdout);
        if (imp_image_alpha(out)) fwrite(imp_image_alpha(out), sizeof(float), n, stdout);
        imp_image_free(out);
    }
    return status;
}

static imp_status save(imp_image *image, char **arg, const char *settings)
{
    const imp_save_params params = {
        (imp_format) number(arg[3]), (int) number(arg[4]), (int) number(arg[5])
    };

    imp_image_set_density(image, strtod(arg[0], NULL), strtod(arg[1], NULL));
    if (imp_image_set_settings(image, settings, &err) != IMP_OK) return IMP_ENOMEM;
    return imp_image_save(image, arg[2], &params, &err);
}

int main(int argc, char **argv)
{
    imp_image *image = NULL;
    imp_status status = IMP_EINVAL;

    if (argc == 9 && !strcmp(argv[1], "resize") && read_picture(&image, argv + 2))
        status = resize(image, argv + 5);
    else if (argc >= 11 && !strcmp(argv[1], "save") && read_picture(&image, argv + 2))
        status = save(image, argv + 5, argv[11]);
    if (status != IMP_OK) fprintf(stderr, "%s: %s\n", imp_status_name(status), err.message);
    imp_image_free(image);
    return status != IMP_OK;
}
