/* mask.c - masks in memory: making, asking, to and from pictures. See impasto/mask.h. */
#include "mask/mask.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"

imp_status imp_mask_new(imp_mask **out, size_t width, size_t height, imp_error *err)
{
    imp_mask *mask = NULL;
    size_t n = 0;

    *out = NULL;
    if (!width || !height)
        return imp_fail(err, IMP_EINVAL, "a mask of %zu x %zu has no pixels", width, height);
    if (imp_mul(&n, width, height) && (mask = imp_alloc(1, sizeof *mask)))
        *mask = (imp_mask) { width, height, imp_alloc(n, sizeof *mask->value) };
    if (!mask || !mask->value) {
        imp_mask_free(mask);
        return imp_fail(err, IMP_ENOMEM, "no memory for a mask of %zu x %zu", width, height);
    }
    *out = mask;
    return IMP_OK;
}

void imp_mask_free(imp_mask *mask)
{
    if (mask) imp_free(mask->value);
    imp_free(mask);
}

size_t imp_mask_width(const imp_mask *mask)
{
    return mask->width;
}

size_t imp_mask_height(const imp_mask *mask)
{
    return mask->height;
}

float *imp_mask_values(imp_mask *mask)
{
    return mask->value;
}

const float *imp_mask_values_const(const imp_mask *mask)
{
    return mask->value;
}

void imp_mask_add(imp_mask *mask, const imp_mask *more)
{
    const size_t n = mask->width * mask->height;

    for (size_t i = 0; i < n; i++) mask->value[i] = fminf(1, mask->value[i] + more->value[i]);
}

bool imp_mask_is_full(const imp_mask *mask)
{
    const size_t n = mask->width * mask->height;

    for (size_t i = 0; i < n; i++)
        if (mask->value[i] != 1.0f) return false;
    return true;
}

bool imp_mask_is_empty(const imp_mask *mask)
{
    const size_t n = mask->width * mask->height;
    size_t i = 0;

    while (i < n && mask->value[i] < 0.5f / 255) i++;
    return i == n;
}

bool imp_mask_fits(size_t mask_width, size_t mask_height, size_t width, size_t height)
{
    const double w = (double) mask_width, h = (double) mask_height;
    const double off = fabs(w * (double) height / (h * (double) width) - 1);

    return off <= fmax(0.02, 1 / fmin(w, h));
}

/* --- From and to pictures ---------------------------------------------------------------- */

/* Rec. 709's weights, written so that grey comes out as it went in. */
static float luma(const float *rgb, const float *unused)
{
    (void) unused;
    return rgb[1] + 0.2126f * (rgb[0] - rgb[1]) + 0.0722f * (rgb[2] - rgb[1]);
}

static float likeness(const float *rgb, const float *colour)
{
    const float near = 24.0f / 255.0f, far = 72.0f / 255.0f;
    float distance = 0;

    for (int c = 0; c < 3; c++) distance = fmaxf(distance, fabsf(rgb[c] - colour[c]));
    return (far - distance) / (far - near);
}

/* A mask of what `value` says of each pixel. */
static imp_status make(imp_mask **out, const imp_image *image,
                       float (*value)(const float *rgb, const float *colour),
                       const float *colour, imp_error *err)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image), *alpha = imp_image_alpha_const(image);
    const imp_status status
        = imp_mask_new(out, imp_image_width(image), imp_image_height(image), err);

    if (status != IMP_OK) return status;
    for (size_t i = 0; i < n; i++)
        (*out)->value[i] = imp_unit(value(rgb + 3 * i, colour))
                           * (alpha ? imp_unit(alpha[i]) : 1.0f);
    return IMP_OK;
}

imp_status imp_mask_from_image(imp_mask **out, const imp_image *image, imp_error *err)
{
    return make(out, image, luma, NULL, err);
}

imp_status imp_mask_from_colour(imp_mask **out, const imp_image *image, const float rgb[3],
                                imp_error *err)
{
    return make(out, image, likeness, rgb, err);
}

imp_status imp_mask_image(imp_image **out, const imp_mask *mask, imp_error *err)
{
    const size_t n = mask->width * mask->height;
    const imp_status status = imp_image_new(out, mask->width, mask->height, false, err);

    if (status != IMP_OK) return status;
    for (size_t i = 0; i < 3 * n; i++) imp_image_rgb(*out)[i] = mask->value[i / 3];
    return IMP_OK;
}

imp_status imp_mask_blend(imp_image *painted, const imp_image *photo, const imp_mask *mask,
                          imp_error *err)
{
    const size_t w = imp_image_width(painted), h = imp_image_height(painted);
    const float *from = imp_image_rgb_const(photo);
    float *to = imp_image_rgb(painted);

    if (imp_image_width(photo) != w || imp_image_height(photo) != h || mask->width != w
        || mask->height != h)
        return imp_fail(err, IMP_EINVAL,
                        "a picture of %zu x %zu, a photograph of %zu x %zu and a mask of "
                        "%zu x %zu cannot be blended: resize them",
                        w, h, imp_image_width(photo), imp_image_height(photo), mask->width,
                        mask->height);
    for (size_t i = 0; i < 3 * w * h; i++) {
        const float m = mask->value[i / 3];
        to[i] = m == 1.0f ? from[i] : to[i] + m * (from[i] - to[i]);
    }
    return IMP_OK;
}
