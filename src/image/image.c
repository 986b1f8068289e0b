/* image.c - pictures in memory: making, asking, attaching. See impasto/image.h. */
#include "image/image.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void imp_image_limits_init(imp_image_limits *limits)
{
    *limits = (imp_image_limits) {
        .max_pixels = 400000000,
        .max_side = 65500,
        .max_bytes = (uint64_t) 2 << 30
    };
}

imp_status
imp_image_new(imp_image **out, size_t width, size_t height, bool with_alpha, imp_error *err)
{
    imp_image *image = NULL;
    size_t pixels = 0;

    *out = NULL;
    if (!width || !height)
        return imp_fail(err, IMP_EINVAL, "a picture of %zu x %zu has no pixels", width,
                        height);
    if (imp_mul(&pixels, width, height) && (image = imp_alloc(1, sizeof *image))) {
        *image = (imp_image) { .width = width, .height = height, .depth = 8 };
        image->rgb = imp_alloc(pixels, 3 * sizeof *image->rgb);
        image->alpha = with_alpha ? imp_alloc(pixels, sizeof *image->alpha) : NULL;
    }
    if (!image || !image->rgb || (with_alpha && !image->alpha)) {
        imp_image_free(image);
        return imp_fail(err, IMP_ENOMEM, "no memory for a picture of %zu x %zu", width,
                        height);
    }
    for (size_t i = 0; with_alpha && i < pixels; i++) image->alpha[i] = 1.0f;
    *out = image;
    return IMP_OK;
}

imp_status imp_image_new_like(imp_image **out, const imp_image *from, size_t width,
                              size_t height, imp_error *err)
{
    imp_image *image;
    imp_status status;

    *out = NULL;
    if ((status = imp_image_new(&image, width, height, from->alpha, err)) != IMP_OK)
        return status;
    image->depth = from->depth;
    image->density_x = from->density_x;
    image->density_y = from->density_y;
    if ((status = imp_image_set_settings(image, from->settings, err)) == IMP_OK) *out = image;
    else imp_image_free(image);
    return status;
}

imp_status imp_image_copy(imp_image **out, const imp_image *from, imp_error *err)
{
    const size_t pixels = from->width * from->height;
    const imp_status status = imp_image_new_like(out, from, from->width, from->height, err);

    if (status != IMP_OK) return status;
    memcpy((*out)->rgb, from->rgb, pixels * 3 * sizeof *from->rgb);
    if (from->alpha) memcpy((*out)->alpha, from->alpha, pixels * sizeof *from->alpha);
    return IMP_OK;
}

void imp_image_free(imp_image *image)
{
    if (!image) return;
    imp_free(image->rgb);
    imp_free(image->alpha);
    imp_free(image->settings);
    imp_free(image);
}

void imp_data_free(void *data)
{
    imp_free(data);
}

size_t imp_image_width(const imp_image *image)
{
    return image->width;
}

size_t imp_image_height(const imp_image *image)
{
    return image->height;
}

float *imp_image_rgb(imp_image *image)
{
    return image->rgb;
}

const float *imp_image_rgb_const(const imp_image *image)
{
    return image->rgb;
}

float *imp_image_alpha(imp_image *image)
{
    return image->alpha;
}

const float *imp_image_alpha_const(const imp_image *image)
{
    return image->alpha;
}

int imp_image_depth(const imp_image *image)
{
    return image->depth;
}

void imp_image_set_depth(imp_image *image, int bits)
{
    image->depth = bits;
}

void imp_image_density(const imp_image *image, double *x, double *y)
{
    *x = image->density_x;
    *y = image->density_y;
}

void imp_image_set_density(imp_image *image, double x, double y)
{
    image->density_x = x;
    image->density_y = y;
}

const char *imp_image_settings(const imp_image *image)
{
    return image->settings;
}

imp_status imp_image_set_settings(imp_image *image, const char *json, imp_error *err)
{
    char *copy = json ? imp_strdup(json) : NULL;

    if (json && !copy)
        return imp_fail(err, IMP_ENOMEM, "no memory for settings of %zu bytes", strlen(json));
    imp_free(image->settings);
    image->settings = copy;
    return IMP_OK;
}

imp_status imp_image_copy_alpha(imp_image *image, const imp_image *from, imp_error *err)
{
    const bool fits = from->width == image->width && from->height == image->height;
    imp_image *sized = NULL;
    float *alpha = NULL;
    imp_status status = IMP_OK;

    if (from->alpha && fits) {
        const size_t pixels = image->width * image->height;
        if (!(alpha = imp_alloc(pixels, sizeof *alpha)))
            return imp_fail(err, IMP_ENOMEM, "no memory for the alpha of %zu pixels", pixels);
        memcpy(alpha, from->alpha, pixels * sizeof *alpha);
    } else if (from->alpha) {
        status = imp_image_resize(&sized, from, image->width, image->height,
                                  IMP_FILTER_BILINEAR, false, err);
        if (status != IMP_OK) return status;
        alpha = sized->alpha;
        sized->alpha = NULL;
        imp_image_free(sized);
    }
    imp_free(image->alpha);
    image->alpha = alpha;
    return IMP_OK;
}
