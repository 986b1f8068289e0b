/* painting.c - one job as it is painted: its steps, what is told and shown of them, what is
 * kept against a sudden end, and how it ends. See worker_parts.h. */
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/told.h"
#include "studio/worker_parts.h"

/* Events of progress are not closer than this, previews not either, nor do these take more
 * than this share of the time. */
static const double progress_seconds = 0.1, preview_seconds = 0.5, preview_share = 0.05;

/* Nor do checkpoints take more than this; until one has been written, this many seconds a
 * pixel are reckoned with. */
static const double checkpoint_share = 0.02, checkpoint_guess = 5e-7;

/* What goes wrong while nobody is there to be told is no reason to end a painting. */
static void grumble(const seat *s, const char *what, const imp_error *err)
{
    studio_say("job %lld: %s%s", (long long) s->task.id, what, err->message);
}

static double pixels(const seat *s)
{
    return (double) (s->task.at.width * s->task.at.height);
}

/* --- How it ends ------------------------------------------------------------------------- */

static void save_progress(worker *w, const seat *s)
{
    imp_error err;

    if (store_job_progress(w->with.store, s->task.id, &s->progress, &err))
        grumble(s, "", &err);
}

/* Who asks for losses meanwhile gets them from the seat as well as from the database, and
 * never from neither. */
static void save_losses(worker *w, seat *s)
{
    imp_error err;

    if (store_job_add_losses(w->with.store, s->task.id, s->losses, s->n_losses, &err)) {
        grumble(s, "", &err);
        return;
    }
    pthread_mutex_lock(&w->lock);
    s->n_losses = 0;
    pthread_mutex_unlock(&w->lock);
}

/* The last preview is what there is to be seen of a painting that failed. */
static void keep_preview(worker *w, seat *s)
{
    imp_error err;

    if (s->preview && store_job_keep_small(w->with.store, s->task.id, s->preview,
                                           s->preview_len, &err)) grumble(s, "", &err);
}

/* A new result takes room: others may have to go. */
static void make_room(worker *w, int64_t id)
{
    const store_spared spare = { .job = id };
    imp_error err;

    if (disk_make_room(w->with.disk, &spare, &err))
        studio_say("job %lld: %s", (long long) id, err.message);
}

static void end(worker *w, seat *s, job_state state, const char *error)
{
    const int64_t id = s->task.id;

    if (s->task.painter) {
        save_losses(w, s);
        save_progress(w, s);
    }
    if (state == JOB_FAILED) keep_preview(w, s);
    pthread_mutex_lock(&w->lock);
    worker_set_state(w, id, state, error);
    worker_leave(w, s);
    pthread_mutex_unlock(&w->lock);
    make_room(w, id);
}

/* The picture as it stands, as a result. */
static imp_status keep_picture(worker *w, seat *s, imp_error *err)
{
    const imp_progress *at = &s->task.at;
    imp_image *image = NULL;
    char *inputs = NULL;
    job j = { 0 };
    bool found;
    imp_status status;

    TRY(store_job_find(w->with.store, &j, &found, s->task.id, err));
    if (found)
        TRY(told_inputs(&inputs, w->with.store, &j, &s->task.in.all, &s->task.plan, err));
    TRY(imp_painter_image(&image, s->task.painter, err));
    TRY(imp_image_tell_painted(image, at, inputs, err));
    TRY(pictures_keep_result(w->with.pictures, s->task.id, image, err));

done:
    imp_image_free(image);
    free(inputs);
    job_free(&j);
    return status;
}

static void keep(worker *w, seat *s)
{
    imp_error err;

    if (keep_picture(w, s, &err)) end(w, s, JOB_FAILED, err.message);
    else end(w, s, JOB_DONE, NULL);
}

/* --- What is told and shown -------------------------------------------------------------- */

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
        w->with.events, s->task.id, "progress",
        json_pack("{s:i, s:i, s:f, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:i, s:i}", "step",
                  at->step, "steps", at->steps, "seconds", at->seconds, "left",
                  json_real(s->progress.left), "loss", loss_of(at, at->loss.total), "content",
                  loss_of(at, at->loss.content), "style", loss_of(at, at->loss.style), "tv",
                  loss_of(at, at->loss.tv), "width", (json_int_t) at->width, "height",
                  (json_int_t) at->height, "scale", at->scale, "scales", at->scales));
}

static void note_progress(worker *w, seat *s)
{
    const job_progress p = task_progress(&s->task);

    pthread_mutex_lock(&w->lock);
    s->progress = p;
    pthread_mutex_unlock(&w->lock);
}

/* The lock is held. */
static bool has_room_for_losses(seat *s)
{
    const size_t room = 2 * s->n_losses + 64;
    job_loss *more;

    if (s->n_losses < s->room_for_losses) return true;
    if (!(more = realloc(s->losses, room * sizeof *more))) return false;
    s->losses = more;
    s->room_for_losses = room;
    return true;
}

/* Where there is no memory for them the curve has a gap. */
static void note_losses(worker *w, seat *s)
{
    const imp_losses *l = &s->task.at.loss;

    pthread_mutex_lock(&w->lock);
    if (has_room_for_losses(s))
        s->losses[s->n_losses++] = (job_loss) { s->task.at.step, l->total, l->content,
                                                l->style, l->tv };
    pthread_mutex_unlock(&w->lock);
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
    events_publish(w->with.events, s->task.id, "preview",
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
    if (status != IMP_OK) grumble(s, "no preview: ", &err);
    imp_data_free(data);
    imp_image_free(image);
    s->next_preview = seconds_now()
                    + fmax(preview_seconds, (seconds_now() - begun) / preview_share);
}

/* --- Other weights ----------------------------------------------------------------------- */

/* What the painter refuses is taken back. */
static void take_back(worker *w, seat *s, const char *why)
{
    const imp_loss_weights own = imp_loss_weights_of(&s->task.params, &s->task.in.all);
    imp_error err;

    pthread_mutex_lock(&w->lock);
    if (!s->changed && worker_set_weights(w, s->task.id, &own, why, &err))
        grumble(s, "", &err);
    pthread_mutex_unlock(&w->lock);
}

static void follow_change(worker *w, seat *s)
{
    imp_loss_weights to;
    imp_error err;
    bool changed;

    pthread_mutex_lock(&w->lock);
    changed = s->changed;
    to = s->weights;
    s->changed = false;
    pthread_mutex_unlock(&w->lock);
    if (changed && task_change(&s->task, &to, &err)) take_back(w, s, err.message);
}

/* Nobody changes the weights while a checkpoint is written: of those that it was written with
 * and the job's own, which are in the database, it is known later which it has. */
static void begin_saving(worker *w, seat *s)
{
    bool changed;

    do {
        follow_change(w, s);
        pthread_mutex_lock(&w->lock);
        changed = s->changed;
        s->saves = !changed;
        pthread_mutex_unlock(&w->lock);
    } while (changed);
}

static void end_saving(worker *w, seat *s)
{
    pthread_mutex_lock(&w->lock);
    s->saves = false;
    pthread_cond_broadcast(&w->something);
    pthread_mutex_unlock(&w->lock);
}

/* --- What is kept against a sudden end --------------------------------------------------- */

/* What the checkpoint counts on is written before it, what counts on it behind it. */
static imp_status write_checkpoint(worker *w, seat *s, imp_error *err)
{
    char *path = store_checkpoint_path(w->with.store, s->task.id);
    const double begun = seconds_now();
    imp_status status;

    begin_saving(w, s);
    save_losses(w, s);
    status = path ? task_save(&s->task, path, err)
                  : studio_fail(err, IMP_ENOMEM, "no memory for a file's name");
    if (status == IMP_OK) status = store_job_weights_kept(w->with.store, s->task.id, err);
    end_saving(w, s);
    free(path);
    s->last_checkpoint = seconds_now();
    s->checkpoint_cost = (s->last_checkpoint - begun) / pixels(s);
    if (status == IMP_OK) save_progress(w, s);
    return status;
}

/* So seldom that the paintings' time is not spent on it. */
static bool is_checkpoint_due(const worker *w, const seat *s)
{
    const double cost = s->checkpoint_cost * pixels(s);

    return seconds_now() >= s->last_checkpoint + fmax(w->with.every, cost / checkpoint_share);
}

static void keep_state(worker *w, seat *s)
{
    imp_error err;

    if (write_checkpoint(w, s, &err)) grumble(s, "no checkpoint: ", &err);
}

/* --- Beginning --------------------------------------------------------------------------- */

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
    note_progress(w, s);
    save_progress(w, s);             /* and what went further is forgotten */
    tell_progress(w, s);

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

/* Whether the seat's job has begun; if not, the seat is gone. */
static bool begin_in_turn(worker *w, seat *s)
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
        end(w, s, JOB_FAILED, err.message);
    return status == IMP_OK;
}

/* --- Painting ---------------------------------------------------------------------------- */

static wish wish_of(worker *w, seat *s, bool *quit)
{
    wish what;

    pthread_mutex_lock(&w->lock);
    what = s->wish;
    *quit = w->quit;
    pthread_mutex_unlock(&w->lock);
    return what;
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
    TRY(keep_picture(w, s, err));
    TRY(write_checkpoint(w, s, err));

done:
    return status;
}

/* Whether it is set aside. What cannot be kept is painted on. */
static bool set_aside(worker *w, seat *s)
{
    imp_error err;
    const imp_status status = keep_all(w, s, &err);
    bool aside;

    pthread_mutex_lock(&w->lock);
    aside = s->wish == WISH_PAUSE && status == IMP_OK;   /* and not meanwhile something else */
    if (s->wish == WISH_PAUSE) s->wish = WISH_NONE;
    if (status != IMP_OK) {
        grumble(s, "cannot be paused: ", &err);
        worker_set_state(w, s->task.id, JOB_RUNNING, NULL);
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

    follow_change(w, s);
    if (what == WISH_CANCEL) end(w, s, JOB_CANCELLED, NULL);
    else if (what == WISH_STOP && s->task.at.step) keep(w, s);
    else if (what == WISH_PAUSE) return !set_aside(w, s);
    else if (quit) break_off(w, s);
    else return true;
    return false;
}

/* Between two sizes there may be no memory for the next one while others are painted: whether
 * to go on, after one of them has ended or something is wanted of this one. */
static bool wait_for_memory(worker *w, seat *s)
{
    bool again;
    int left;

    pthread_mutex_lock(&w->lock);
    s->paints = false;
    left = w->left;
    again = worker_paints(w, s) || w->quit || s->wish != WISH_NONE;
    while (left == w->left && !w->quit && s->wish == WISH_NONE && worker_paints(w, s))
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
        end(w, s, JOB_FAILED, err.message);
        return false;
    }
    if (!s->task.at.done) make_preview(w, s);   /* before anybody hears of the step */
    note_progress(w, s);
    note_losses(w, s);
    tell_progress(w, s);
    if (s->task.at.done) {
        keep(w, s);
        return false;
    }
    if (is_checkpoint_due(w, s)) keep_state(w, s);
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
    if (begin_in_turn(w, s))
        while (follow_wish(w, s) && paint(w, s)) continue;
    return_memory();
}
