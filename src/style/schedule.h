/* schedule.h - sizes and steps: the only part that knows scales. */
#ifndef IMP_SCHEDULE_H
#define IMP_SCHEDULE_H

#include <impasto/style.h>

/* The stages that params ask for, from the coarsest on, given the sizes of the photograph and
 * of the paintings: plan->stage, stages, steps, width and height. The end size comes last, and
 * before it go end / factor, end / factor^2 ... (of the side that params->size speaks of,
 * rounded) down to params->start_size, as long as no side is too short for the layers.
 * IMP_EINVAL if those are more than IMP_MAX_STAGES. */
imp_status imp_schedule(imp_plan *plan, const imp_params *params, const imp_inputs *inputs,
                        imp_error *err);

/* Do both look at painting i at the same size? */
static inline bool imp_stage_same_style(const imp_stage *a, const imp_stage *b, int i)
{
    return a->style[i].width == b->style[i].width && a->style[i].height == b->style[i].height;
}

#endif
