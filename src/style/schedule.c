/* schedule.c - see schedule.h. Sizes from coarse to fine as in Gatys et al., "Controlling
 * perceptual factors in neural style transfer" (2017), section 6, by any factor. */
#include "style/schedule.h"

#include <math.h>

#include "base/error.h"
#include "engine/network.h"

static imp_extent extent_of(const imp_image *image)
{
    return (imp_extent) { imp_image_width(image), imp_image_height(image) };
}

static imp_extent apply(const imp_size *size, imp_extent s)
{
    imp_size_apply(size, &s.width, &s.height);
    return s;
}

/* Of that side of a painted picture which the setting speaks of; the long one if of none. */
static double end_side(const imp_size *size, imp_extent end)
{
    const bool wide = end.width > end.height;

    return (double) ((size->mode == IMP_SIZE_SHORT) == wide ? end.height : end.width);
}

/* The size setting of a stage whose side is `part` of the end's. Ties go to even numbers, as
 * they do in the scripts whose sizes these are. */
static imp_size stage_size(const imp_size *end, imp_extent picture, double part)
{
    imp_size size = *end;
    const double side = end->mode == IMP_SIZE_KEEP ? end_side(end, picture) : end->width;

    if (end->mode == IMP_SIZE_KEEP) size.mode = IMP_SIZE_LONG;
    size.width = (uint32_t) fmax(1, rint(side * part));
    size.height = (uint32_t) fmax(1, rint(end->height * part));
    return size;
}

/* Each size of its own: the setting itself at the end, smaller ones before. */
static imp_extent fit(const imp_size *end, imp_extent picture, double part)
{
    const imp_size size = part < 1 ? stage_size(end, picture, part) : *end;

    return apply(&size, picture);
}

static imp_extent times(imp_extent s, double scale)
{
    s.width = (size_t) fmax(1, rint((double) s.width * scale));
    s.height = (size_t) fmax(1, rint((double) s.height * scale));
    return s;
}

/* Before its strokes are scaled; with a long side of its own if it is told one, in the shape
 * that style_fit gives it, and kept at the smaller sizes if that says so. */
static imp_extent fit_unscaled(const imp_params *params, imp_extent whole, imp_extent painted,
                               double part)
{
    const imp_size own = { .mode = IMP_SIZE_LONG, .width = (uint32_t) params->style_size };
    const bool keep = params->style_fit == IMP_STYLE_FIT_KEEP;
    const bool content = params->style_fit == IMP_STYLE_FIT_CONTENT;

    if (params->style_size) return fit(&own, content ? painted : whole, keep ? 1 : part);
    if (keep) return whole;
    return content ? painted : fit(&params->size, whole, part);
}

/* The painting's size beside the picture's. */
static imp_extent fit_style(const imp_params *params, const imp_style *style,
                            imp_extent painted, double part)
{
    const imp_extent whole = extent_of(style->painting);
    const double scale = params->style_scale * style->scale;
    imp_extent fitted = fit_unscaled(params, whole, painted, part);

    if (scale != 1) fitted = times(fitted, scale);
    if (params->style_fit == IMP_STYLE_FIT_WITHIN
        && fitted.width * fitted.height > whole.width * whole.height) return whole;
    return fitted;
}

static int least_side_of(const imp_layer_list *list)
{
    int least = 1;

    for (int i = 0; i < list->n; i++) {
        const int layer = imp_network_find(&imp_vgg19, list->item[i].layer);
        const int side = imp_network_least_side(&imp_vgg19, layer);
        if (side > least) least = side;
    }
    return least;
}

static bool shorter(imp_extent s, size_t least)
{
    return s.width < least || s.height < least;
}

/* Is a picture too small, at such a part of the end size, for a layer to see anything? */
static bool too_small(const imp_params *params, const imp_inputs *in, double part)
{
    const imp_extent painted = fit(&params->size, extent_of(in->photo), part);
    const int content_least = least_side_of(&params->content_layers);
    const int style_least = least_side_of(&params->style_layers);
    const size_t least = (size_t) (content_least > style_least ? content_least : style_least);
    bool small = shorter(painted, least);

    for (int i = 0; i < in->styles; i++)
        small |= shorter(fit_style(params, &in->style[i], painted, part), least);
    return small;
}

/* The parts of the end size, the largest first; 0 if there are too many. */
static int parts(double part[IMP_MAX_STAGES], const imp_params *params, const imp_inputs *in)
{
    const double end = end_side(&params->size, apply(&params->size, extent_of(in->photo)));
    double side = end;
    int n = 1;

    part[0] = 1;
    if (!params->start_size) return n;
    for (int i = 1;; i++) {
        const double smaller = rint(end / pow(params->scale_factor, i));
        if (smaller < params->start_size || smaller < 1) return n;
        if (too_small(params, in, smaller / end)) return n;
        if (smaller == side) continue;
        if (n == IMP_MAX_STAGES) return 0;
        part[n++] = (side = smaller) / end;
    }
}

static int steps_at(const imp_step_list *list, int stage)
{
    return list->count[stage < list->n ? stage : list->n - 1];
}

static imp_stage stage_at(const imp_params *params, const imp_inputs *in, double part)
{
    const imp_extent painted = fit(&params->size, extent_of(in->photo), part);
    imp_stage stage = {
        .width = painted.width, .height = painted.height, .styles = in->styles,
    };

    for (int i = 0; i < in->styles; i++)
        stage.style[i] = fit_style(params, &in->style[i], painted, part);
    return stage;
}

imp_status imp_schedule(imp_plan *plan, const imp_params *params, const imp_inputs *inputs,
                        imp_error *err)
{
    const imp_extent end = apply(&params->size, extent_of(inputs->photo));
    double part[IMP_MAX_STAGES];
    const int n = parts(part, params, inputs);

    *plan = (imp_plan) { .width = end.width, .height = end.height, .stages = n };
    if (!n)
        return imp_fail(err, IMP_EINVAL, "start-size %d and scale-factor %g make more than %d "
                        "sizes: raise one of them", params->start_size, params->scale_factor,
                        IMP_MAX_STAGES);
    for (int i = 0; i < n; i++) {
        plan->stage[i] = stage_at(params, inputs, part[n - 1 - i]);
        plan->steps += plan->stage[i].steps = steps_at(&params->steps, i);
    }
    return IMP_OK;
}
