/* painter_plan.h - the stages of a job and what they need. */
#ifndef IMP_PAINTER_PLAN_H
#define IMP_PAINTER_PLAN_H

#include <impasto/style.h>

/* As imp_painter_plan() but for the seconds and the shares, for params and inputs that have
 * been checked, and under the number of threads that the job is to run with. */
imp_status imp_plan_make(imp_plan *plan, const imp_context *ctx, const imp_model *model,
                         const imp_inputs *inputs, const imp_params *params, imp_error *err);

/* Adds to plan->memory what other weights take more than those before, from stage `from` on,
 * and sees anew what there is. Of the inputs only which there are counts. Errors: IMP_EINVAL
 * (a stage is too small for the layers that count then). */
imp_status imp_plan_change(imp_plan *plan, int from, const imp_context *ctx,
                           const imp_inputs *inputs, const imp_params *before,
                           const imp_params *now, imp_error *err);

#endif
