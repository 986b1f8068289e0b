/* inputs.c - see inputs.h. */
#include "style/inputs.h"

#include <math.h>

#include "base/error.h"

imp_inputs imp_inputs_of(const imp_image *photo, const imp_image *painting)
{
    return (imp_inputs) {
        .photo = photo, .styles = 1,
        .style = { {
            .painting = painting, .weight = 1, .scale = 1,
            .match_colours = IMP_MATCH_AS_PARAMS,
        } },
    };
}

static bool positive(double x)
{
    return isfinite(x) && x > 0;
}

static imp_status check_count(const imp_inputs *inputs, imp_error *err)
{
    if (inputs->styles >= 1 && inputs->styles <= IMP_MAX_STYLES) return IMP_OK;
    return imp_fail(err, IMP_EINVAL, "%d styles: choose 1 to %d", inputs->styles,
                    IMP_MAX_STYLES);
}

static imp_status check_style(const imp_inputs *inputs, int i, imp_error *err)
{
    const imp_style *style = &inputs->style[i];
    char text[IMP_STYLE_TEXT];
    const char *name = imp_style_name(text, inputs, i);

    if (!style->painting)
        return imp_fail(err, IMP_EINVAL, "%s: the painting is missing", name);
    if (!positive(style->weight) || !positive(style->scale))
        return imp_fail(err, IMP_EINVAL, "%s: weight %g, scale %g: choose numbers above 0",
                        name, style->weight, style->scale);
    if ((unsigned) style->match_colours > IMP_MATCH_AS_PARAMS)
        return imp_fail(err, IMP_EINVAL, "%s: match_colours is %d: choose an imp_match", name,
                        (int) style->match_colours);
    return IMP_OK;
}

imp_status imp_inputs_check(const imp_inputs *inputs, const imp_params *params, imp_error *err)
{
    imp_status status = IMP_OK;

    if (!inputs->photo) return imp_fail(err, IMP_EINVAL, "the photograph is missing");
    TRY(check_count(inputs, err));
    if ((params->init == IMP_INIT_IMAGE) != (inputs->init != NULL))
        return imp_fail(err, IMP_EINVAL,
                        "init: a starting picture goes with \"image\" and nothing else");
    for (int i = 0; i < inputs->styles; i++) TRY(check_style(inputs, i, err));
done:
    return status;
}

imp_status imp_inputs_shares(imp_mask *share[IMP_MAX_STYLES], const imp_inputs *inputs,
                             size_t width, size_t height, imp_error *err)
{
    imp_status status;

    for (int i = 0; i < IMP_MAX_STYLES; i++) share[i] = NULL;
    TRY(check_count(inputs, err));
    TRY(imp_regions_divide(share, inputs, width, height, err));
done:
    for (int i = 0; status != IMP_OK && i < IMP_MAX_STYLES; i++) {
        imp_mask_free(share[i]);
        share[i] = NULL;
    }
    return status;
}

bool imp_inputs_have_regions(const imp_inputs *inputs)
{
    bool some = inputs->content || inputs->keep;

    for (int i = 0; i < inputs->styles; i++) some = some || inputs->style[i].region;
    return some;
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

/* NULL stays NULL. */
static imp_status resize_mask(imp_mask **out, const imp_mask *mask, imp_extent to,
                              imp_error *err)
{
    return mask ? imp_mask_resize(out, mask, to.width, to.height, err) : IMP_OK;
}

/* The same for a mask of which NULL means the whole, as all white does. */
static imp_status resize_part(imp_mask **out, const imp_mask *mask, imp_extent to,
                              imp_error *err)
{
    return mask && !imp_mask_is_full(mask) ? resize_mask(out, mask, to, err) : IMP_OK;
}

static imp_status see_style(imp_seen *seen, int i, const imp_style *style, imp_extent size,
                            const imp_params *params, const imp_seen *before, imp_error *err)
{
    imp_status status = IMP_OK;

    if (before && has_size(before->painting[i], size))
        seen->painting[i] = before->painting[i];
    else TRY(resize(&seen->painting[i], style->painting, size, params, err));
    TRY(resize_part(&seen->source[i], style->source, size, err));
done:
    return status;
}

imp_status imp_seen_make(imp_seen *seen, const imp_inputs *inputs, const imp_params *params,
                         const imp_stage *stage, const imp_seen *before, imp_error *err)
{
    const imp_extent size = { stage->width, stage->height };
    imp_status status = IMP_OK;

    TRY(resize(&seen->photo, inputs->photo, size, params, err));
    for (int i = 0; i < inputs->styles; i++)
        TRY(see_style(seen, i, &inputs->style[i], stage->style[i], params, before, err));
    TRY(resize_part(&seen->content, inputs->content, size, err));
    TRY(resize_mask(&seen->keep, inputs->keep, size, err));
    TRY(imp_regions_make(&seen->regions, inputs, size.width, size.height, err));
done:
    return status;
}

void imp_seen_forget(imp_seen *seen, const imp_seen *next)
{
    imp_image_free(seen->photo);
    for (int i = 0; i < IMP_MAX_STYLES; i++) {
        if (!next || seen->painting[i] != next->painting[i]) imp_image_free(seen->painting[i]);
        imp_mask_free(seen->source[i]);
    }
    imp_mask_free(seen->content);
    imp_mask_free(seen->keep);
    imp_regions_free(&seen->regions);
    *seen = (imp_seen) { .photo = NULL };
}

imp_inputs imp_seen_inputs(const imp_seen *seen, const imp_inputs *inputs)
{
    imp_inputs all = *inputs;

    all.photo = seen->photo;
    all.content = seen->content;
    all.keep = seen->keep;
    for (int i = 0; i < all.styles; i++) {
        all.style[i].painting = seen->painting[i];
        all.style[i].region = seen->regions.mask[i];
        all.style[i].source = seen->source[i];
        all.style[i].weight = seen->regions.weight[i];
    }
    return all;
}
