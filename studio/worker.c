/* worker.c - see worker.h: the seats, and the queue. */
#include <stdlib.h>

#include "studio/fail.h"
#include "studio/worker_parts.h"

seat *worker_seat(const worker *w, int64_t id)
{
    seat *s = w->seats;

    while (s && s->task.id != id) s = s->next;
    return s;
}

seat *worker_take_seat(worker *w, const job_wish *wished)
{
    seat *s = calloc(1, sizeof *s);

    if (!s) return NULL;
    s->task.id = wished->job;
    s->wish = wished->what;
    s->wish_step = wished->step;
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

static void tell_state(worker *w, int64_t id, job_state state, const char *error)
{
    events *e = w->with.events;

    events_publish(
        e, id, "state",
        error ? json_pack("{s:s, s:s}", "state", job_state_name(state), "error", error)
              : json_pack("{s:s}", "state", job_state_name(state)));
    if (job_is_over(state)) events_end(e, id);
}

imp_status worker_put_state(worker *w, int64_t id, job_state state, imp_error *err)
{
    const imp_status status = store_job_state(w->with.store, id, state, NULL, err);

    if (status == IMP_OK) tell_state(w, id, state, NULL);
    return status;
}

void worker_set_state(worker *w, int64_t id, job_state state, const char *error)
{
    imp_error err;

    if (store_job_state(w->with.store, id, state, error, &err))
        studio_say("job %lld: %s", (long long) id, err.message);
    tell_state(w, id, state, error);
}

imp_status worker_set_wish(worker *w, seat *s, wish what, imp_error *err)
{
    const job_wish wished = { s->task.id, what, s->progress.step };
    const imp_status status = s->wish == what ? IMP_OK
                            : store_job_wish(w->with.store, &wished, err);

    if (status != IMP_OK || s->wish == what) return status;
    s->wish = what;
    s->wish_step = wished.step;
    return IMP_OK;
}

/* --- The queue --------------------------------------------------------------------------- */

/* One that is to be kept as it is, before what is queued; NULL if there is nothing to do, or
 * no memory for it. The lock is held. */
static seat *next_seat(worker *w)
{
    job_wish none = { .what = WISH_NONE };
    imp_error err;
    seat *s = w->seats;

    if (w->full) return NULL;
    while (s && !s->waits) s = s->next;
    if (!s) {
        if (store_job_next(w->with.store, &none.job, &err)) studio_say("%s", err.message);
        if (!none.job || !(s = worker_take_seat(w, &none))) return NULL;
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

/* What was asked before the program ended comes before what is queued. */
static imp_status remember(worker *w, imp_error *err)
{
    job_wish *all;
    size_t n;
    seat *s;
    imp_status status = store_wishes(w->with.store, &all, &n, err);

    for (size_t i = 0; status == IMP_OK && i < n; i++) {
        if ((s = worker_take_seat(w, &all[i]))) s->waits = true;
        else status = studio_fail(err, IMP_ENOMEM, "no memory for the jobs");
    }
    free(all);
    return status;
}

static imp_status start(worker *w, imp_error *err)
{
    const int wanted = w->with.jobs;

    w->thread = calloc((size_t) wanted, sizeof *w->thread);
    while (w->thread && w->threads < wanted
           && !pthread_create(&w->thread[w->threads], NULL, work, w)) w->threads++;
    return w->threads == wanted ? IMP_OK
                                : studio_fail(err, IMP_ENOMEM, "no thread for painting");
}

imp_status worker_new(worker **out, const worker_params *params, imp_error *err)
{
    worker *w = calloc(1, sizeof *w);
    imp_status status;

    *out = NULL;
    if (!w) return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    w->with = *params;
    w->idle = task_memory_held();
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->beginning, NULL);
    pthread_cond_init(&w->something, NULL);
    TRY(remember(w, err));
    TRY(start(w, err));
    *out = w;
    w = NULL;

done:
    worker_free(w);
    return status;
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

void worker_wake(worker *w)
{
    w->full = false;
    pthread_cond_broadcast(&w->something);
}

void worker_look(worker *w)
{
    pthread_mutex_lock(&w->lock);
    worker_wake(w);
    pthread_mutex_unlock(&w->lock);
}

imp_status worker_add(worker *w, job *j, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&w->lock);
    j->state = JOB_QUEUED;
    status = store_job_add(w->with.store, j, err);
    if (status == IMP_OK) {
        events_publish(w->with.events, j->id, "state", json_pack("{s:s}", "state", "queued"));
        worker_wake(w);
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}
