/* job.c - see job.h: the loop over the steps, and what is written during it and after it. */
#include "job.h"

#include <string.h>
#include <time.h>

#include "checkpoint.h"
#include "interrupt.h"
#include "job_told.h"
#include "loss_log.h"
#include "loss_plot.h"
#include "picture.h"
#include "progress.h"
#include "report.h"
#include "show.h"

/* What the loop carries along. */
typedef struct run {
    progress progress;
    loss_log log;
    loss_curves curves;
    imp_progress at;
    int kept;                /* the step of the newest checkpoint */
    bool preview_failed;
} run;

double job_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static int save(const job *j, const run *r, const char *path, const imp_save_params *params)
{
    imp_image *image = NULL;
    imp_error err;
    int status = STATUS_OK;

    if (imp_painter_image(&image, j->painter, &err)) TRY(complain_error(&err, PHASE_WORK));
    TRY(job_add_record(image, j, &r->at));
    status = picture_save(image, path, params);

done:
    imp_image_free(image);
    return status;
}

/* A preview that cannot be written is no reason to lose the painting. */
static void preview(const job *j, run *r)
{
    const options *o = j->o;

    if (!o->preview || r->preview_failed || (r->at.step % o->every && !r->at.done)) return;
    progress_end(&r->progress);
    r->preview_failed = save(j, r, o->preview, &j->save_preview) != STATUS_OK;
    if (r->preview_failed) warn("--preview: painting goes on without previews");
    else report_event("preview", json_pack("{s:o, s:i}", "file", report_text(o->preview),
                                           "step", r->at.step));
}

/* Nor is a checkpoint; the next one is tried all the same. */
static void keep(const job *j, run *r)
{
    if (!j->o->checkpoint || !r->at.step || r->at.done || r->kept == r->at.step) return;
    progress_end(&r->progress);
    if (checkpoint_write(j, r->at.step)) r->kept = r->at.step;
}

static int step(const job *j, run *r)
{
    imp_error err;

    if (imp_painter_step(j->painter, 1, &r->at, &err)) {
        progress_end(&r->progress);
        return complain_error(&err, PHASE_WORK);
    }
    loss_log_row(&r->log, &j->params, &r->at);
    progress_paint(&r->progress, &r->at);
    preview(j, r);
    if (r->at.step % j->o->every == 0) keep(j, r);
    return j->o->plot ? loss_curves_add(&r->curves, &r->at.loss) : STATUS_OK;
}

static int steps(const job *j, run *r)
{
    int status = STATUS_OK;

    while (!r->at.done && !interrupt_status()) TRY(step(j, r));
    keep(j, r);

done:
    progress_end(&r->progress);
    return status;
}

static void say_saved(const job *j, run *r, bool whole)
{
    const char *path = j->o->output;
    const char *name = strcmp(path, "-") ? path : "standard output";
    const double elapsed = job_clock() - j->begun;

    if (whole)
        progress_say(&r->progress, "%s: %d step%s in %.1f s, loss %.4g", name, r->at.step,
                     r->at.step == 1 ? "" : "s", elapsed, r->at.loss.total);
    else if (r->at.scale < r->at.scales)
        progress_say(&r->progress, "%s: the picture so far, %zux%zu, after %d of %d steps",
                     name, r->at.width, r->at.height, r->at.step, r->at.steps);
    else
        progress_say(&r->progress, "%s: the best picture so far, after %d of %d steps", name,
                     r->at.step, r->at.steps);
    report_event("saved", json_pack("{s:o, s:i, s:f, s:f, s:b}", "file", report_text(path),
                                    "step", r->at.step, "seconds", r->at.seconds, "elapsed",
                                    elapsed, "whole", whole));
}

static int show(const job *j)
{
    imp_image *image = NULL;
    imp_error err;

    if (imp_painter_image(&image, j->painter, &err)) return complain_error(&err, PHASE_WORK);
    show_picture(image, j->o->output);
    imp_image_free(image);
    return STATUS_OK;
}

/* The first of two statuses that is a failure. */
static int first(int a, int b)
{
    return a != STATUS_OK ? a : b;
}

/* `status` is how the steps ended: what they reached is kept in any case. */
static int write_outputs(const job *j, run *r, int status)
{
    const options *o = j->o;
    int saved;

    if (!r->at.step)
        return status != STATUS_OK ? status
             : complain(interrupt_status(), "stopped before the first step: no picture saved");
    saved = save(j, r, o->output, &j->save);
    if (saved == STATUS_OK) say_saved(j, r, status == STATUS_OK && r->at.done);
    status = first(saved, status);
    status = first(status, loss_log_close(&r->log));
    if (status == STATUS_OK && r->at.done) checkpoint_remove(j);
    if (o->plot) status = first(status, loss_plot_write(o->plot, &r->curves));
    if (o->show && saved == STATUS_OK) status = first(status, show(j));
    return first(status, r->at.done ? STATUS_OK : interrupt_status());
}

int job_paint(job *j)
{
    run r = { .progress = progress_of(j->o) };
    int status;

    r.progress.plan = &j->plan;
    TRY(checkpoint_find_place(j, &r.progress, &r.at));
    progress_paint_from(&r.progress, &r.at);
    TRY(loss_log_open(&r.log, j->o->log, &j->params, j->inputs.styles, r.at.step));
    interrupt_catch(r.progress.kind == PROGRESS_LINES || r.progress.kind == PROGRESS_TERMINAL
                    ? "\nstopping after this step; Ctrl-C again ends at once\n" : NULL);
    status = write_outputs(j, &r, steps(j, &r));

done:
    loss_log_close(&r.log);
    loss_curves_free(&r.curves);
    return status;
}
