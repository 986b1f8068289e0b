/* worker_asked.c - see worker.h: what is asked of jobs, whether they wait or are painted. */
#include <stdlib.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/worker_parts.h"

static answer done_if(imp_status status)
{
    return status == IMP_OK ? ANSWER_YES : ANSWER_FAILED;
}

/* The job, if it is over or not as it has to be. The lock is held. The caller frees what *j
 * holds in any case. */
static answer find(worker *w, int64_t id, job *j, bool over, imp_error *err)
{
    bool found;

    if (store_job_find(w->with.store, j, &found, id, err)) return ANSWER_FAILED;
    if (!found) return ANSWER_UNKNOWN;
    if (job_is_over(j->state) == over) return ANSWER_YES;
    if (over) studio_fail(err, IMP_EINVAL, "the job is not over; cancel it first");
    else studio_fail(err, IMP_EINVAL, "the job is over: %s", job_state_name(j->state));
    return ANSWER_NO;
}

/* --- Wishes ------------------------------------------------------------------------------ */

/* Takes `path`, which may be NULL. */
static bool is_there(char *path)
{
    const bool there = path && !access(path, F_OK);

    free(path);
    return there;
}

/* What a pause has kept of it is the result; else its checkpoint leads there, in its turn. */
static answer stop_waiting(worker *w, const job *j, imp_error *err)
{
    const job_wish stop = { j->id, WISH_STOP, j->progress.step };
    seat *s;

    if (j->state == JOB_PAUSED && is_there(store_result_path(w->with.store, j->id, ".png")))
        return done_if(worker_put_state(w, j->id, JOB_DONE, err));
    if (!is_there(store_checkpoint_path(w->with.store, j->id))) {
        studio_fail(err, IMP_EINVAL, "the job has not begun: there is no picture to keep");
        return ANSWER_NO;
    }
    if (!(s = worker_take_seat(w, &stop))) {
        studio_fail(err, IMP_ENOMEM, "no memory to stop the job");
        return ANSWER_FAILED;
    }
    s->waits = true;
    if (!store_job_wish(w->with.store, &stop, err)) return ANSWER_YES;
    worker_leave(w, s);
    return ANSWER_FAILED;
}

/* A job that is not being painted: all there is to change is its state. */
static answer ask_waiting(worker *w, const job *j, wish what, imp_error *err)
{
    job_state to = j->state;

    switch (what) {
    case WISH_CANCEL: to = JOB_CANCELLED; break;
    case WISH_PAUSE: to = JOB_PAUSED; break;
    case WISH_CONTINUE: to = JOB_QUEUED; break;
    case WISH_STOP: return stop_waiting(w, j, err);
    case WISH_NONE: break;
    }
    return to == j->state ? ANSWER_YES : done_if(worker_put_state(w, j->id, to, err));
}

/* One that is: a wish already uttered to stop or cancel stands. */
static answer ask_begun(worker *w, seat *s, wish what, imp_error *err)
{
    if (s->wish == WISH_STOP || s->wish == WISH_CANCEL) {
        if (what == s->wish) return ANSWER_YES;
        studio_fail(err, IMP_EINVAL, "the job is about to end");
        return ANSWER_NO;
    }
    return done_if(worker_set_wish(w, s, what == WISH_CONTINUE ? WISH_NONE : what, err));
}

answer worker_ask(worker *w, int64_t id, wish what, imp_error *err)
{
    answer given;
    job j = { 0 };
    seat *s;

    pthread_mutex_lock(&w->lock);
    if ((given = find(w, id, &j, false, err)) == ANSWER_YES) {
        given = (s = worker_seat(w, id)) ? ask_begun(w, s, what, err)
                                         : ask_waiting(w, &j, what, err);
        worker_wake(w);
    }
    pthread_mutex_unlock(&w->lock);
    job_free(&j);
    return given;
}

/* --- Other weights ----------------------------------------------------------------------- */

imp_status worker_set_weights(worker *w, int64_t id, const imp_loss_weights *to,
                              const char *error, imp_error *err)
{
    imp_loss_weights before;
    job j = { 0 };
    char *text = NULL;
    json_t *told;
    imp_status status = IMP_OK;
    bool found;

    TRY(store_job_find(w->with.store, &j, &found, id, err));
    if (!found) return IMP_OK;
    TRY(weights_of(&before, &j, err));
    TRY(weights_set(&j, to, err));
    if (!(text = weights_text(&before, j.styles)))
        status = studio_fail(err, IMP_ENOMEM, "no memory for weights");
    TRY(status);
    TRY(store_job_weights(w->with.store, &j, text, err));
    told = weights_json(to, j.styles);
    if (error) json_object_set_new(told, "error", json_string(error));
    events_publish(w->with.events, id, "changed", told);

done:
    free(text);
    job_free(&j);
    return status;
}

/* What is being painted hears of it after the present step. The lock is held. */
static answer change(worker *w, const job *j, const json_t *params, const json_t *styles,
                     imp_error *err)
{
    imp_loss_weights to;
    imp_status status;
    seat *s;

    TRY(weights_of(&to, j, err));
    TRY(weights_change(&to, j->styles, params, styles, err));
    TRY(worker_set_weights(w, j->id, &to, NULL, err));
    if ((s = worker_seat(w, j->id))) {
        s->changed = true;
        s->weights = to;
    }

done:
    return done_if(status);
}

answer worker_change(worker *w, int64_t id, const json_t *params, const json_t *styles,
                     imp_error *err)
{
    answer given;
    job j = { 0 };
    const seat *s;

    pthread_mutex_lock(&w->lock);
    while ((s = worker_seat(w, id)) && s->saves) pthread_cond_wait(&w->something, &w->lock);
    given = find(w, id, &j, false, err);
    if (given == ANSWER_YES) given = change(w, &j, params, styles, err);
    pthread_mutex_unlock(&w->lock);
    job_free(&j);
    return given;
}

answer worker_remove(worker *w, int64_t id, imp_error *err)
{
    answer given;
    job j = { 0 };

    pthread_mutex_lock(&w->lock);
    given = find(w, id, &j, true, err);
    if (given == ANSWER_YES) given = done_if(store_job_remove(w->with.store, id, err));
    if (given == ANSWER_YES) events_removed(w->with.events, id, NULL);
    pthread_mutex_unlock(&w->lock);
    job_free(&j);
    return given;
}
