/* worker.c - see worker.h: the queue, and what is asked of jobs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/worker_parts.h"

static seat *seat_find(const worker *w, int64_t id)
{
    seat *s = w->seats;

    while (s && s->task.id != id) s = s->next;
    return s;
}

/* NULL: no memory. The lock is held. */
static seat *seat_new(worker *w, int64_t id, wish what)
{
    seat *s = calloc(1, sizeof *s);

    if (!s) return NULL;
    s->task.id = id;
    s->wish = what;
    s->progress.left = -1;
    s->next = w->seats;
    w->seats = s;
    return s;
}

void worker_leave(worker *w, seat *s)
{
    seat **at = &w->seats;

    while (*at != s) at = &(*at)->next;
    *at = s->next;
    task_end(&s->task);
    free(s->preview);
    free(s->losses);
    free(s);
    w->left++;
    w->full = false;
    pthread_cond_broadcast(&w->something);
}

bool worker_has_begun(const worker *w, const seat *besides)
{
    const seat *other = w->seats;

    while (other && (other == besides || !other->begun)) other = other->next;
    return other;
}

bool worker_paints(const worker *w, const seat *besides)
{
    const seat *other = w->seats;

    while (other && (other == besides || !other->paints)) other = other->next;
    return other;
}

/* A database that fails is told to who runs the server: the job goes on. */
void worker_set_state(worker *w, int64_t id, job_state state, const char *error)
{
    events *e = w->with.events;
    imp_error err;

    if (store_job_state(w->with.store, id, state, error, &err))
        studio_say("job %lld: %s", (long long) id, err.message);
    events_publish(
        e, id, "state",
        error ? json_pack("{s:s, s:s}", "state", job_state_name(state), "error", error)
              : json_pack("{s:s}", "state", job_state_name(state)));
    if (job_is_over(state)) events_end(e, id);
}

/* --- The queue --------------------------------------------------------------------------- */

/* One that is to be kept as it is, before what is queued; NULL if there is nothing to do, or
 * no memory for it. The lock is held. */
static seat *next_seat(worker *w)
{
    imp_error err;
    int64_t id;
    seat *s = w->seats;

    if (w->full) return NULL;
    while (s && !s->waits) s = s->next;
    if (!s) {
        if (store_job_next(w->with.store, &id, &err)) studio_say("%s", err.message);
        if (!id || !(s = seat_new(w, id, WISH_NONE))) return NULL;
    }
    s->waits = false;
    worker_set_state(w, s->task.id, JOB_RUNNING, NULL);
    return s;
}

static void *work(void *user)
{
    worker *w = user;
    seat *s;

    pthread_mutex_lock(&w->lock);
    while (!w->quit) {
        if (!(s = next_seat(w))) {
            pthread_cond_wait(&w->something, &w->lock);
            continue;
        }
        pthread_mutex_unlock(&w->lock);
        painting_run(w, s);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

imp_status worker_new(worker **out, const worker_params *params, imp_error *err)
{
    worker *w = calloc(1, sizeof *w);

    *out = NULL;
    if (!w) return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    w->with = *params;
    w->idle = task_memory_held();
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->beginning, NULL);
    pthread_cond_init(&w->something, NULL);
    w->thread = calloc((size_t) params->jobs, sizeof *w->thread);
    while (w->thread && w->threads < params->jobs
           && !pthread_create(&w->thread[w->threads], NULL, work, w)) w->threads++;
    if (w->threads < params->jobs) {
        worker_free(w);
        return studio_fail(err, IMP_ENOMEM, "no thread for painting");
    }
    *out = w;
    return IMP_OK;
}

void worker_free(worker *w)
{
    if (!w) return;
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_broadcast(&w->something);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->threads; i++) pthread_join(w->thread[i], NULL);
    while (w->seats) worker_leave(w, w->seats);
    opened_free(w->models);
    pthread_cond_destroy(&w->something);
    pthread_mutex_destroy(&w->beginning);
    pthread_mutex_destroy(&w->lock);
    free(w->thread);
    free(w);
}

/* The lock is held. */
static void look(worker *w)
{
    w->full = false;
    pthread_cond_broadcast(&w->something);
}

void worker_look(worker *w)
{
    pthread_mutex_lock(&w->lock);
    look(w);
    pthread_mutex_unlock(&w->lock);
}

/* --- What is asked ----------------------------------------------------------------------- */

imp_status worker_add(worker *w, job *j, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&w->lock);
    j->state = JOB_QUEUED;
    status = store_job_add(w->with.store, j, err);
    if (status == IMP_OK) {
        events_publish(w->with.events, j->id, "state", json_pack("{s:s}", "state", "queued"));
        look(w);
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}

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
    seat *s;

    if (j->state == JOB_PAUSED && is_there(store_result_path(w->with.store, j->id, ".png"))) {
        worker_set_state(w, j->id, JOB_DONE, NULL);
        return ANSWER_YES;
    }
    if (!is_there(store_checkpoint_path(w->with.store, j->id))) {
        studio_fail(err, IMP_EINVAL, "the job has not begun: there is no picture to keep");
        return ANSWER_NO;
    }
    if ((s = seat_new(w, j->id, WISH_STOP))) return s->waits = true, ANSWER_YES;
    studio_fail(err, IMP_ENOMEM, "no memory to stop the job");
    return ANSWER_FAILED;
}

/* A job that is not being painted: all there is to change is its state. */
static answer ask_waiting(worker *w, const job *j, wish what, imp_error *err)
{
    switch (what) {
    case WISH_CANCEL:
        worker_set_state(w, j->id, JOB_CANCELLED, NULL);
        break;
    case WISH_PAUSE:
        if (j->state == JOB_QUEUED) worker_set_state(w, j->id, JOB_PAUSED, NULL);
        break;
    case WISH_CONTINUE:
        if (j->state == JOB_PAUSED) worker_set_state(w, j->id, JOB_QUEUED, NULL);
        break;
    case WISH_STOP:
        return stop_waiting(w, j, err);
    case WISH_NONE:
        break;
    }
    return ANSWER_YES;
}

/* One that is: a wish already uttered to stop or cancel stands. */
static answer ask_begun(seat *s, wish what, imp_error *err)
{
    if (s->wish == WISH_STOP || s->wish == WISH_CANCEL) {
        if (what == s->wish) return ANSWER_YES;
        studio_fail(err, IMP_EINVAL, "the job is about to end");
        return ANSWER_NO;
    }
    s->wish = what == WISH_CONTINUE ? WISH_NONE : what;
    return ANSWER_YES;
}

/* The lock is held. The caller frees what *j holds in any case. */
static answer look_up(worker *w, int64_t id, job *j, imp_error *err)
{
    bool found;

    if (store_job_find(w->with.store, j, &found, id, err)) return ANSWER_FAILED;
    return found ? ANSWER_YES : ANSWER_UNKNOWN;
}

answer worker_ask(worker *w, int64_t id, wish what, imp_error *err)
{
    answer given;
    job j = { 0 };
    seat *s;

    pthread_mutex_lock(&w->lock);
    given = look_up(w, id, &j, err);
    if (given == ANSWER_YES && job_is_over(j.state)) {
        studio_fail(err, IMP_EINVAL, "the job is over: %s", job_state_name(j.state));
        given = ANSWER_NO;
    } else if (given == ANSWER_YES) {
        given = (s = seat_find(w, id)) ? ask_begun(s, what, err)
                                       : ask_waiting(w, &j, what, err);
        look(w);
    }
    pthread_mutex_unlock(&w->lock);
    job_free(&j);
    return given;
}

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
    if ((s = seat_find(w, j->id))) {
        s->changed = true;
        s->weights = to;
    }

done:
    return status == IMP_OK ? ANSWER_YES : ANSWER_FAILED;
}

answer worker_change(worker *w, int64_t id, const json_t *params, const json_t *styles,
                     imp_error *err)
{
    answer given;
    job j = { 0 };
    const seat *s;

    pthread_mutex_lock(&w->lock);
    while ((s = seat_find(w, id)) && s->saves) pthread_cond_wait(&w->something, &w->lock);
    given = look_up(w, id, &j, err);
    if (given == ANSWER_YES && job_is_over(j.state)) {
        studio_fail(err, IMP_EINVAL, "the job is over: %s", job_state_name(j.state));
        given = ANSWER_NO;
    } else if (given == ANSWER_YES) {
        given = change(w, &j, params, styles, err);
    }
    pthread_mutex_unlock(&w->lock);
    job_free(&j);
    return given;
}

answer worker_remove(worker *w, int64_t id, imp_error *err)
{
    answer given;
    job j = { 0 };

    pthread_mutex_lock(&w->lock);
    given = look_up(w, id, &j, err);
    if (given == ANSWER_YES && !job_is_over(j.state)) {
        studio_fail(err, IMP_EINVAL, "the job is not over; cancel it first");
        given = ANSWER_NO;
    } else if (given == ANSWER_YES && store_job_remove(w->with.store, id, err)) {
        given = ANSWER_FAILED;
    }
    pthread_mutex_unlock(&w->lock);
    job_free(&j);
    return given;
}

void worker_progress(worker *w, int64_t id, job_progress *p)
{
    const seat *s;

    pthread_mutex_lock(&w->lock);
    if ((s = seat_find(w, id)) && s->progress.steps) *p = s->progress;
    pthread_mutex_unlock(&w->lock);
}

imp_status worker_losses(worker *w, int64_t id, job_loss **out, size_t *n, imp_error *err)
{
    imp_status status = IMP_OK;
    const seat *s;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&w->lock);
    if ((s = seat_find(w, id)) && s->n_losses) {
        if ((*out = calloc(s->n_losses, sizeof **out)))
            memcpy(*out, s->losses, (*n = s->n_losses) * sizeof **out);
        else status = studio_fail(err, IMP_ENOMEM, "no memory for losses");
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}

imp_status worker_preview(worker *w, int64_t id, void **data, size_t *len, int *step,
                          imp_error *err)
{
    imp_status status = IMP_OK;
    const seat *s;

    *data = NULL;
    pthread_mutex_lock(&w->lock);
    if ((s = seat_find(w, id)) && s->preview) {
        if ((*data = malloc(s->preview_len))) memcpy(*data, s->preview, s->preview_len);
        else status = studio_fail(err, IMP_ENOMEM, "no memory for a preview");
        *len = s->preview_len;
        *step = s->preview_step;
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}
