/* objective.h - how good a picture is, and which way is better: the only part that knows
 * networks, layers and losses. The formulas are in docs/maths.md. */
#ifndef IMP_OBJECTIVE_H
#define IMP_OBJECTIVE_H

#include <impasto/style.h>

#include "base/watch.h"
#include "engine/context.h"

/* The objective of one picture size. */
typedef struct imp_objective imp_objective;

typedef struct imp_objective_desc {
    const imp_context *ctx;
    const imp_model *model;
    const imp_params *params;
    const imp_inputs *inputs;    /* as imp_seen_inputs() gives them: at the sizes to be painted
                                    and looked at, each style's loss times its weight   */
} imp_objective_desc;

/* Bytes at the peak (while the targets are made, or in a step), at most: whatever the masks
 * are. Of the inputs only which there are counts. IMP_EINVAL as imp_pass_bytes(). */
imp_status imp_objective_bytes(uint64_t *bytes, const imp_ops *ops, const imp_params *params,
                               const imp_inputs *inputs, const imp_stage *stage,
                               imp_error *err);

imp_status imp_objective_new(imp_objective **out, const imp_objective_desc *desc,
                             imp_error *err);
void imp_objective_free(imp_objective *obj);

/* Has each style anything to be measured by? IMP_EINVAL: it has not, being for so small a part
 * of the picture, or from so small a part of its painting, that no layer sees it. */
imp_status imp_objective_check(const imp_objective *obj, const imp_inputs *inputs,
                               imp_error *err);

/* From now on `watch` is told of each layer and each loss of an evaluation; NULL ends that. */
void imp_objective_watch(imp_objective *obj, const imp_watch *watch);

/* The loss of x and its gradient, both in the optimiser's variable (planar, 3 x h x w, memory
 * of the backend). Allocates nothing. The same x gives the same bits. */
void imp_objective_eval(imp_objective *obj, const imp_tensor *x, imp_tensor *grad,
                        imp_losses *losses);

#endif
