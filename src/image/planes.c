/* planes.c - see planes.h. The way leads through a picture, whose values nothing limits. */
#include "image/planes.h"

#include "base/error.h"

imp_status imp_planes_resize(float *out, size_t out_w, size_t out_h, const float *in, size_t w,
                             size_t h, imp_filter filter, imp_error *err)
{
    const size_t n = w * h, out_n = out_w * out_h;
    imp_image *image = NULL, *resized = NULL;
    imp_status status = IMP_OK;
    const float *from;
    float *to;

    TRY(imp_image_new(&image, w, h, false, err));
    to = imp_image_rgb(image);
    for (size_t i = 0; i < n; i++)
        for (size_t ch = 0; ch < 3; ch++) to[3 * i + ch] = in[ch * n + i];
    TRY(imp_image_resize(&resized, image, out_w, out_h, filter, false, err));
    from = imp_image_rgb_const(resized);
    for (size_t i = 0; i < out_n; i++)
        for (size_t ch = 0; ch < 3; ch++) out[ch * out_n + i] = from[3 * i + ch];
done:
    imp_image_free(image);
    imp_image_free(resized);
    return status;
}
