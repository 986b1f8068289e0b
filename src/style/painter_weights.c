/* painter_weights.c - other weights of the losses, meanwhile. See impasto/style.h. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/context.h"
#include "style/painter_parts.h"
#include "style/painter_plan.h"

imp_loss_weights imp_loss_weights_of(const imp_params *params, const imp_inputs *inputs)
{
    imp_loss_weights w = { .content = params->content_weight, .style = params->style_weight,
                           .tv = params->tv_weight };

    for (int i = 0; i < inputs->styles; i++) w.of_style[i] = inputs->style[i].weight;
    return w;
}

static void weigh(imp_params *params, imp_inputs *inputs, const imp_loss_weights *w)
{
    params->content_weight = w->content;
    params->style_weight = w->style;
    params->tv_weight = w->tv;
    for (int i = 0; i < inputs->styles; i++) inputs->style[i].weight = w->of_style[i];
}

/* What the weights stand in. */
static void set_weights(imp_painter *p, const imp_loss_weights *w)
{
    weigh(&p->params, &p->inputs, w);
    for (int i = p->stage; i < p->plan.stages; i++)
        imp_regions_weigh(&p->seen[i].regions, &p->inputs);
}

/* Is that possible, and is there the memory for it? */
static imp_status check_weights(imp_plan *plan, const imp_painter *p,
                                const imp_loss_weights *w, imp_error *err)
{
    imp_params params = p->params;
    imp_inputs inputs = p->inputs;
    imp_status status = IMP_OK;

    if (p->failed || p->progress.step >= p->progress.steps)
        TRY(imp_fail(err, IMP_EINVAL, "the picture is painted: other weights are too late"));
    weigh(&params, &inputs, w);
    TRY(imp_params_check(&params, err));
    TRY(imp_inputs_check(&inputs, &params, err));
    *plan = p->plan;
    TRY(imp_plan_change(plan, p->stage, p->ctx, &inputs, &p->params, &params, err));
    TRY(imp_plan_check(plan, err));
done:
    return status;
}

/* That of other weights goes first. */
static imp_status renew_objective(imp_painter *p, imp_error *err)
{
    imp_objective_free(p->objective);
    p->objective = NULL;
    return imp_painter_paints(p) ? imp_painter_new_objective(p, p->stage, err) : IMP_OK;
}

/* The record and the objective; as they were after a failure, if there is memory for that, or
 * else without an objective, which the next step tries to make again. */
static imp_status measure_by(imp_painter *p, const imp_loss_weights *w, imp_error *err)
{
    const imp_loss_weights before = imp_loss_weights_of(&p->params, &p->inputs);
    char *record = p->record;
    imp_status status = IMP_OK;

    p->record = NULL;
    set_weights(p, w);
    TRY(imp_painter_describe(p, err));
    TRY(renew_objective(p, err));
    imp_free(record);
done:
    if (status == IMP_OK) return IMP_OK;
    imp_free(p->record);
    p->record = record;
    set_weights(p, &before);
    renew_objective(p, NULL);
    return status;
}

/* What speaks of the losses as they were. */
static void forget_losses(imp_painter *p)
{
    p->stop = (imp_stop) { .n = 0 };
    imp_canvas_restart(&p->canvas);
    if (p->optimiser) imp_optimiser_restart(p->optimiser);
}

static bool are_those(const imp_painter *p, const imp_loss_weights *w)
{
    const imp_loss_weights own = imp_loss_weights_of(&p->params, &p->inputs);

    return !memcmp(&own, w, offsetof(imp_loss_weights, of_style))
           && !memcmp(own.of_style, w->of_style,
                      (size_t) p->inputs.styles * sizeof *w->of_style);
}

imp_status imp_painter_change(imp_painter *p, const imp_loss_weights *w, imp_error *err)
{
    const int threads = imp_threads_use(p->ctx->threads);
    imp_status status = IMP_OK;
    imp_plan plan;

    TRY(check_weights(&plan, p, w, err));
    if (are_those(p, w)) goto done;
    TRY(measure_by(p, w, err));
    p->plan = plan;
    forget_losses(p);
done:
    imp_threads_use(threads);
    return status;
}
