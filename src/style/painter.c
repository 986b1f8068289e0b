/* painter.c - one stylisation in progress: the objective looks, the optimiser walks, from one
 * size to the next. See impasto/style.h. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/context.h"
#include "model/model.h"
#include "style/canvas.h"
#include "style/checkpoint.h"
#include "style/colour_keep.h"
#include "style/colour_match.h"
#include "style/identity.h"
#include "style/inputs.h"
#include "style/objective.h"
#include "style/optimiser.h"
#include "style/painter.h"
#include "style/painter_plan.h"
#include "style/schedule.h"
#include "style/start.h"
#include "style/stop.h"

struct imp_painter {
    const imp_context *ctx;
    const imp_model *model;
    imp_params params;
    imp_plan plan;
    imp_inputs inputs;       /* their pictures only while the painter is made             */
    imp_seen seen[IMP_MAX_STAGES];   /* by each stage; nothing when that is past           */
    imp_identity identity;   /* of the job, as its pictures were                          */
    char *record;            /* lets the picture be painted again                         */

    int stage;
    imp_canvas canvas;       /* of this stage, until all of the next one's is there        */
    imp_objective *objective;   /* NULL: a change to the next stage, or of weights, failed  */
    imp_optimiser *optimiser;
    imp_stop stop;
    const imp_watch *watch;
    bool failed;             /* the losses are not finite: only the best is worth anything */
    imp_progress progress;
};

/* --- Making it --------------------------------------------------------------------------- */

static imp_status describe(imp_painter *p, imp_error *err)
{
    char *params;
    const imp_status status = imp_params_to_json(&params, &p->params, err);

    if (status != IMP_OK) return status;
    p->record = imp_strfmt("{\"impasto\": \"%s\", \"model-sha256\": \"%s\", \"params\": %s}",
                           imp_version(), imp_model_sha256(p->model), params);
    imp_data_free(params);
    return p->record ? IMP_OK : imp_fail(err, IMP_ENOMEM, "no memory for the settings");
}

/* What stage i looks at. */
static imp_status see(imp_painter *p, int i, imp_error *err)
{
    const imp_seen *before = i ? &p->seen[i - 1] : NULL;

    return imp_seen_make(&p->seen[i], &p->inputs, &p->params, &p->plan.stage[i], before, err);
}

/* Gives painting i, as the stages see it, the photograph's colours. */
static void match_colours(imp_painter *p, int i, imp_match how)
{
    const imp_colour_moments photo = imp_colour_moments_of(p->inputs.photo);
    const imp_colour_moments own = imp_colour_moments_of(p->inputs.style[i].painting);
    const imp_colour_map map = imp_colour_map_between(&own, &photo, how);

    for (int k = 0; k < p->plan.stages; k++)
        if (!k || p->seen[k].painting[i] != p->seen[k - 1].painting[i])
            imp_match_colours(p->seen[k].painting[i], &map);
}

static imp_match match_of(const imp_painter *p, int i)
{
    const imp_match own = p->inputs.style[i].match_colours;

    return own == IMP_MATCH_AS_PARAMS ? p->params.match_colours : own;
}

/* Frees what stage i looks at, unless the next one does too. */
static void forget(imp_painter *p, int i)
{
    imp_seen_forget(&p->seen[i], i + 1 < IMP_MAX_STAGES ? &p->seen[i + 1] : NULL);
}

static imp_status new_objective(imp_painter *p, int stage, imp_error *err)
{
    const imp_inputs inputs = imp_seen_inputs(&p->seen[stage], &p->inputs);
    imp_objective *objective = NULL;
    imp_status status = IMP_OK;

    TRY(imp_objective_new(&objective, &(imp_objective_desc) {
        .ctx = p->ctx, .model = p->model, .params = &p->params, .inputs = &inputs }, err));
    TRY(imp_objective_check(objective, &inputs, err));
    imp_objective_watch(objective, p->watch);
    p->objective = objective;
    objective = NULL;
done:
    imp_objective_free(objective);
    return status;
}

/* The stage that the progress speaks of from now on. */
static void enter(imp_painter *p, int stage)
{
    const imp_stage *s = &p->plan.stage[stage];
    imp_progress *at = &p->progress;

    p->stage = stage;
    p->stop = (imp_stop) { .n = 0 };
    at->scale = stage + 1;
    at->scale_step = 0;
    at->scale_steps = s->steps;
    at->width = s->width;
    at->height = s->height;
}

/* What does not change while it is painted. */
static imp_status prepare(imp_painter *p, imp_error *err)
{
    imp_status status = IMP_OK;

    TRY(imp_plan_make(&p->plan, p->ctx, p->model, &p->inputs, &p->params, err));
    TRY(imp_plan_check(&p->plan, err));
    TRY(describe(p, err));
    p->identity = imp_identity_of(p->ctx, p->model, &p->inputs, &p->params);
    for (int i = 0; i < p->plan.stages; i++) TRY(see(p, i, err));
    for (int i = 0; i < p->inputs.styles; i++)
        if (match_of(p, i) != IMP_MATCH_NO) match_colours(p, i, match_of(p, i));
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
    TRY(new_objective(p, 0, err));
    TRY(imp_optimiser_new(&p->optimiser, p->ctx->ops, params, &p->canvas.x, err));
    enter(p, 0);
done:
    imp_image_free(start);
    return status;
}

/* --- Its state --------------------------------------------------------------------------- */

/* Is there more to paint of this stage? */
static bool paints(const imp_painter *p)
{
    return !p->failed && p->progress.scale_step < p->progress.scale_steps;
}

/* Will the optimiser be asked again? */
static bool walks(const imp_painter *p)
{
    return paints(p) || (p->params.carry && p->stage + 1 < p->plan.stages);
}

/* Could steps have led to these counts? */
static bool plausible(const imp_painter *p)
{
    const imp_progress *at = &p->progress;
    int before = 0, after = 0;

    if (at->scale_step < 0 || at->scale_step > at->scale_steps || at->step < at->scale_step
        || at->scale_steps > p->plan.stage[p->stage].steps) return false;
    for (int i = 0; i < p->stage; i++) before += p->plan.stage[i].steps;
    for (int i = p->stage + 1; i < p->plan.stages; i++) after += p->plan.stage[i].steps;
    return at->step - at->scale_step <= before && p->stop.n <= at->scale_step
           && at->steps == at->step - at->scale_step + at->scale_steps + after;
}

static void visit_progress(imp_painter *p, imp_archive *a)
{
    imp_progress *at = &p->progress;
    int stage = p->stage;

    imp_archive_int(a, &stage);
    imp_archive_require(a, stage >= 0 && stage < p->plan.stages);
    if (a->status != IMP_OK) return;
    if (a->reading) enter(p, stage);
    imp_archive_int(a, &at->step);
    imp_archive_int(a, &at->steps);
    imp_archive_int(a, &at->scale_step);
    imp_archive_int(a, &at->scale_steps);
    imp_archive_double(a, &at->seconds);
    imp_archive_bytes(a, &at->loss, sizeof at->loss);
    imp_archive_bool(a, &p->failed);
    imp_stop_visit(&p->stop, a);
    imp_archive_require(a, plausible(p));
}

/* What is to be read into. */
static imp_status take_stage(imp_painter *p, imp_error *err)
{
    imp_status status = IMP_OK;

    for (int i = 0; i < p->stage; i++) forget(p, i);
    TRY(imp_canvas_init(&p->canvas, p->ctx->ops, &p->params, p->seen[p->stage].photo, err));
    if (walks(p))
        TRY(imp_optimiser_new(&p->optimiser, p->ctx->ops, &p->params, &p->canvas.x, err));
done:
    return status;
}

/* Says why, if the archive does not know. */
static imp_status told(const imp_archive *a, imp_error *err)
{
    if (a->status == IMP_EFORMAT)
        return imp_fail(err, a->status, "holds a state that no painter can be in: begin anew");
    if (a->status == IMP_EIO)
        return imp_fail(err, a->status, "could not be %s in full",
                        a->reading ? "read" : "written");
    return a->status;
}

static imp_status move_state(imp_painter *p, imp_archive *a, imp_error *err)
{
    imp_status status;

    if (!imp_archive_begin(a))
        return imp_fail(err, IMP_ENOMEM, "no memory for a piece of the state");
    imp_identity_visit(&p->identity, a, err);
    visit_progress(p, a);
    TRY(told(a, err));
    if (a->reading) TRY(take_stage(p, err));
    imp_canvas_visit(&p->canvas, a);
done:
    imp_archive_end(a);
    return status == IMP_OK ? told(a, err) : status;
}

/* To a file, or from one. */
static imp_status move_all(imp_painter *p, const char *file, bool reading, imp_error *err)
{
    imp_archive a = { .reading = reading, .move = imp_checkpoint_move, .ops = p->ctx->ops };
    imp_checkpoint *c = NULL;
    imp_status status = reading ? imp_checkpoint_open(&c, file, err)
                                : imp_checkpoint_create(&c, file, err);

    if (status != IMP_OK) return status;
    a.user = c;
    status = move_state(p, &a, err);
    if (status == IMP_OK && walks(p))
        status = reading ? imp_optimiser_load(p->optimiser, imp_checkpoint_move, c, err)
                         : imp_optimiser_save(p->optimiser, imp_checkpoint_move, c, err);
    status = status == IMP_OK ? imp_checkpoint_end(c, err)
                              : imp_checkpoint_fail(c, status, err);
    imp_checkpoint_free(c);
    return status;
}

imp_status imp_painter_save(imp_painter *p, const char *file, imp_error *err)
{
    return move_all(p, file, false, err);
}

static imp_status go_on(imp_painter *p, const char *file, imp_error *err)
{
    const imp_status status = move_all(p, file, true, err);

    return status == IMP_OK && paints(p) ? new_objective(p, p->stage, err) : status;
}

/* --- Making it, from its start or from a file -------------------------------------------- */

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
    if (status == IMP_OK) status = file ? go_on(p, file, err) : begin(p, err);
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
    for (int i = 0; i < IMP_MAX_STAGES; i++) forget(p, i);
    imp_free(p->record);
    imp_free(p);
}

void imp_painter_watch(imp_painter *p, const imp_watch *watch)
{
    p->watch = watch;
    if (p->objective) imp_objective_watch(p->objective, watch);
}

/* --- From one size to the next ----------------------------------------------------------- */

/* The canvas of the next stage, with the picture that this one would hand out, enlarged. */
static imp_status enlarge(imp_canvas *larger, const imp_painter *p, imp_error *err)
{
    const imp_image *photo = p->seen[p->stage].photo;
    const imp_image *larger_photo = p->seen[p->stage + 1].photo;
    imp_image *small = NULL, *start = NULL;
    imp_status status = IMP_OK;

    TRY(imp_canvas_image(&small, &p->canvas, p->params.result, err));
    TRY(imp_start_larger(&start, &p->params, small, photo, larger_photo, err));
    TRY(imp_canvas_init(larger, p->ctx->ops, &p->params, start, err));
done:
    imp_image_free(small);
    imp_image_free(start);
    return status;
}

/* The next stage begins with the enlarged picture, and with what the optimiser has learnt if
 * that is carried over. The objective goes before the next one comes, so that there is never
 * more than one; what else the next stage needs of this one stays until all of that is
 * complete: after a failure the picture is there, and the change can be tried again. */
static imp_status move_on(imp_painter *p, imp_error *err)
{
    const int next = p->stage + 1;
    imp_canvas canvas = { .ops = NULL };
    imp_optimiser *optimiser = NULL;
    imp_status status = IMP_OK;

    imp_objective_free(p->objective);
    p->objective = NULL;
    if (!p->params.carry) {
        imp_optimiser_free(p->optimiser);
        p->optimiser = NULL;
    }
    TRY(enlarge(&canvas, p, err));
    TRY(imp_optimiser_new(&optimiser, p->ctx->ops, &p->params, &canvas.x, err));
    if (p->params.carry) TRY(imp_optimiser_carry(optimiser, p->optimiser, err));
    TRY(new_objective(p, next, err));
    imp_canvas_free(&p->canvas);
    imp_optimiser_free(p->optimiser);
    forget(p, p->stage);
    p->canvas = canvas;
    p->optimiser = optimiser;
    canvas = (imp_canvas) { .ops = NULL };
    optimiser = NULL;
    enter(p, next);
done:
    imp_canvas_free(&canvas);
    imp_optimiser_free(optimiser);
    return status;
}

/* --- Other weights ----------------------------------------------------------------------- */

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
    return paints(p) ? new_objective(p, p->stage, err) : IMP_OK;
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
    TRY(describe(p, err));
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
        if (at->scale_step == at->scale_steps) status = move_on(p, err);
        else if (!p->objective) status = new_objective(p, p->stage, err);
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
