/* cut.c - masks to paint with, from what was found. See impasto/segment.h. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "segment/segmenter.h"

/* How far off the edges are, as a share of the long side; how different colours are told
 * apart; how small a share of the picture is a speck. */
static const double radius = 0.015, contrast = 0.01, speck = 0.002;

static imp_status check_size(const imp_segmentation *found, const imp_image *image,
                             imp_error *err)
{
    if (imp_image_width(image) == found->width && imp_image_height(image) == found->height)
        return IMP_OK;
    return imp_fail(err, IMP_EINVAL, "a picture of %zu x %zu was looked at, not this one of "
                    "%zu x %zu", found->width, found->height, imp_image_width(image),
                    imp_image_height(image));
}

imp_status imp_segmentation_cut(imp_mask **out, const imp_segmentation *found,
                                const bool wanted[IMP_CLASSES], const imp_image *image,
                                imp_error *err)
{
    imp_mask *mask = NULL;
    imp_status status;

    *out = NULL;
    TRY(check_size(found, image, err));
    TRY(imp_segmentation_any(&mask, found, wanted, err));
    TRY(imp_mask_clean(mask, speck, err));
    TRY(imp_mask_refine(mask, image, radius, contrast, err));
    *out = mask;
    mask = NULL;

done:
    imp_mask_free(mask);
    return status;
}

/* Where the class is the likeliest it is inside, though it may be less likely than all others
 * together. */
static void follow_labels(imp_mask *mask, const uint8_t *labels, int class_number)
{
    const size_t n = imp_mask_width(mask) * imp_mask_height(mask);
    const float below = nextafterf(0.5f, 0);
    float *value = imp_mask_values(mask);

    for (size_t i = 0; i < n; i++)
        value[i] = labels[i] == class_number ? fmaxf(value[i], 0.5f) : fminf(value[i], below);
}

imp_status imp_segmentation_cut_at(imp_mask **out, int *class_number,
                                   const imp_segmentation *found, size_t x, size_t y,
                                   const imp_image *image, imp_error *err)
{
    const size_t w = found->width, h = found->height;
    uint8_t *labels = NULL;
    imp_mask *mask = NULL;
    imp_status status;

    *out = NULL;
    TRY(check_size(found, image, err));
    if (x >= w || y >= h)
        TRY(imp_fail(err, IMP_EINVAL, "the picture of %zu x %zu has no pixel at %zu, %zu", w,
                     h, x, y));
    if (!(labels = imp_alloc(w * h, 1)))
        TRY(imp_fail(err, IMP_ENOMEM, "no memory for the classes of %zu x %zu pixels", w, h));
    imp_segmentation_labels(found, labels);
    *class_number = labels[y * w + x];
    TRY(imp_segmentation_mask(&mask, found, *class_number, err));
    follow_labels(mask, labels, *class_number);
    TRY(imp_mask_leave_part(mask, x, y, err));
    TRY(imp_mask_refine(mask, image, radius, contrast, err));
    *out = mask;
    mask = NULL;

done:
    imp_mask_free(mask);
    imp_free(labels);
    return status;
}
