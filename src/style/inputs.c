/* inputs.c - see inputs.h. */
#include "style/inputs.h"

#include <math.h>

#include "base/error.h"

imp_inputs imp_inputs_of(const imp_image *photo, const imp_image *painting)
{
    return (imp_inputs) {
        .photo = photo, .styles = 1,
        .style = { { .painting = painting, .weight = 1, .scale = 1 } },
    };
}

static bool positive(double x)
{
    return isfinite(x) && x > 0;
}

static imp_status check_style(const imp_style *style, int number, imp_error *err)
{
    if (!style->painting)
        return imp_fail(err, IMP_EINVAL, "style %d: the painting is missing", number);
    if (!positive(style->weight) || !positive(style->scale))
        return imp_fail(err, IMP_EINVAL, "style %d: weight %g, scale %g: choose numbers above "
                        "0", number, style->weight, style->scale);
    return IMP_OK;
}

imp_status imp_inputs_check(const imp_inputs *inputs, const imp_params *params, imp_error *err)
{
    imp_status status = IMP_OK;

    if (!inputs->photo) return imp_fail(err, IMP_EINVAL, "the photograph is missing");
    if (inputs->styles < 1 || inputs->styles > IMP_MAX_STYLES)
        return imp_fail(err, IMP_EINVAL, "%d styles: choose 1 to %d", inputs->styles,
                        IMP_MAX_STYLES);
    if ((params->init == IMP_INIT_IMAGE) != (inputs->init != NULL))
        return imp_fail(err, IMP_EINVAL,
                        "init: a starting picture goes with \"image\" and nothing else");
    for (int i = 0; status == IMP_OK && i < inputs->styles; i++)
        status = check_style(&inputs->style[i], i + 1, err);
    return status;
}

static imp_status resize(imp_image **out, const imp_image *image, imp_extent to,
                         const imp_params *params, imp_error *err)
{
    return imp_image_resize(out, image, to.width, to.height, params->filter,
                            params->linear_light, err);
}

static bool has_size(const imp_image *image, imp_extent size)
{
    return image && imp_image_width(image) == size.width
           && imp_image_height(image) == size.height;
}

imp_status imp_seen_make(imp_seen *seen, const imp_inputs *inputs, const imp_params *params,
                         const imp_stage *stage, const imp_seen *before, imp_error *err)
{
    const imp_extent size = { stage->width, stage->height };
    imp_status status = resize(&seen->photo, inputs->photo, size, params, err);

    for (int i = 0; status == IMP_OK && i < inputs->styles; i++)
        if (before && has_size(before->painting[i], stage->style[i]))
            seen->painting[i] = before->painting[i];
        else
            status = resize(&seen->painting[i], inputs->style[i].painting, stage->style[i],
                            params, err);
    return status;
}

void imp_seen_forget(imp_seen *seen, const imp_seen *next)
{
    imp_image_free(seen->photo);
    for (int i = 0; i < IMP_MAX_STYLES; i++)
        if (!next || seen->painting[i] != next->painting[i]) imp_image_free(seen->painting[i]);
    *seen = (imp_seen) { .photo = NULL };
}

imp_inputs imp_seen_inputs(const imp_seen *seen, const imp_inputs *inputs)
{
    imp_inputs all = *inputs;

    all.photo = seen->photo;
    for (int i = 0; i < all.styles; i++) all.style[i].painting = seen->painting[i];
    return all;
}
