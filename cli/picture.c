/* picture.c - see picture.h. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

imp_image_limits picture_limits(const options *o)
{
    imp_image_limits limits;

    imp_image_limits_init(&limits);
    if (o->max_pixels) limits.max_pixels = o->max_pixels;
    if (o->max_side) limits.max_side = (uint32_t) o->max_side;
    if (o->max_bytes) limits.max_bytes = o->max_bytes;
    return limits;
}

int picture_load(imp_image **out, const char *path, const options *o)
{
    const imp_image_limits limits = picture_limits(o);
    imp_error err;

    return imp_image_load(out, path, &limits, &err) ? complain_error(&err, PHASE_INPUT)
                                                    : STATUS_OK;
}

static imp_format format_of(const char *word)
{
    switch (*word) {
    case 'j': return IMP_FORMAT_JPEG;
    case 'w': return IMP_FORMAT_WEBP;
    case 't': return IMP_FORMAT_TIFF;
    default: return IMP_FORMAT_PNG;
    }
}

int picture_can_save(imp_save_params *save, const char *path, const options *o)
{
    imp_error err;

    imp_save_params_init(save);
    if (o->format) save->format = format_of(o->format);
    if (o->depth) save->depth = atoi(o->depth);
    if (o->quality) save->quality = (int) o->quality;
    return imp_image_can_save(path, save, &err) ? complain_error(&err, PHASE_OUTPUT)
                                                : STATUS_OK;
}

int picture_save(const imp_image *image, const char *path, const imp_save_params *save)
{
    imp_error err;

    return imp_image_save(image, path, save, &err) ? complain_error(&err, PHASE_OUTPUT)
                                                   : STATUS_OK;
}

/* Both names lead to one regular file, or are the same name. */
static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;

    if (!a || !b || !strcmp(a, "-") || !strcmp(b, "-")) return false;
    if (stat(a, &sa) || stat(b, &sb)) return !strcmp(a, b);
    return S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static int count_stdio(const char *const *path, int n)
{
    int count = 0;

    for (int i = 0; i < n; i++)
        count += path[i] && !strcmp(path[i], "-");
    return count;
}

int picture_check_files(const char *const *in, int n_in, const char *const *out, int n_out)
{
    for (int i = 0; i < n_out; i++)
        for (int k = 0; k < n_in; k++)
            if (same_file(out[i], in[k]))
                return complain(STATUS_USAGE, "%s: is an input and would be overwritten; "
                                "choose another name", out[i]);
    if (count_stdio(in, n_in) > 1)
        return complain(STATUS_USAGE, "\"-\": standard input can be read only once");
    if (count_stdio(out, n_out) && isatty(STDOUT_FILENO))
        return complain(STATUS_USAGE, "\"-\": standard output is a terminal; send it to a "
                        "file or a program");
    return STATUS_OK;
}
