/* start.c - see start.h. */
#include "style/start.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "style/colour_match.h"

static void fill_uniform(imp_image *image, imp_random *random)
{
    const size_t n = imp_image_width(image) * imp_image_height(image) * 3;
    float *rgb = imp_image_rgb(image);

    for (size_t i = 0; i < n; i++) rgb[i] = (float) imp_random_uniform(random);
}

/* The colour that is the middle of what networks were trained on. */
static void fill_grey(imp_image *image, imp_random *random)
{
    static const double mean[3] = { 123.68 / 255, 116.779 / 255, 103.939 / 255 };
    const size_t n = imp_image_width(image) * imp_image_height(image) * 3;
    float *rgb = imp_image_rgb(image);

    for (size_t i = 0; i < n; i++)
        rgb[i] = (float) (mean[i % 3] + 1e-3 / 255 * imp_random_normal(random));
}

static void fill_like(imp_image *image, const imp_image *style, imp_random *random)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const imp_colour_moments m = imp_colour_moments_of(style);
    const imp_matrix3 l = imp_cholesky3(&m.covariance);
    float *rgb = imp_image_rgb(image);

    for (size_t i = 0; i < n; i++) {
        double z[3];
        for (int a = 0; a < 3; a++) z[a] = imp_random_normal(random);
        for (int a = 0; a < 3; a++) {
            const double *row = l.at[a];
            const double v = m.mean[a] + row[0] * z[0] + row[1] * z[1] + row[2] * z[2];
            rgb[3 * i + (size_t) a] = (float) fmin(fmax(v, 0), 1);
        }
    }
}

imp_status imp_start_image(imp_image **out, const imp_params *params, const imp_image *content,
                           const imp_image *style, const imp_image *init, imp_error *err)
{
    const size_t w = imp_image_width(content), h = imp_image_height(content);
    imp_random random = { params->seed };
    imp_status status = IMP_OK;
    imp_image *start = NULL;
    const float *photo = imp_image_rgb_const(content);
    const float w_init = (float) params->init_weight;
    float *rgb;

    *out = NULL;
    if (params->init == IMP_INIT_IMAGE)
        TRY(imp_image_resize(&start, init, w, h, params->filter, params->linear_light, err));
    else
        TRY(imp_image_new(&start, w, h, false, err));
    rgb = imp_image_rgb(start);
    if (params->init == IMP_INIT_NOISE) fill_uniform(start, &random);
    if (params->init == IMP_INIT_GREY) fill_grey(start, &random);
    if (params->init == IMP_INIT_STYLE) fill_like(start, style, &random);
    if (params->init == IMP_INIT_CONTENT) memcpy(rgb, photo, w * h * 3 * sizeof *rgb);
    else
        for (size_t i = 0; i < w * h * 3; i++)
            rgb[i] = (1 - w_init) * photo[i] + w_init * rgb[i];
    *out = start;
done:
    return status;
}

/* start += share * (photo - blurred) */
static void add_detail(imp_image *start, const imp_image *photo, const imp_image *blurred,
                       double share)
{
    const size_t n = imp_image_width(photo) * imp_image_height(photo) * 3;
    const float *sharp = imp_image_rgb_const(photo), *soft = imp_image_rgb_const(blurred);
    float *rgb = imp_image_rgb(start);

    for (size_t i = 0; i < n; i++) rgb[i] += (float) share * (sharp[i] - soft[i]);
}

imp_status imp_start_larger(imp_image **out, const imp_params *params, const imp_image *small,
                            const imp_image *small_photo, const imp_image *photo,
                            imp_error *err)
{
    const size_t w = imp_image_width(photo), h = imp_image_height(photo);
    imp_image *start = NULL, *blurred = NULL;
    imp_status status = IMP_OK;

    *out = NULL;
    TRY(imp_image_resize(&start, small, w, h, params->filter, false, err));
    if (params->detail > 0) {
        TRY(imp_image_resize(&blurred, small_photo, w, h, params->filter, false, err));
        add_detail(start, photo, blurred, params->detail);
    }
    *out = start;
    start = NULL;
done:
    imp_image_free(start);
    imp_image_free(blurred);
    return status;
}
