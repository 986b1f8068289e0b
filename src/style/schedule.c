/* schedule.c - see schedule.h. Sizes from coarse to fine as in Gatys et al., "Controlling
 * perceptual factors in neural style transfer" (2017), section 6, by any factor. */
#include "style/schedule.h"

#include <math.h>

#include "base/error.h"
#include "engine/network.h"

/* Width and height of a picture. */
typedef struct sides { size_t w, h; } sides;

static sides sides_of(const imp_image *image)
{
    return (sides) { imp_image_width(image), imp_image_height(image) };
}

static sides apply(const imp_size *size, sides s)
{
    imp_size_apply(size, &s.w, &s.h);
    return s;
}

/* Of that side of a painted picture which the setting speaks of; the long one if of none. */
static double end_side(const imp_size *size, sides end)
{
    const bool wide = end.w > end.h;

    return (double) ((size->mode == IMP_SIZE_SHORT) == wide ? end.h : end.w);
}

/* The size setting of a stage whose side is `part` of the end's. Ties go to even numbers, as
 * they do in the scripts whose sizes these are. */
static imp_size stage_size(const imp_size *end, sides picture, double part)
{
    imp_size size = *end;
    const double side = end->mode == IMP_SIZE_KEEP ? end_side(end, picture) : end->width;

    if (end->mode == IMP_SIZE_KEEP) size.mode = IMP_SIZE_LONG;
    size.width = (uint32_t) fmax(1, rint(side * part));
    size.height = (uint32_t) fmax(1, rint(end->height * part));
    return size;
}

/* Each size of its own: the setting itself at the end, smaller ones before. */
static sides fit(const imp_size *end, sides picture, double part)
{
    const imp_size size = part < 1 ? stage_size(end, picture, part) : *end;

    return apply(&size, picture);
}

static sides fit_style(const imp_params *params, sides style, sides painted, double part)
{
    sides fitted = style;

    if (params->style_fit == IMP_STYLE_FIT_CONTENT) return painted;
    if (params->style_fit != IMP_STYLE_FIT_KEEP) fitted = fit(&params->size, style, part);
    if (params->style_fit == IMP_STYLE_FIT_WITHIN && fitted.w * fitted.h > style.w * style.h)
        return style;
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

/* Is either picture too small, at such a part of the end size, for a layer to see anything? */
static bool too_small(const imp_params *params, sides photo, sides style, double part)
{
    const sides s = fit(&params->size, photo, part), t = fit_style(params, style, s, part);
    const int content_least = least_side_of(&params->content_layers);
    const int style_least = least_side_of(&params->style_layers);
    const size_t least = (size_t) (content_least > style_least ? content_least : style_least);

    return s.w < least || s.h < least || t.w < least || t.h < least;
}

/* The parts of the end size, the largest first; 0 if there are too many. */
static int parts(double part[IMP_MAX_STAGES], const imp_params *params, sides photo,
                 sides style)
{
    const double end = end_side(&params->size, apply(&params->size, photo));
    double side = end;
    int n = 1;

    part[0] = 1;
    if (!params->start_size) return n;
    for (int i = 1;; i++) {
        const double smaller = rint(end / pow(params->scale_factor, i));
        if (smaller < params->start_size || smaller < 1) return n;
        if (too_small(params, photo, style, smaller / end)) return n;
        if (smaller == side) continue;
        if (n == IMP_MAX_STAGES) return 0;
        part[n++] = (side = smaller) / end;
    }
}

static int steps_at(const imp_step_list *list, int stage)
{
    return list->count[stage < list->n ? stage : list->n - 1];
}

imp_status imp_schedule(imp_plan *plan, const imp_params *params, const imp_image *content,
                        const imp_image *style, imp_error *err)
{
    const sides photo = sides_of(content), end = apply(&params->size, photo);
    double part[IMP_MAX_STAGES];
    const int n = parts(part, params, photo, sides_of(style));

    *plan = (imp_plan) { .width = end.w, .height = end.h, .stages = n };
    if (!n)
        return imp_fail(err, IMP_EINVAL, "start-size %d and scale-factor %g make more than %d "
                        "sizes: raise one of them", params->start_size, params->scale_factor,
                        IMP_MAX_STAGES);
    for (int i = 0; i < n; i++) {
        const double p = part[n - 1 - i];
        const sides s = fit(&params->size, photo, p);
        const sides t = fit_style(params, sides_of(style), s, p);
        plan->stage[i] = (imp_stage) { s.w, s.h, t.w, t.h, steps_at(&params->steps, i) };
        plan->steps += plan->stage[i].steps;
    }
    return IMP_OK;
}
