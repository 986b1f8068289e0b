/* picture.c - see picture.h. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

bool picture_exists(const char *path)
{
    struct stat st;

    return !strcmp(path, "-") || !stat(path, &st);
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
