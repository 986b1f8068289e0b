/* task.c - see task.h. */
#include "studio/task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/fail.h"

void opened_free(opened *all)
{
    while (all) {
        opened *next = all->next;
        imp_model_free(all->model);
        free(all->name);
        free(all);
        all = next;
    }
}

static imp_status model_of(const imp_model **out, opened **models, const char *name,
                           imp_error *err)
{
    opened *o = *models;
    imp_status status = IMP_OK;

    while (o && strcmp(o->name, name)) o = o->next;
    if (!o) {
        if (!(o = calloc(1, sizeof *o)) || !(o->name = strdup(name)))
            status = studio_fail(err, IMP_ENOMEM, "no memory for a model");
        TRY(status);
        TRY(imp_model_open(&o->model, name, err));
        o->next = *models;
        *models = o;
    }
    *out = o->model;
    return IMP_OK;

done:
    opened_free(o);
    return status;
}

uint64_t task_memory_held(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long long total, resident = 0;

    if (f && fscanf(f, "%llu %llu", &total, &resident) != 2) resident = 0;
    if (f) fclose(f);
    return resident * (uint64_t) sysconf(_SC_PAGESIZE);
}

imp_status task_plan(task *t, const job *j, pictures *p, const imp_context_params *machine,
                     opened **models, imp_error *err)
{
    const uint64_t held = task_memory_held();
    imp_status status;

    TRY(imp_context_new(&t->ctx, machine, err));
    TRY(imp_params_from_json(&t->params, j->params, "the settings", err));
    TRY(model_of(&t->model, models, t->params.model, err));
    TRY(job_inputs_load(&t->in, j, p, err));
    TRY(imp_painter_plan(&t->plan, t->ctx, t->model, &t->in.all, &t->params, err));
    t->own = t->plan.memory > held ? t->plan.memory - held : 0;

done:
    return status;
}

/* Pixels times steps of the sizes from `scale` to the one before `end`. */
static double work_of(const imp_plan *plan, int scale, int end)
{
    double work = 0;

    for (int i = scale; i < end; i++)
        work += (double) (plan->stage[i].width * plan->stage[i].height) * plan->stage[i].steps;
    return work;
}

static void put_weights(task *t, const imp_loss_weights *w)
{
    t->params.content_weight = w->content;
    t->params.style_weight = w->style;
    t->params.tv_weight = w->tv;
    for (int i = 0; i < t->in.all.styles; i++) t->in.all.style[i].weight = w->of_style[i];
}

imp_status task_change(task *t, const imp_loss_weights *to, imp_error *err)
{
    const imp_status status = imp_painter_change(t->painter, to, err);

    if (status == IMP_OK) put_weights(t, to);
    return status;
}

/* From a checkpoint written with other weights, and then on with the job's own. */
static imp_status resume_with(task *t, const char *checkpoint, const imp_loss_weights *kept,
                              imp_error *err)
{
    const imp_loss_weights own = imp_loss_weights_of(&t->params, &t->in.all);
    imp_status status;

    put_weights(t, kept);
    status = imp_painter_resume(&t->painter, t->ctx, t->model, &t->in.all, &t->params,
                                checkpoint, err);
    put_weights(t, &own);
    t->other_weights = status == IMP_OK;
    return status == IMP_OK ? imp_painter_change(t->painter, &own, err) : status;
}

/* Nothing that is wrong with the file is a reason not to paint. */
static imp_status resume(task *t, const char *checkpoint, const imp_loss_weights *kept,
                         imp_error *err)
{
    imp_error why;
    imp_status status = imp_painter_resume(&t->painter, t->ctx, t->model, &t->in.all,
                                           &t->params, checkpoint, &why);

    if (status == IMP_EINVAL && kept) status = resume_with(t, checkpoint, kept, &why);
    if (status != IMP_OK) {
        imp_painter_free(t->painter);
        t->painter = NULL;
        t->other_weights = false;
    }
    if (status == IMP_ENOMEM) return studio_fail(err, status, "%s", why.message);
    if (status != IMP_OK)
        studio_say("job %lld begins anew: %s", (long long) t->id, why.message);
    return IMP_OK;
}

imp_status task_begin(task *t, const char *checkpoint, const imp_loss_weights *kept,
                      imp_error *err)
{
    imp_progress *at = &t->at;
    imp_status status = IMP_OK;

    if (checkpoint) TRY(resume(t, checkpoint, kept, err));
    if (!t->painter)
        TRY(imp_painter_new(&t->painter, t->ctx, t->model, &t->in.all, &t->params, err));
    TRY(imp_painter_step(t->painter, 0, at, err));
    t->work = work_of(&t->plan, 0, at->scale - 1)
            + (double) (at->width * at->height) * at->scale_step;

done:
    return status;
}

imp_status task_save(task *t, const char *checkpoint, imp_error *err)
{
    return imp_painter_save(t->painter, checkpoint, err);
}

void task_end(task *t)
{
    const int64_t id = t->id;

    imp_painter_free(t->painter);
    job_inputs_free(&t->in);
    imp_context_free(t->ctx);
    memset(t, 0, sizeof *t);
    t->id = id;
}

imp_status task_step(task *t, imp_error *err)
{
    const int before = t->at.step;
    const imp_status status = imp_painter_step(t->painter, 1, &t->at, err);

    if (status == IMP_OK)
        t->work += (double) (t->at.width * t->at.height) * (t->at.step - before);
    return status;
}

/* Pixels times steps that are still to come. */
static double work_left(const task *t)
{
    const imp_progress *at = &t->at;

    return (double) (at->width * at->height) * (at->scale_steps - at->scale_step)
         + work_of(&t->plan, at->scale, t->plan.stages);
}

/* What the plan foresaw, until the steps themselves tell. */
static double seconds_left(const task *t)
{
    const double left = work_left(t);

    if (t->at.done) return 0;
    if (!t->painter) return -1;
    return t->work > 0 ? t->at.seconds * left / t->work : t->plan.seconds;
}

job_progress task_progress(const task *t)
{
    const double loss = t->at.loss.total;

    return (job_progress) {
        .step = t->at.step, .steps = t->at.steps, .seconds = t->at.seconds,
        .left = seconds_left(t), .loss = isfinite(loss) ? loss : 0,
        .width = t->at.width, .height = t->at.height,
    };
}
