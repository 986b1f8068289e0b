/* show.c - see show.h. In the terminal each cell shows two pixels: the upper half block's
 * colour and the colour behind it. */
#include "show.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "desktop.h"
#include "report.h"

static bool open_viewer(const char *path)
{
    char absolute[PATH_MAX];

    return realpath(path, absolute) && desktop_open("IMPASTO_VIEWER", absolute);
}

/* A pixel in 0..255, laid over white. */
static void pixel(int out[3], const imp_image *image, size_t x, size_t y)
{
    const size_t at = y * imp_image_width(image) + x;
    const float *rgb = imp_image_rgb_const(image) + 3 * at;
    const float *alpha = imp_image_alpha_const(image);
    const float a = alpha ? alpha[at] : 1.0f;

    for (int k = 0; k < 3; k++)
        out[k] = (int) lrintf(255 * fminf(fmaxf(a * rgb[k] + 1 - a, 0), 1));
}

static void draw(const imp_image *image)
{
    const size_t width = imp_image_width(image), height = imp_image_height(image);
    int up[3], down[3];

    for (size_t y = 0; y < height; y += 2) {
        for (size_t x = 0; x < width; x++) {
            pixel(up, image, x, y);
            printf("\033[38;2;%d;%d;%dm", up[0], up[1], up[2]);
            if (y + 1 < height) {
                pixel(down, image, x, y + 1);
                printf("\033[48;2;%d;%d;%dm", down[0], down[1], down[2]);
            }
            fputs("\xe2\x96\x80", stdout);    /* U+2580, upper half block */
        }
        puts("\033[0m");
    }
    fflush(stdout);
}

/* As large as the terminal allows, with a line left for the prompt; never enlarged. */
static void draw_in_terminal(const imp_image *image)
{
    const double width = (double) imp_image_width(image),
                 height = (double) imp_image_height(image);
    struct winsize size = { .ws_col = 80, .ws_row = 24 };
    imp_image *small;
    imp_error err;
    double scale;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || size.ws_row < 2)
        size = (struct winsize) { .ws_col = 80, .ws_row = 24 };
    scale = fmin(1, fmin(size.ws_col / width, 2 * (size.ws_row - 1) / height));
    if (imp_image_resize(&small, image, (size_t) fmax(1, width * scale),
                         (size_t) fmax(1, height * scale), IMP_FILTER_BICUBIC, true, &err)) {
        warn("--show: %s", err.message);
        return;
    }
    draw(small);
    imp_image_free(small);
}

void show_picture(const imp_image *image, const char *path)
{
    const bool desktop = desktop_is_there();

    if (desktop && open_viewer(path)) return;
    if (isatty(STDOUT_FILENO)) draw_in_terminal(image);
    else if (desktop)
        warn("--show: neither $IMPASTO_VIEWER nor xdg-open opens %s; set IMPASTO_VIEWER to a "
             "viewer", path);
    else warn("--show: there is neither a desktop nor a terminal to show %s on", path);
}
