/* painter_stage.c - the stage that a painter is at: what it looks at, its objective, and the
 * way to the next one. See painter_parts.h. */
#include "base/error.h"
#include "style/colour_match.h"
#include "style/painter_parts.h"
#include "style/start.h"

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

imp_status imp_painter_see(imp_painter *p, imp_error *err)
{
    imp_status status = IMP_OK;

    for (int i = 0; i < p->plan.stages; i++) TRY(see(p, i, err));
    for (int i = 0; i < p->inputs.styles; i++)
        if (match_of(p, i) != IMP_MATCH_NO) match_colours(p, i, match_of(p, i));
done:
    return status;
}

void imp_painter_forget(imp_painter *p, int i)
{
    imp_seen_forget(&p->seen[i], i + 1 < IMP_MAX_STAGES ? &p->seen[i + 1] : NULL);
}

imp_status imp_painter_new_objective(imp_painter *p, int stage, imp_error *err)
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

void imp_painter_enter(imp_painter *p, int stage)
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

bool imp_painter_paints(const imp_painter *p)
{
    return !p->failed && p->progress.scale_step < p->progress.scale_steps;
}

bool imp_painter_walks(const imp_painter *p)
{
    return imp_painter_paints(p) || (p->params.carry && p->stage + 1 < p->plan.stages);
}

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

/* The objective goes before the next one comes, so that there is never more than one; what
 * else the next stage needs of this one stays until all of that is complete. */
imp_status imp_painter_move_on(imp_painter *p, imp_error *err)
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
    TRY(imp_painter_new_objective(p, next, err));
    imp_canvas_free(&p->canvas);
    imp_optimiser_free(p->optimiser);
    imp_painter_forget(p, p->stage);
    p->canvas = canvas;
    p->optimiser = optimiser;
    canvas = (imp_canvas) { .ops = NULL };
    optimiser = NULL;
    imp_painter_enter(p, next);
done:
    imp_canvas_free(&canvas);
    imp_optimiser_free(optimiser);
    return status;
}
