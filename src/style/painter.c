/* painter.c - one stylisation in progress: the objective looks, the optimiser walks. See
 * impasto/style.h. */
#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "model/model.h"
#include "style/objective.h"
#include "style/optimiser.h"
#include "style/painter.h"
#include "style/schedule.h"
#include "style/start.h"
#include "style/variable.h"

struct imp_painter {
    const imp_context *ctx;
    imp_params params;
    imp_image *frame;        /* the photograph at the painted size: its alpha, density;
                                the settings                                           */
    imp_objective *objective;
    imp_optimiser *optimiser;
    imp_tensor x, grad;      /* the variable, and the loss's gradient with respect to it   */
    float *best;             /* the variable when the loss was least                       */
    double best_loss;
    const imp_watch *watch;
    bool failed;             /* the losses are not finite: only `best` is worth anything   */
    imp_progress progress;
};

/* --- What it will need ------------------------------------------------------------------- */

static uint64_t floats(double n)
{
    return (uint64_t) (n * sizeof(float));
}

/* Bytes at the peak of one stage. */
static imp_status stage_bytes(uint64_t *bytes, const imp_context *ctx,
                              const imp_params *params, const imp_stage *stage,
                              imp_error *err)
{
    const double pixels = (double) stage->width * (double) stage->height;
    const double style_pixels = (double) stage->style_width * (double) stage->style_height;
    uint64_t objective;
    imp_status status;

    status = imp_objective_bytes(&objective, ctx->ops, params, stage->width, stage->height,
                                 stage->style_width, stage->style_height, err);
    if (status != IMP_OK) return status;
    *bytes = objective + imp_optimiser_bytes((size_t) (3 * pixels))
             + floats(3 * 3 * pixels)                         /* x, grad, best    */
             + floats(4 * pixels) + floats(3 * style_pixels); /* resized pictures */
    return IMP_OK;
}

/* Of all stages, whose peaks come one after another. */
static imp_status plan_job(imp_plan *plan, const imp_context *ctx, const imp_image *content,
                           const imp_image *style, const imp_params *params, imp_error *err)
{
    imp_status status = imp_schedule(plan, params, content, style, err);

    plan->available = ctx->max_memory ? ctx->max_memory : imp_memory_available();
    for (int i = 0; status == IMP_OK && i < plan->stages; i++) {
        uint64_t bytes = 0;
        status = stage_bytes(&bytes, ctx, params, &plan->stage[i], err);
        if (bytes > plan->memory) plan->memory = bytes;
    }
    return status;
}

imp_status imp_painter_plan(imp_plan *plan, const imp_context *ctx, const imp_image *content,
                            const imp_image *style, const imp_params *params, imp_error *err)
{
    imp_status status = imp_params_check(params, err);
    int threads;

    if (status != IMP_OK) return status;
    threads = imp_threads_use(ctx->threads);   /* on which scratch memory depends */
    status = plan_job(plan, ctx, content, style, params, err);
    imp_threads_use(threads);
    return status;
}

/* Refuses a job that does not fit, before any of its memory is taken. */
static imp_status check_memory(const imp_plan *plan, imp_error *err)
{
    if (plan->memory <= plan->available || !plan->available) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "painting %zux%zu pixels needs %.0f MB and there are "
                    "%.0f MB: choose a smaller size", plan->width, plan->height,
                    ceil((double) plan->memory / 1e6), floor((double) plan->available / 1e6));
}

/* --- Making it --------------------------------------------------------------------------- */

/* The record that lets the picture be painted again. */
static imp_status describe(imp_painter *p, const imp_model *model, imp_error *err)
{
    char *params = NULL, *record = NULL;
    imp_status status = imp_params_to_json(&params, &p->params, err);

    if (status != IMP_OK) return status;
    record = imp_strfmt("{\"impasto\": \"%s\", \"model-sha256\": \"%s\", \"params\": %s}",
                        imp_version(), imp_model_sha256(model), params);
    if (record) status = imp_image_set_settings(p->frame, record, err);
    else status = imp_fail(err, IMP_ENOMEM, "no memory for the settings");
    imp_free(record);
    imp_data_free(params);
    return status;
}

static imp_status take_buffers(imp_painter *p, imp_error *err)
{
    const imp_ops *ops = p->ctx->ops;
    const int w = (int) imp_image_width(p->frame), h = (int) imp_image_height(p->frame);
    const imp_tensor shape = { NULL, 3, h, w, 1 };
    const size_t n = imp_tensor_floats(&shape);

    p->x = p->grad = shape;
    p->x.data = ops->alloc(n);
    p->grad.data = ops->alloc(n);
    p->best = ops->alloc(n);
    if (p->x.data && p->grad.data && p->best) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory for a picture of %dx%d", w, h);
}

/* Puts the starting picture into the variable. */
static imp_status begin(imp_painter *p, const imp_image *style, const imp_image *init,
                        imp_error *err)
{
    const size_t n = imp_tensor_floats(&p->x);
    imp_image *start = NULL;
    float *host = imp_alloc(n, sizeof *host);
    imp_status status = IMP_OK;

    if (!host) return imp_fail(err, IMP_ENOMEM, "no memory for the starting picture");
    TRY(imp_start_image(&start, &p->params, p->frame, style, init, err));
    imp_variable_from_image(host, start, p->params.variable);
    p->ctx->ops->upload(p->x.data, host, n);
    p->ctx->ops->copy(p->best, p->x.data, n);
done:
    imp_image_free(start);
    imp_free(host);
    return status;
}

static imp_status prepare(imp_painter *p, const imp_model *model, const imp_image *content,
                          const imp_image *style, const imp_image *init, imp_error *err)
{
    const imp_params *params = &p->params;
    imp_image *seen = NULL;   /* the painting as the network sees it */
    imp_status status = IMP_OK;
    imp_stage stage;
    imp_plan plan;

    TRY(plan_job(&plan, p->ctx, content, style, params, err));
    TRY(check_memory(&plan, err));
    stage = plan.stage[plan.stages - 1];
    TRY(imp_image_resize(&p->frame, content, stage.width, stage.height, params->filter,
                         params->linear_light, err));
    TRY(imp_image_resize(&seen, style, stage.style_width, stage.style_height, params->filter,
                         params->linear_light, err));
    TRY(describe(p, model, err));
    TRY(take_buffers(p, err));
    TRY(begin(p, seen, init, err));
    TRY(imp_objective_new(&p->objective, &(imp_objective_desc) {
        .ctx = p->ctx, .model = model, .params = params,
        .content = p->frame, .style = seen }, err));
    TRY(imp_optimiser_new(&p->optimiser, p->ctx->ops, params, imp_tensor_floats(&p->x), err));
    p->progress = (imp_progress) {
        .steps = stage.steps, .width = stage.width, .height = stage.height,
    };
done:
    imp_image_free(seen);
    return status;
}

imp_status imp_painter_new(imp_painter **out, const imp_context *ctx, const imp_model *model,
                           const imp_image *content, const imp_image *style,
                           const imp_image *init, const imp_params *params, imp_error *err)
{
    imp_status status = imp_params_check(params, err);
    imp_painter *p;
    int threads;

    *out = NULL;
    if (status != IMP_OK) return status;
    if ((params->init == IMP_INIT_IMAGE) != (init != NULL))
        return imp_fail(err, IMP_EINVAL,
                        "init: a starting picture goes with \"image\" and nothing else");
    p = imp_alloc(1, sizeof *p);
    if (!p) return imp_fail(err, IMP_ENOMEM, "no memory for a painter");
    p->ctx = ctx;
    p->params = *params;
    p->best_loss = INFINITY;
    threads = imp_threads_use(ctx->threads);
    status = prepare(p, model, content, style, init, err);
    imp_threads_use(threads);
    if (status == IMP_OK) *out = p;
    else imp_painter_free(p);
    return status;
}

void imp_painter_free(imp_painter *p)
{
    if (!p) return;
    imp_optimiser_free(p->optimiser);
    imp_objective_free(p->objective);
    p->ctx->ops->free(p->x.data);
    p->ctx->ops->free(p->grad.data);
    p->ctx->ops->free(p->best);
    imp_image_free(p->frame);
    imp_free(p);
}

/* --- Painting ---------------------------------------------------------------------------- */

static void clamp(imp_painter *p)
{
    const imp_variable_map map = imp_variable_map_of(p->params.variable);
    float high[3];

    for (int ch = 0; ch < 3; ch++) high[ch] = map.scale[ch] + map.shift[ch];
    p->ctx->ops->clamp(&p->x, map.shift, high);
}

void imp_painter_watch(imp_painter *p, const imp_watch *watch)
{
    p->watch = watch;
    imp_objective_watch(p->objective, watch);
}

/* Looks at the picture, remembers it if it is the best so far, and moves on to the next. */
static imp_status one_step(imp_painter *p, imp_error *err)
{
    const size_t n = imp_tensor_floats(&p->x);
    imp_losses *loss = &p->progress.loss;
    double begin;

    imp_objective_eval(p->objective, &p->x, &p->grad, loss);
    if (!isfinite(loss->total)) {
        p->failed = true;
        return imp_fail(err, IMP_EINVAL, "the loss is no longer finite at step %d: lower "
                        "learning-rate or the weights", p->progress.step + 1);
    }
    if (loss->total < p->best_loss) {
        p->best_loss = loss->total;
        p->ctx->ops->copy(p->best, p->x.data, n);
    }
    begin = imp_watch_begin(p->watch);
    imp_optimiser_next(p->optimiser, p->x.data, loss->total, p->grad.data);
    imp_watch_end(p->watch, begin, "optimiser", "", false);
    if (p->params.clamp) clamp(p);
    p->progress.step++;
    return IMP_OK;
}

imp_status imp_painter_step(imp_painter *p, int n, imp_progress *progress, imp_error *err)
{
    const double start = imp_clock();
    const int threads = imp_threads_use(p->ctx->threads);
    imp_progress *at = &p->progress;
    imp_status status = IMP_OK;

    for (; n > 0 && !p->failed && at->step < at->steps && status == IMP_OK; n--)
        status = one_step(p, err);
    imp_threads_use(threads);
    at->done = p->failed || at->step >= at->steps;
    at->seconds += imp_clock() - start;
    if (progress) *progress = *at;
    return status;
}

imp_status imp_painter_image(imp_image **out, const imp_painter *p, imp_error *err)
{
    const bool best = p->failed || p->params.result == IMP_RESULT_BEST;
    const size_t w = imp_image_width(p->frame), h = imp_image_height(p->frame), n = 3 * w * h;
    float *host = imp_alloc(n, sizeof *host);
    imp_image *image = NULL;
    imp_status status = IMP_OK;
    double density_x, density_y;

    *out = NULL;
    if (!host) return imp_fail(err, IMP_ENOMEM, "no memory for a picture of %zux%zu", w, h);
    TRY(imp_image_new(&image, w, h, false, err));
    p->ctx->ops->download(host, best ? p->best : p->x.data, n);
    imp_variable_to_image(image, host, p->params.variable);
    TRY(imp_image_copy_alpha(image, p->frame, err));
    TRY(imp_image_set_settings(image, imp_image_settings(p->frame), err));
    imp_image_density(p->frame, &density_x, &density_y);
    imp_image_set_density(image, density_x, density_y);
    *out = image;
    image = NULL;
done:
    imp_image_free(image);
    imp_free(host);
    return status;
}
