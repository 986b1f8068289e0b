/* blend.c - the weighted sum of two pictures. See impasto/image.h. */
#include "image/image.h"

#include <math.h>

#include "base/error.h"

imp_status imp_image_blend(imp_image **out, const imp_image *a, double weight_a,
                           const imp_image *b, double weight_b, imp_error *err)
{
    const float wa = (float) weight_a, wb = (float) weight_b;
    const size_t n = 3 * a->width * a->height;
    imp_image *sum;
    imp_status status;

    *out = NULL;
    if (a->width != b->width || a->height != b->height)
        return imp_fail(err, IMP_EINVAL,
                        "pictures of %zu x %zu and %zu x %zu cannot be blended: resize one",
                        a->width, a->height, b->width, b->height);
    if (!isfinite(wa) || !isfinite(wb))
        return imp_fail(err, IMP_EINVAL, "weights %g and %g: expected two finite numbers",
                        weight_a, weight_b);
    if ((status = imp_image_copy(&sum, a, err)) != IMP_OK) return status;
    for (size_t i = 0; i < n; i++) sum->rgb[i] = wa * a->rgb[i] + wb * b->rgb[i];
    *out = sum;
    return imp_image_set_settings(sum, NULL, err);
}
