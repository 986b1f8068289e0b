/* region.c - see region.h. */
#include "style/region.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

/* Less than half of an 8-bit mask's smallest step is nothing. */
static const float least = 0.5f / 255;

static size_t count(const float *mask, size_t n, double *sum)
{
    size_t inside = 0;

    *sum = 0;
    for (size_t i = 0; i < n; i++)
        if (mask[i] >= least) inside++, *sum += (double) mask[i];
    return inside;
}

double imp_region_share(const imp_mask *mask)
{
    double sum;

    if (!mask) return 1;
    const size_t n = imp_mask_width(mask) * imp_mask_height(mask);
    return (double) count(imp_mask_values_const(mask), n, &sum) / (double) n;
}

static imp_status fill(imp_region *r, const float *mask, size_t n, double by, imp_error *err)
{
    const size_t inside = r->part.n;
    uint32_t *pixel = imp_alloc(inside, sizeof *pixel);
    float *places = r->ops->alloc(inside), *weight = r->ops->alloc(inside);
    size_t k = 0;

    r->host_weight = imp_alloc(inside, sizeof(float));
    r->part.pixel = (const void *) places;   /* as wide as floats */
    r->part.weight = weight;
    if (pixel && r->host_weight && places && weight) {
        for (size_t i = 0; i < n; i++) {
            if (!(mask[i] >= least)) continue;
            pixel[k] = (uint32_t) i;
            r->host_weight[k++] = (float) sqrt(by * (double) mask[i]);
        }
        r->ops->upload(places, (const void *) pixel, inside);
        r->ops->upload(weight, r->host_weight, inside);
    }
    imp_free(pixel);
    if (k) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory for a region of %zu pixels", inside);
}

imp_status imp_region_init(imp_region *region, const imp_ops *ops, const imp_mask *mask,
                           imp_region_sum sum, imp_error *err)
{
    double inside;
    size_t n;

    *region = (imp_region) { .ops = ops, .whole = !mask };
    if (!mask) return IMP_OK;
    n = imp_mask_width(mask) * imp_mask_height(mask);
    region->part.n = count(imp_mask_values_const(mask), n, &inside);
    if (!region->part.n) return IMP_OK;
    return fill(region, imp_mask_values_const(mask), n,
                sum == IMP_REGION_FILLS ? (double) n / inside : 1, err);
}

void imp_region_free(imp_region *region)
{
    if (region->part.pixel) region->ops->free((void *) region->part.pixel);
    if (region->part.weight) region->ops->free((void *) region->part.weight);
    imp_free(region->host_weight);
    *region = (imp_region) { .ops = NULL };
}

uint64_t imp_region_bytes(const imp_tensor *shape)
{
    return imp_tensor_pixels(shape) * (sizeof(uint32_t) + 2 * sizeof(float));
}

bool imp_region_is_empty(const imp_region *region)
{
    return !region->whole && !region->part.n;
}

imp_features imp_region_see(const imp_region *region, const imp_tensor *tap)
{
    imp_features seen = imp_features_of(tap);

    if (region->whole) return seen;
    seen.part = &region->part;
    seen.host_weight = region->host_weight;
    return seen;
}
