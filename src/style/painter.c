/* painter.c - one stylisation in progress: the objective looks, the optimiser walks, from one
 * size to the next. See impasto/style.h, and painter_parts.h for its other files. */
#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/context.h"
#include "model/model.h"
#include "style/colour_keep.h"
#include "style/painter.h"
#include "style/painter_parts.h"
#include "style/painter_plan.h"
#include "style/start.h"

/* --- Making it, from its start or from a file -------------------------------------------- */

imp_status imp_painter_describe(imp_painter *p, imp_error *err)
{
    char *params;
    const imp_status status = imp_params_to_json(&params, &p->params, err);

    if (status != IMP_OK) return status;
    p->record = imp_strfmt("{\"impasto\": \"%s\", \"model-sha256\": \"%s\", \"params\": %s}",
                           imp_version(), imp_model_sha256(p->model), params);
    imp_data_free(params);
    return p->record ? IMP_OK : imp_fail(err, IMP_ENOMEM, "no memory for the settings");
}

/* What does not change while it is painted. */
static imp_status prepare(imp_painter *p, imp_error *err)
{
    imp_status status = IMP_OK;

    TRY(imp_plan_make(&p->plan, p->ctx, p->model, &p->inputs, &p->params, err));
    TRY(imp_plan_check(&p->plan, err));
    TRY(imp_painter_describe(p, err));
    p->identity = imp_identity_of(p->ctx, p->model, &p->inputs, &p->params);
    TRY(imp_painter_see(p, err));
    p->progress = (imp_progress) { .steps = p->plan.steps, .scales = p->plan.stages };
done:
    return status;
}

static imp_status begin(imp_painter *p, imp_error *err)
{
    const imp_params *params = &p->params;
    imp_image *start = NULL;
    imp_status status = IMP_OK;

    TRY(imp_start_image(&start, params, p->seen[0].photo, p->seen[0].painting[0],
                        p->inputs.init, err));
    TRY(imp_canvas_init(&p->canvas, p->ctx->ops, params, start, err));
    TRY(imp_painter_new_objective(p, 0, err));
    TRY(imp_optimiser_new(&p->optimiser, p->ctx->ops, params, &p->canvas.x, err));
    imp_painter_enter(p, 0);
done:
    imp_image_free(start);
    return status;
}

static imp_status make(imp_painter **out, const imp_context *ctx, const imp_model *model,
                       const imp_inputs *inputs, const imp_params *params, const char *file,
                       imp_error *err)
{
    imp_status status = imp_params_check(params, err);
    imp_painter *p;
    int threads;

    *out = NULL;
    if (status == IMP_OK) status = imp_inputs_check(inputs, params, err);
    if (status != IMP_OK) return status;
    p = imp_alloc(1, sizeof *p);
    if (!p) return imp_fail(err, IMP_ENOMEM, "no memory for a painter");
    p->ctx = ctx;
    p->model = model;
    p->params = *params;
    p->inputs = *inputs;
    threads = imp_threads_use(ctx->threads);
    status = prepare(p, err);
    if (status == IMP_OK) status = file ? imp_painter_go_on(p, file, err) : begin(p, err);
    imp_threads_use(threads);
    if (status == IMP_OK) *out = p;
    else imp_painter_free(p);
    return status;
}

imp_status imp_painter_new(imp_painter **out, const imp_context *ctx, const imp_model *model,
                           const imp_inputs *inputs, const imp_params *params,
                           imp_error *err)
{
    return make(out, ctx, model, inputs, params, NULL, err);
}

imp_status imp_painter_resume(imp_painter **out, const imp_context *ctx,
                              const imp_model *model, const imp_inputs *inputs,
                              const imp_params *params, const char *file, imp_error *err)
{
    return make(out, ctx, model, inputs, params, file, err);
}

void imp_painter_free(imp_painter *p)
{
    if (!p) return;
    imp_optimiser_free(p->optimiser);
    imp_objective_free(p->objective);
    imp_canvas_free(&p->canvas);
    for (int i = 0; i < IMP_MAX_STAGES; i++) imp_painter_forget(p, i);
    imp_free(p->record);
    imp_free(p);
}

void imp_painter_watch(imp_painter *p, const imp_watch *watch)
{
    p->watch = watch;
    if (p->objective) imp_objective_watch(p->objective, watch);
}

/* --- Painting ---------------------------------------------------------------------------- */

/* The losses of the picture as it is, which is remembered if it is the best so far. */
static imp_status look(imp_painter *p, imp_error *err)
{
    imp_losses *loss = &p->progress.loss;

    imp_objective_eval(p->objective, &p->canvas.x, &p->canvas.grad, loss);
    if (!isfinite(loss->total)) {
        p->failed = true;
        return imp_fail(err, IMP_EINVAL, "the loss is no longer finite at step %d: lower %s "
                        "or the weights", p->progress.step + 1,
                        p->params.optimiser == IMP_METHOD_LBFGS ? "step-length"
                                                                : "learning-rate");
    }
    imp_canvas_measured(&p->canvas, loss->total);
    return IMP_OK;
}

/* Looks at the picture and moves on to the next one. */
static imp_status one_step(imp_painter *p, imp_error *err)
{
    imp_progress *at = &p->progress;
    const imp_status status = look(p, err);
    double begin;

    if (status != IMP_OK) return status;
    begin = imp_watch_begin(p->watch);
    imp_optimiser_next(p->optimiser, p->canvas.x.data, at->loss.total, p->canvas.grad.data);
    imp_watch_end(p->watch, begin, "optimiser", "", false);
    imp_canvas_moved(&p->canvas);
    at->step++;
    at->scale_step++;
    if (imp_stop_now(&p->stop, at->loss.total, p->params.stop)) {
        at->steps -= at->scale_steps - at->scale_step;
        at->scale_steps = at->scale_step;
    }
    return IMP_OK;
}

imp_status imp_painter_step(imp_painter *p, int n, imp_progress *progress, imp_error *err)
{
    const double start = imp_clock();
    const int threads = imp_threads_use(p->ctx->threads);
    imp_progress *at = &p->progress;
    imp_status status = IMP_OK;

    for (; n > 0 && !p->failed && at->step < at->steps && status == IMP_OK; n--) {
        if (at->scale_step == at->scale_steps) status = imp_painter_move_on(p, err);
        else if (!p->objective) status = imp_painter_new_objective(p, p->stage, err);
        if (status == IMP_OK) status = one_step(p, err);
    }
    imp_threads_use(threads);
    at->done = p->failed || at->step >= at->steps;
    at->seconds += imp_clock() - start;
    if (progress) *progress = *at;
    return status;
}

imp_status imp_painter_image(imp_image **out, const imp_painter *p, imp_error *err)
{
    const imp_image *photo = p->seen[p->stage].photo;
    const imp_result which = p->failed ? IMP_RESULT_BEST : p->params.result;
    imp_image *image = NULL;
    imp_status status = IMP_OK;
    double density_x, density_y;

    *out = NULL;
    TRY(imp_canvas_image(&image, &p->canvas, which, err));
    if (p->params.keep_colours) imp_keep_colours(image, photo, p->params.colour_space);
    if (p->seen[p->stage].keep)
        TRY(imp_mask_blend(image, photo, p->seen[p->stage].keep, err));
    TRY(imp_image_copy_alpha(image, photo, err));
    TRY(imp_image_set_settings(image, p->record, err));
    imp_image_density(photo, &density_x, &density_y);
    imp_image_set_density(image, density_x, density_y);
    *out = image;
    image = NULL;
done:
    imp_image_free(image);
    return status;
}
