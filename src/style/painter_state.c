/* painter_state.c - a painter to a checkpoint, and back. See impasto/style.h. */
#include "base/error.h"
#include "engine/context.h"
#include "style/checkpoint.h"
#include "style/painter_parts.h"

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
    if (a->reading) imp_painter_enter(p, stage);
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

    for (int i = 0; i < p->stage; i++) imp_painter_forget(p, i);
    TRY(imp_canvas_init(&p->canvas, p->ctx->ops, &p->params, p->seen[p->stage].photo, err));
    if (imp_painter_walks(p))
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
    if (status == IMP_OK && imp_painter_walks(p))
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

imp_status imp_painter_go_on(imp_painter *p, const char *file, imp_error *err)
{
    const imp_status status = move_all(p, file, true, err);

    if (status != IMP_OK || !imp_painter_paints(p)) return status;
    return imp_painter_new_objective(p, p->stage, err);
}
