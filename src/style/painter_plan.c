/* painter_plan.c - see painter_plan.h. */
#include "style/painter_plan.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/context.h"
#include "engine/network.h"
#include "model/model.h"
#include "style/canvas.h"
#include "style/estimate.h"
#include "style/inputs.h"
#include "style/objective.h"
#include "style/optimiser.h"
#include "style/regions.h"
#include "style/schedule.h"

static uint64_t optimiser_bytes(const imp_params *params, const imp_stage *stage)
{
    return imp_optimiser_bytes(params, 3 * stage->width * stage->height);
}

/* At the peak of stage i: what it works with, and what it takes over from the one before,
 * which goes when the stage is ready, as do its pictures. */
static imp_status stage_bytes(uint64_t *bytes, const imp_plan *plan, int i,
                              const imp_context *ctx, const imp_params *params,
                              const imp_inputs *inputs, imp_error *err)
{
    const imp_stage *now = &plan->stage[i], *before = i ? now - 1 : NULL;
    uint64_t objective;
    const imp_status status = imp_objective_bytes(&objective, ctx->ops, params, inputs,
                                                  now, err);

    if (status != IMP_OK) return status;
    *bytes = objective + optimiser_bytes(params, now)
             + imp_canvas_bytes(params, now->width, now->height);
    if (before) *bytes += imp_canvas_bytes(params, before->width, before->height);
    if (before && params->carry) *bytes += optimiser_bytes(params, before);
    return IMP_OK;
}

/* The photograph (with its alpha), the paintings and the masks, resized for each stage from i
 * on; a painting whose size stays is kept once. */
static uint64_t pictures_bytes(const imp_plan *plan, int i, const imp_inputs *inputs)
{
    const uint64_t masks = imp_inputs_have_regions(inputs) ? (uint64_t) inputs->styles + 2 : 0;
    uint64_t floats = 0;

    for (int k = i; k < plan->stages; k++) {
        const imp_stage *s = &plan->stage[k];
        floats += (4 + masks) * (uint64_t) s->width * s->height;
        for (int j = 0; j < s->styles; j++) {
            const uint64_t pixels = (uint64_t) s->style[j].width * s->style[j].height;
            if (k == i || !imp_stage_same_style(s, s - 1, j)) floats += 4 * pixels;
            if (inputs->style[j].source) floats += pixels;
        }
    }
    return floats * sizeof(float);
}

/* Of all the network's weights, as a model holds them. */
static uint64_t weights_bytes(void)
{
    uint64_t floats = 0;

    for (int i = 0; i < imp_vgg19.n_layers; i++) {
        const imp_layer *l = &imp_vgg19.layer[i];
        if (l->kind == IMP_LAYER_CONV)
            floats += (uint64_t) (9 * l->in_c + 1) * (uint64_t) l->out_c;
    }
    return floats * sizeof(float);
}

/* Adds a model that is yet to be opened: its file is read whole, and then its weights stay. A
 * file has at least a byte for each of them. */
static void add_model(imp_plan *plan, const char *name)
{
    const uint64_t file = imp_model_file_bytes(name), whole = weights_bytes();
    const bool small = file && file < whole / sizeof(float);
    const uint64_t weights = small ? file * sizeof(float) : whole;

    plan->memory += weights;
    if (plan->memory < file + weights) plan->memory = file + weights;
}

/* At the peak of the stages from `from` on. */
static imp_status peak(uint64_t *most, const imp_plan *plan, int from, const imp_context *ctx,
                       const imp_params *params, const imp_inputs *inputs, imp_error *err)
{
    imp_status status = IMP_OK;

    *most = 0;
    for (int i = from; status == IMP_OK && i < plan->stages; i++) {
        uint64_t bytes = 0;
        status = stage_bytes(&bytes, plan, i, ctx, params, inputs, err);
        bytes += pictures_bytes(plan, i ? i - 1 : 0, inputs);
        if (bytes > *most) *most = bytes;
    }
    return status;
}

static uint64_t available(const imp_context *ctx, uint64_t held)
{
    return ctx->max_memory ? ctx->max_memory : imp_memory_available() + held;
}

imp_status imp_plan_make(imp_plan *plan, const imp_context *ctx, const imp_model *model,
                         const imp_inputs *inputs, const imp_params *params, imp_error *err)
{
    const uint64_t held = imp_memory_resident();
    imp_status status = imp_schedule(plan, params, inputs, err);

    if (status == IMP_OK) status = peak(&plan->memory, plan, 0, ctx, params, inputs, err);
    if (!model) add_model(plan, params->model);
    plan->memory += held;
    plan->available = available(ctx, held);
    return status;
}

imp_status imp_plan_change(imp_plan *plan, int from, const imp_context *ctx,
                           const imp_inputs *inputs, const imp_params *before,
                           const imp_params *now, imp_error *err)
{
    uint64_t then = 0, more = 0;
    imp_status status = IMP_OK;

    TRY(peak(&then, plan, from, ctx, before, inputs, err));
    TRY(peak(&more, plan, from, ctx, now, inputs, err));
    if (more > then) plan->memory += more - then;
    plan->available = available(ctx, imp_memory_resident());
done:
    return status;
}

/* Areas are known well enough from this many pixels along the long side. */
enum { SHARE_SIDE = 256 };

static imp_status measure_shares(imp_plan *plan, const imp_inputs *inputs, imp_error *err)
{
    const size_t longest = plan->width > plan->height ? plan->width : plan->height;
    const double by = fmin(1, SHARE_SIDE / (double) longest);

    return imp_regions_shares(plan->share, inputs, (size_t) ceil((double) plan->width * by),
                              (size_t) ceil((double) plan->height * by), err);
}

imp_status imp_painter_plan(imp_plan *plan, const imp_context *ctx, const imp_model *model,
                            const imp_inputs *inputs, const imp_params *params,
                            imp_error *err)
{
    imp_status status = imp_params_check(params, err);
    int threads;

    if (status == IMP_OK) status = imp_inputs_check(inputs, params, err);
    if (status != IMP_OK) return status;
    threads = imp_threads_use(ctx->threads);   /* on which scratch memory depends */
    TRY(imp_plan_make(plan, ctx, model, inputs, params, err));
    TRY(measure_shares(plan, inputs, err));
    TRY(imp_estimate_seconds(plan->stage, plan->stages, &(imp_objective_desc) {
        .ctx = ctx, .model = model, .params = params, .inputs = inputs }, err));
    for (int i = 0; i < plan->stages; i++) plan->seconds += plan->stage[i].seconds;
done:
    imp_threads_use(threads);
    return status;
}

imp_status imp_plan_check(const imp_plan *plan, imp_error *err)
{
    if (plan->memory <= plan->available || !plan->available) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "painting %zux%zu pixels needs %.0f MB and there are "
                    "%.0f MB: choose a smaller size", plan->width, plan->height,
                    ceil((double) plan->memory / 1e6), floor((double) plan->available / 1e6));
}
