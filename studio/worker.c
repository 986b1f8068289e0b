/* worker.c - see worker.h.
 *
 * A seat is a job that has begun in this run: the one being painted, and those set aside,
 * which are paused with their painters. The lock guards the seats' list, their wishes and what
 * others look at; the task itself belongs to the thread that paints. */
#include "studio/worker.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/task.h"

/* Events of progress are not closer than this, previews not either, nor do these take more
 * than this share of the time. */
static const double progress_seconds = 0.1, preview_seconds = 0.5, preview_share = 0.05;

typedef struct seat {
    struct seat *next;
    task task;
    wish wish;
    bool aside;
    job_progress progress;
    void *preview;                   /* of malloc */
    size_t preview_len;
    int preview_step;
    double next_progress, next_preview;
} seat;

struct worker {
    store *store;
    pictures *pictures;
    events *events;
    disk *disk;
    const imp_context *ctx;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t something;        /* a job, a wish, the end */
    seat *seats;
    opened *models;
    bool started, quit;
};

static seat *seat_find(const worker *w, int64_t id)
{
    seat *s = w->seats;

    while (s && s->task.id != id) s = s->next;
    return s;
}

static void seat_free(seat *s)
{
    task_end(&s->task);
    free(s->preview);
    free(s);
}

/* The lock is held. */
static void seat_leave(worker *w, seat *s)
{
    seat **at = &w->seats;

    while (*at != s) at = &(*at)->next;
    *at = s->next;
    seat_free(s);
}

/* In the database, and for those who watch. A database that fails is told to who runs the
 * server: the job goes on. */
static void set_state(worker *w, int64_t id, job_state state, const char *error)
{
    imp_error err;

    if (store_job_state(w->store, id, state, error, &err))
        studio_say("job %lld: %s", (long long) id, err.message);
    events_publish(
        w->events, id, "state",
        error ? json_pack("{s:s, s:s}", "state", job_state_name(state), "error", error)
              : json_pack("{s:s}", "state", job_state_name(state)));
    if (job_is_over(state)) events_end(w->events, id);
}

/* --- Painting: in the worker's thread ---------------------------------------------------- */

static void save_progress(worker *w, const seat *s)
{
    imp_error err;

    if (store_job_progress(w->store, s->task.id, &s->progress, &err))
        studio_say("job %lld: %s", (long long) s->task.id, err.message);
}

/* A new result takes room: others may have to go. */
static void make_room(worker *w, int64_t id)
{
    const store_spared spare = { .job = id };
    imp_error err;

    if (disk_make_room(w->disk, &spare, &err))
        studio_say("job %lld: %s", (long long) id, err.message);
}

static void end(worker *w, seat *s, job_state state, const char *error)
{
    const int64_t id = s->task.id;

    if (s->task.painter) save_progress(w, s);
    pthread_mutex_lock(&w->lock);
    set_state(w, id, state, error);
    seat_leave(w, s);
    pthread_mutex_unlock(&w->lock);
    make_room(w, id);
}

/* The picture as it stands is the result. */
static void keep(worker *w, seat *s)
{
    imp_image *image = NULL;
    imp_error err;
    imp_status status;

    TRY(imp_painter_image(&image, s->task.painter, &err));
    TRY(pictures_keep_result(w->pictures, s->task.id, image, &err));

done:
    imp_image_free(image);
    end(w, s, status == IMP_OK ? JOB_DONE : JOB_FAILED, status == IMP_OK ? NULL : err.message);
}

/* A loss: there is none before the first step. */
static json_t *loss_of(const imp_progress *at, double x)
{
    return at->step && isfinite(x) ? json_real(x) : json_null();
}

static void tell_progress(worker *w, seat *s)
{
    const imp_progress *at = &s->task.at;
    const double now = seconds_now();

    if (now < s->next_progress && !at->done && at->scale_step != at->scale_steps) return;
    s->next_progress = now + progress_seconds;
    events_publish(
        w->events, s->task.id, "progress",
        json_pack("{s:i, s:i, s:f, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:i, s:i}", "step",
                  at->step, "steps", at->steps, "seconds", at->seconds, "left",
                  json_real(s->progress.left), "loss", loss_of(at, at->loss.total), "content",
                  loss_of(at, at->loss.content), "style", loss_of(at, at->loss.style), "tv",
                  loss_of(at, at->loss.tv), "width", (json_int_t) at->width, "height",
                  (json_int_t) at->height, "scale", at->scale, "scales", at->scales));
}

static void show(worker *w, seat *s, void *preview, size_t len)
{
    void *old, *copy = malloc(len);

    if (!copy) return;
    memcpy(copy, preview, len);
    pthread_mutex_lock(&w->lock);
    old = s->preview;
    s->preview = copy;
    s->preview_len = len;
    s->preview_step = s->task.at.step;
    pthread_mutex_unlock(&w->lock);
    free(old);
    events_publish(w->events, s->task.id, "preview",
                   json_pack("{s:i}", "step", s->task.at.step));
}

/* A preview that cannot be made is no reason to lose the painting. */
static void make_preview(worker *w, seat *s)
{
    const double begun = seconds_now();
    imp_image *image = NULL;
    void *data = NULL;
    size_t len;
    imp_error err;
    imp_status status;

    if (begun < s->next_preview) return;
    TRY(imp_painter_image(&image, s->task.painter, &err));
    TRY(pictures_preview(&data, &len, image, &err));
    show(w, s, data, len);

done:
    if (status != IMP_OK)
        studio_say("job %lld: no preview: %s", (long long) s->task.id, err.message);
    imp_data_free(data);
    imp_image_free(image);
    s->next_preview = seconds_now()
                    + fmax(preview_seconds, (seconds_now() - begun) / preview_share);
}

static void note_progress(worker *w, seat *s)
{
    const job_progress p = task_progress(&s->task);

    pthread_mutex_lock(&w->lock);
    s->progress = p;
    pthread_mutex_unlock(&w->lock);
}

static imp_status begin(worker *w, seat *s, imp_error *err)
{
    bool found = false;
    imp_status status;
    job j = { 0 };

    TRY(store_job_find(w->store, &j, &found, s->task.id, err));
    if (!found) status = studio_fail(err, IMP_EIO, "the job is gone");
    TRY(status);
    TRY(task_begin(&s->task, &j, w->pictures, w->ctx, &w->models, err));
    note_progress(w, s);
    tell_progress(w, s);

done:
    if (found) job_free(&j);
    return status;
}

static wish wish_of(worker *w, seat *s, bool *quit)
{
    wish what;

    pthread_mutex_lock(&w->lock);
    what = s->wish;
    *quit = w->quit;
    pthread_mutex_unlock(&w->lock);
    return what;
}

static void set_aside(worker *w, seat *s)
{
    save_progress(w, s);
    pthread_mutex_lock(&w->lock);
    if (s->wish == WISH_PAUSE) {     /* and not meanwhile something else */
        s->wish = WISH_NONE;
        s->aside = true;
        set_state(w, s->task.id, JOB_PAUSED, NULL);
    }
    pthread_mutex_unlock(&w->lock);
}

/* One that waits aside and has been given up or is to be kept; NULL if there is none. The lock
 * is held. */
static seat *wanted_aside(const worker *w)
{
    seat *s = w->seats;

    while (s && !(s->aside && (s->wish == WISH_STOP || s->wish == WISH_CANCEL))) s = s->next;
    return s;
}

static void settle_aside(worker *w)
{
    seat *s;
    wish what;

    for (;;) {
        pthread_mutex_lock(&w->lock);
        s = wanted_aside(w);
        what = s ? s->wish : WISH_NONE;
        pthread_mutex_unlock(&w->lock);
        if (!s) return;
        if (what == WISH_STOP) keep(w, s);
        else end(w, s, JOB_CANCELLED, NULL);
    }
}

/* Whether the seat's job goes on. */
static bool follow_wish(worker *w, seat *s)
{
    bool quit;
    const wish what = wish_of(w, s, &quit);

    if (quit) return false;
    if (what == WISH_CANCEL) end(w, s, JOB_CANCELLED, NULL);
    else if (what == WISH_STOP && s->task.at.step) keep(w, s);
    else if (what == WISH_PAUSE) set_aside(w, s);
    else return true;
    return what == WISH_PAUSE && !s->aside;
}

/* Until the job is over, set aside, or the program ends. */
static void paint(worker *w, seat *s)
{
    imp_error err;

    if (!s->task.painter && begin(w, s, &err)) {
        end(w, s, JOB_FAILED, err.message);
        return;
    }
    while (follow_wish(w, s)) {
        if (task_step(&s->task, &err)) {
            end(w, s, JOB_FAILED, err.message);
            return;
        }
        if (!s->task.at.done) make_preview(w, s);   /* before anybody hears of the step */
        note_progress(w, s);
        tell_progress(w, s);
        if (s->task.at.done) {
            keep(w, s);
            return;
        }
        settle_aside(w);
    }
}

/* The lock is held. NULL if nothing is queued. */
static seat *next_queued(worker *w)
{
    imp_error err;
    int64_t id;
    seat *s;

    if (store_job_next(w->store, &id, &err)) studio_say("%s", err.message);
    if (!id) return NULL;
    if (!(s = seat_find(w, id))) {
        if (!(s = calloc(1, sizeof *s))) return NULL;
        s->task.id = id;
        s->progress.left = -1;
        s->next = w->seats;
        w->seats = s;
    }
    s->aside = false;
    set_state(w, id, JOB_RUNNING, NULL);
    return s;
}

static void *work(void *user)
{
    worker *w = user;
    seat *s;

    pthread_mutex_lock(&w->lock);
    while (!w->quit) {
        if (!(s = next_queued(w)) && !wanted_aside(w)) {
            pthread_cond_wait(&w->something, &w->lock);
            continue;
        }
        pthread_mutex_unlock(&w->lock);
        settle_aside(w);
        if (s) paint(w, s);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* --- For others -------------------------------------------------------------------------- */

imp_status worker_new(worker **out, store *s, pictures *p, events *e, disk *d,
                      const imp_context *ctx, imp_error *err)
{
    worker *w = calloc(1, sizeof *w);

    *out = NULL;
    if (!w) return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    w->store = s;
    w->pictures = p;
    w->events = e;
    w->disk = d;
    w->ctx = ctx;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->something, NULL);
    if (pthread_create(&w->thread, NULL, work, w)) {
        worker_free(w);
        return studio_fail(err, IMP_ENOMEM, "no thread for painting");
    }
    w->started = true;
    *out = w;
    return IMP_OK;
}

void worker_free(worker *w)
{
    if (!w) return;
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_signal(&w->something);
    pthread_mutex_unlock(&w->lock);
    if (w->started) pthread_join(w->thread, NULL);
    while (w->seats) seat_leave(w, w->seats);
    opened_free(w->models);
    pthread_cond_destroy(&w->something);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

imp_status worker_add(worker *w, job *j, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&w->lock);
    j->state = JOB_QUEUED;
    status = store_job_add(w->store, j, err);
    if (status == IMP_OK) {
        events_publish(w->events, j->id, "state", json_pack("{s:s}", "state", "queued"));
        pthread_cond_signal(&w->something);
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}

/* A job that this run of the program has not begun: all there is to change is its state. */
static answer ask_waiting(worker *w, const job *j, wish what, imp_error *err)
{
    switch (what) {
    case WISH_CANCEL:
        set_state(w, j->id, JOB_CANCELLED, NULL);
        return ANSWER_YES;
    case WISH_PAUSE:
        if (j->state == JOB_QUEUED) set_state(w, j->id, JOB_PAUSED, NULL);
        return ANSWER_YES;
    case WISH_CONTINUE:
        if (j->state == JOB_PAUSED) set_state(w, j->id, JOB_QUEUED, NULL);
        return ANSWER_YES;
    case WISH_STOP:
    case WISH_NONE:
        break;
    }
    studio_fail(err, IMP_EINVAL, "the job has not begun: there is no picture to keep");
    return ANSWER_NO;
}

/* One that has: a wish already uttered to stop or cancel stands. */
static answer ask_begun(worker *w, seat *s, const job *j, wish what, imp_error *err)
{
    if (s->wish == WISH_STOP || s->wish == WISH_CANCEL) {
        if (what == s->wish) return ANSWER_YES;
        studio_fail(err, IMP_EINVAL, "the job is about to end");
        return ANSWER_NO;
    }
    if (j->state == JOB_RUNNING) s->wish = what == WISH_CONTINUE ? WISH_NONE : what;
    else if (what == WISH_STOP || what == WISH_CANCEL) s->wish = what;
    else return ask_waiting(w, j, what, err);
    return ANSWER_YES;
}

/* The lock is held. The caller frees what *j holds in any case. */
static answer look_up(worker *w, int64_t id, job *j, imp_error *err)
{
    bool found;

    if (store_job_find(w->store, j, &found, id, err)) return ANSWER_FAILED;
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
        given = (s = seat_find(w, id)) ? ask_begun(w, s, &j, what, err)
                                       : ask_waiting(w, &j, what, err);
        pthread_cond_signal(&w->something);
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
    } else if (given == ANSWER_YES && store_job_remove(w->store, id, err)) {
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
    if ((s = seat_find(w, id))) *p = s->progress;
    pthread_mutex_unlock(&w->lock);
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
