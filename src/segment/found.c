/* found.c - what was found, brought to the size of the picture: logits are bilinear between
 * the places that the network tells of, and probabilities and labels follow from them. */
#include <math.h>

#include "base/between.h"
#include "base/error.h"
#include "base/memory.h"
#include "segment/segmenter.h"

imp_status imp_segmentation_new(imp_segmentation **out, size_t width, size_t height, int h,
                                int w, imp_error *err)
{
    const size_t floats = (size_t) h * (size_t) w * IMP_CLASSES;
    imp_segmentation *found = imp_alloc(1, sizeof *found);
    float *logits = imp_alloc(floats, sizeof *logits);

    *out = NULL;
    if (!found || !logits) {
        imp_free(found);
        imp_free(logits);
        return imp_fail(err, IMP_ENOMEM, "no memory for what the network found");
    }
    *found = (imp_segmentation) { width, height, h, w, logits };
    *out = found;
    return IMP_OK;
}

void imp_segmentation_free(imp_segmentation *found)
{
    if (!found) return;
    imp_free(found->logits);
    imp_free(found);
}

size_t imp_segmentation_width(const imp_segmentation *found)
{
    return found->width;
}

size_t imp_segmentation_height(const imp_segmentation *found)
{
    return found->height;
}

/* --- Between the places ------------------------------------------------------------------ */

/* The logits of pixel (y, x). */
static void logits_at(float logit[IMP_CLASSES], const imp_segmentation *found, size_t y,
                      size_t x)
{
    const imp_between row = imp_between_of(y, found->height, (size_t) found->h);
    const imp_between column = imp_between_of(x, found->width, (size_t) found->w);
    const size_t step = (size_t) found->w * IMP_CLASSES;
    const float *top = found->logits + row.a * step, *low = found->logits + row.b * step;
    const size_t a = column.a * IMP_CLASSES, b = column.b * IMP_CLASSES;

    for (size_t k = 0; k < IMP_CLASSES; k++) {
        const float t = top[a + k] + column.share * (top[b + k] - top[a + k]);
        const float l = low[a + k] + column.share * (low[b + k] - low[a + k]);
        logit[k] = t + row.share * (l - t);
    }
}

static float probability(const float logit[IMP_CLASSES], int class_number)
{
    float most = logit[0], sum = 0;

    for (int k = 1; k < IMP_CLASSES; k++) most = logit[k] > most ? logit[k] : most;
    for (int k = 0; k < IMP_CLASSES; k++) sum += expf(logit[k] - most);
    return expf(logit[class_number] - most) / sum;
}

/* The first of the likeliest. */
static uint8_t likeliest(const float logit[IMP_CLASSES])
{
    int best = 0;

    for (int k = 1; k < IMP_CLASSES; k++) best = logit[k] > logit[best] ? k : best;
    return (uint8_t) best;
}

/* --- What is asked ----------------------------------------------------------------------- */

imp_status imp_segmentation_mask(imp_mask **out, const imp_segmentation *found,
                                 int class_number, imp_error *err)
{
    const size_t w = found->width, h = found->height;
    imp_status status;
    float *value;

    *out = NULL;
    if (class_number < 0 || class_number >= IMP_CLASSES)
        return imp_fail(err, IMP_EINVAL, "class %d: there are 0 to %d", class_number,
                        IMP_CLASSES - 1);
    if ((status = imp_mask_new(out, w, h, err)) != IMP_OK) return status;
    value = imp_mask_values(*out);
    #pragma omp parallel for schedule(static)
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            float logit[IMP_CLASSES];
            logits_at(logit, found, y, x);
            value[y * w + x] = probability(logit, class_number);
        }
    return IMP_OK;
}

imp_status imp_segmentation_any(imp_mask **out, const imp_segmentation *found,
                                const bool wanted[IMP_CLASSES], imp_error *err)
{
    imp_mask *sum = NULL, *one;
    imp_status status = IMP_OK;

    *out = NULL;
    for (int k = 0; k < IMP_CLASSES; k++) {
        if (!wanted[k]) continue;
        TRY(imp_segmentation_mask(&one, found, k, err));
        if (!sum) {
            sum = one;
            continue;
        }
        imp_mask_add(sum, one);
        imp_mask_free(one);
    }
    *out = sum;
    sum = NULL;

done:
    imp_mask_free(sum);
    return status;
}

void imp_segmentation_labels(const imp_segmentation *found, uint8_t *labels)
{
    const size_t w = found->width, h = found->height;

    #pragma omp parallel for schedule(static)
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            float logit[IMP_CLASSES];
            logits_at(logit, found, y, x);
            labels[y * w + x] = likeliest(logit);
        }
}

static void widen(imp_class_area *area, size_t x, size_t y)
{
    if (!area->pixels++) {
        *area = (imp_class_area) { 1, x, y, 1, 1 };
        return;
    }
    if (x < area->x) area->width += area->x - x, area->x = x;
    if (x >= area->x + area->width) area->width = x - area->x + 1;
    if (y >= area->y + area->height) area->height = y - area->y + 1;
}

void imp_class_areas(imp_class_area areas[IMP_CLASSES], const uint8_t *labels, size_t width,
                     size_t height)
{
    for (size_t k = 0; k < IMP_CLASSES; k++) areas[k] = (imp_class_area) { 0 };
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t k = labels[y * width + x];
            if (k < IMP_CLASSES) widen(&areas[k], x, y);
        }
}
