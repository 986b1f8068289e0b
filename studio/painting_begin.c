/* painting_begin.c - a job begins, or goes on from its checkpoint, if there is memory for it
 * beside the others. */
#include <stdlib.h>
#include <unistd.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/painting_parts.h"

/* Until a checkpoint has been written, this many seconds a pixel are reckoned with. */
static const double checkpoint_guess = 5e-7;

/* The checkpoint's path if there is one; the caller frees it. */
static char *checkpoint_of(const worker *w, const seat *s)
{
    char *path = store_checkpoint_path(w->with.store, s->task.id);

    if (path && !access(path, F_OK)) return path;
    free(path);
    return NULL;
}

/* The picture of the last pause is not that of the next one. */
static void drop_picture(const worker *w, const seat *s)
{
    char *path = store_result_path(w->with.store, s->task.id, ".png");

    if (path) unlink(path);
    free(path);
}

/* Whether what all of them hold at their peaks is there. Beside what the others were planned
 * with, what the process holds already counts, whatever it is for. */
static bool fits(worker *w, const seat *s)
{
    const imp_plan *plan = &s->task.plan;
    uint64_t all = s->task.own;

    pthread_mutex_lock(&w->lock);
    for (const seat *other = w->seats; other; other = other->next)
        if (other != s) all += other->task.own;
    pthread_mutex_unlock(&w->lock);
    all += w->idle;
    if (all < plan->memory) all = plan->memory;
    return !plan->available || all <= plan->available;
}

/* Who went on with another number of threads would not come to the same picture. */
static imp_status settle_threads(worker *w, job *j, bool goes_on, imp_error *err)
{
    const int share = imp_context_threads(w->with.ctx) / w->with.jobs;
    const int before = j->threads;

    if (!goes_on || !before) j->threads = share > 1 ? share : 1;
    return j->threads == before
         ? IMP_OK : store_job_threads(w->with.store, j->id, j->threads, err);
}

/* Reads and plans what the database has of the job. */
static imp_status look_up(worker *w, seat *s, job *j, bool goes_on, imp_error *err)
{
    imp_context_params machine = { .backend = imp_context_backend(w->with.ctx),
                                   .max_memory = w->with.memory };
    bool found = false;
    imp_status status;

    TRY(store_job_find(w->with.store, j, &found, s->task.id, err));
    if (!found) status = studio_fail(err, IMP_EIO, "the job is gone");
    TRY(status);
    if (!goes_on && j->progress.step)
        studio_say("job %lld begins anew: its checkpoint is gone", (long long) j->id);
    TRY(settle_threads(w, j, goes_on, err));
    machine.threads = j->threads;
    TRY(task_plan(&s->task, j, w->with.pictures, &machine, &w->models, err));

done:
    return status;
}

/* IMP_ENOMEM if there is no memory for it beside the others. `beginning` is held. */
static imp_status begin(worker *w, seat *s, bool others, imp_error *err)
{
    char *checkpoint = checkpoint_of(w, s);
    imp_loss_weights kept = { 0 };
    imp_status status;
    job j = { 0 };

    if (!others) w->idle = task_memory_held();
    TRY(look_up(w, s, &j, checkpoint, err));
    if (others && !fits(w, s))
        status = studio_fail(err, IMP_ENOMEM, "no memory beside others");
    TRY(status);
    TRY(task_begin(&s->task, checkpoint,
                   weights_from_text(&kept, j.styles, j.kept) ? &kept : NULL, err));
    drop_picture(w, s);
    s->last_checkpoint = seconds_now();
    s->checkpoint_cost = checkpoint_guess;
    painting_note(w, s);
    painting_save_progress(w, s);    /* and what went further is forgotten */
    if (s->task.other_weights) painting_note_weights(w, s, &kept);
    painting_tell(w, s);

done:
    free(checkpoint);
    job_free(&j);
    return status;
}

/* Whether the job waits again until another one is over; not if there is none. */
static bool put_back(worker *w, seat *s)
{
    const int64_t id = s->task.id;
    bool others;

    pthread_mutex_lock(&w->lock);
    if ((others = worker_has_begun(w, s))) {
        worker_set_state(w, id, s->wish == WISH_CANCEL ? JOB_CANCELLED
                              : s->wish == WISH_PAUSE ? JOB_PAUSED : JOB_QUEUED, NULL);
        if (s->wish == WISH_STOP) {
            task_end(&s->task);
            s->waits = true;
        } else {
            worker_leave(w, s);
        }
        w->full = true;
    }
    pthread_mutex_unlock(&w->lock);
    return others;
}

bool painting_begin(worker *w, seat *s)
{
    imp_status status;
    imp_error err;
    bool others;

    pthread_mutex_lock(&w->beginning);
    pthread_mutex_lock(&w->lock);
    others = worker_has_begun(w, s);
    pthread_mutex_unlock(&w->lock);
    status = begin(w, s, others, &err);
    if (status == IMP_ENOMEM && others && !put_back(w, s)) {   /* they are over meanwhile */
        pthread_mutex_lock(&w->lock);
        task_end(&s->task);          /* by whose number others find the seat */
        pthread_mutex_unlock(&w->lock);
        status = begin(w, s, false, &err);
        others = false;
    }
    if (status == IMP_OK) {
        pthread_mutex_lock(&w->lock);
        s->begun = s->paints = true;
        pthread_mutex_unlock(&w->lock);
    }
    pthread_mutex_unlock(&w->beginning);
    if (status != IMP_OK && !(status == IMP_ENOMEM && others))
        painting_end(w, s, JOB_FAILED, err.message);
    return status == IMP_OK;
}
