/* painting.c - one job as it is painted: its steps, what is wished meanwhile, and how it ends.
 * See worker_parts.h. */
#include <malloc.h>

#include "studio/fail.h"
#include "studio/painting_parts.h"

void painting_grumble(const seat *s, const char *what, const imp_error *err)
{
    studio_say("job %lld: %s%s", (long long) s->task.id, what, err->message);
}

/* --- How it ends ------------------------------------------------------------------------- */

/* A new result takes room: others may have to go. */
static void make_room(worker *w, int64_t id)
{
    const store_spared spare = { .job = id };
    imp_error err;

    if (disk_make_room(w->with.disk, &spare, &err))
        studio_say("job %lld: %s", (long long) id, err.message);
}

void painting_end(worker *w, seat *s, job_state state, const char *error)
{
    const int64_t id = s->task.id;

    if (s->task.painter) {
        painting_save_losses(w, s);
        painting_save_progress(w, s);
    }
    if (state == JOB_FAILED) painting_keep_preview(w, s);
    pthread_mutex_lock(&w->lock);
    worker_set_state(w, id, state, error);
    worker_leave(w, s);
    pthread_mutex_unlock(&w->lock);
    make_room(w, id);
}

static void keep(worker *w, seat *s)
{
    imp_error err;

    painting_settle_weights(w, s);
    if (painting_keep_picture(w, s, &err)) painting_end(w, s, JOB_FAILED, err.message);
    else painting_end(w, s, JOB_DONE, NULL);
}

/* --- What is wished ---------------------------------------------------------------------- */

/* What can be done now. Who wished the picture as it is has seen more of it than is there, if
 * it had to be gone back to a checkpoint. The lock is held. */
static wish wish_due(const seat *s)
{
    const int step = s->task.at.step;

    return s->wish == WISH_STOP && (!step || step < s->wish_step) ? WISH_NONE : s->wish;
}

static wish wish_of(worker *w, const seat *s, bool *quit)
{
    wish what;

    pthread_mutex_lock(&w->lock);
    what = wish_due(s);
    *quit = w->quit;
    pthread_mutex_unlock(&w->lock);
    return what;
}

static void keep_state(worker *w, seat *s)
{
    imp_error err;

    if (painting_save(w, s, &err)) painting_grumble(s, "no checkpoint: ", &err);
}

/* The program ends: the job goes on at the next start. */
static void break_off(worker *w, seat *s)
{
    if (s->task.at.step) keep_state(w, s);
    pthread_mutex_lock(&w->lock);
    worker_leave(w, s);
    pthread_mutex_unlock(&w->lock);
}

/* What can be had of it while it is paused: its picture, and the checkpoint to go on from. */
static imp_status keep_all(worker *w, seat *s, imp_error *err)
{
    imp_status status = IMP_OK;

    if (!s->task.at.step) return IMP_OK;
    TRY(painting_keep_picture(w, s, err));
    TRY(painting_save(w, s, err));

done:
    return status;
}

/* The lock is held. */
static void forget_wish(worker *w, seat *s)
{
    imp_error err;

    if (worker_set_wish(w, s, WISH_NONE, &err)) painting_grumble(s, "", &err);
    s->wish = WISH_NONE;
}

/* Whether it is set aside. What cannot be kept is painted on. */
static bool set_aside(worker *w, seat *s)
{
    imp_error err;
    const imp_status status = keep_all(w, s, &err);
    bool aside;

    pthread_mutex_lock(&w->lock);
    aside = s->wish == WISH_PAUSE && status == IMP_OK;   /* and not meanwhile something else */
    if (status != IMP_OK) {
        painting_grumble(s, "cannot be paused: ", &err);
        worker_set_state(w, s->task.id, JOB_RUNNING, NULL);
        if (s->wish == WISH_PAUSE) forget_wish(w, s);
    }
    if (aside) {
        worker_set_state(w, s->task.id, JOB_PAUSED, NULL);
        worker_leave(w, s);
    }
    pthread_mutex_unlock(&w->lock);
    return aside;
}

/* Whether the seat's job goes on; if not, the seat is gone. */
static bool follow_wish(worker *w, seat *s)
{
    bool quit;
    const wish what = wish_of(w, s, &quit);

    if (what == WISH_CANCEL || what == WISH_STOP) {
        if (what == WISH_CANCEL) painting_end(w, s, JOB_CANCELLED, NULL);
        else keep(w, s);
        return false;
    }
    painting_follow_weights(w, s);
    if (what == WISH_PAUSE) return !set_aside(w, s);
    if (quit) break_off(w, s);
    return !quit;
}

/* --- Painting ---------------------------------------------------------------------------- */

/* Between two sizes there may be no memory for the next one while others are painted: whether
 * to go on, after one of them has ended or something is wanted of this one. */
static bool wait_for_memory(worker *w, seat *s)
{
    bool again;
    int left;

    pthread_mutex_lock(&w->lock);
    s->paints = false;
    left = w->left;
    again = worker_paints(w, s) || w->quit || wish_due(s) != WISH_NONE;
    while (left == w->left && !w->quit && wish_due(s) == WISH_NONE && worker_paints(w, s))
        pthread_cond_wait(&w->something, &w->lock);
    s->paints = true;
    pthread_mutex_unlock(&w->lock);
    return again;
}

/* Whether there is more to come; if not, the seat is gone. */
static bool paint(worker *w, seat *s)
{
    imp_status status = IMP_OK;
    imp_error err;

    if (!s->task.at.done) status = task_step(&s->task, &err);
    if (status == IMP_ENOMEM && wait_for_memory(w, s)) return true;
    if (status != IMP_OK) {
        painting_end(w, s, JOB_FAILED, err.message);
        return false;
    }
    if (!s->task.at.done) painting_show(w, s);   /* before anybody hears of the step */
    painting_note(w, s);
    painting_note_losses(w, s);
    painting_tell(w, s);
    if (s->task.at.done) {
        keep(w, s);
        return false;
    }
    if (painting_save_is_due(w, s)) keep_state(w, s);
    return true;
}

/* The C library keeps what a painter gave back, for itself. */
static void return_memory(void)
{
#if defined __GLIBC__
    malloc_trim(0);
#endif
}

void painting_run(worker *w, seat *s)
{
    if (painting_begin(w, s))
        while (follow_wish(w, s) && paint(w, s)) continue;
    return_memory();
}
