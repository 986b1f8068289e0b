/* painter_plan.h - the stages of a job and what they need. */
#ifndef IMP_PAINTER_PLAN_H
#define IMP_PAINTER_PLAN_H

#include <impasto/style.h>

/* As imp_painter_plan() but for the seconds and the shares, for params and inputs that have
 * been checked, and under the number of threads that the job is to run with. */
imp_status imp_plan_make(imp_plan *plan, const imp_context *ctx, const imp_model *model,
                         const imp_inputs *inputs, const imp_params *params, imp_error *err);

#endif
