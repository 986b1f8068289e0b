/* painting_kept.c - what is kept of a painting: its picture, and against a sudden end its
 * losses, how far it is, and a checkpoint. */
#include <math.h>
#include <stdlib.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/painting_parts.h"
#include "studio/told.h"

/* Checkpoints do not take more of the time than this. */
static const double checkpoint_share = 0.02;

void painting_save_progress(worker *w, const seat *s)
{
    imp_error err;

    if (store_job_progress(w->with.store, s->task.id, &s->progress, &err))
        painting_grumble(s, "", &err);
}

/* Who asks for losses meanwhile gets them from the seat as well as from the database, and
 * never from neither. */
void painting_save_losses(worker *w, seat *s)
{
    imp_error err;

    if (store_job_add_losses(w->with.store, s->task.id, s->losses, s->n_losses, &err)) {
        painting_grumble(s, "", &err);
        return;
    }
    pthread_mutex_lock(&w->lock);
    s->n_losses = 0;
    pthread_mutex_unlock(&w->lock);
}

/* --- Pictures ---------------------------------------------------------------------------- */

void painting_keep_preview(worker *w, seat *s)
{
    imp_error err;

    if (s->preview && store_job_keep_small(w->with.store, s->task.id, s->preview,
                                           s->preview_len, &err))
        painting_grumble(s, "", &err);
}

imp_status painting_keep_picture(worker *w, seat *s, imp_error *err)
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

/* --- Checkpoints ------------------------------------------------------------------------- */

static double pixels(const seat *s)
{
    return (double) (s->task.at.width * s->task.at.height);
}

/* What the checkpoint counts on is written before it, what counts on it behind it. */
imp_status painting_save(worker *w, seat *s, imp_error *err)
{
    char *path = store_checkpoint_path(w->with.store, s->task.id);
    const double begun = seconds_now();
    imp_status status;

    painting_hold_weights(w, s);
    painting_save_losses(w, s);
    status = path ? task_save(&s->task, path, err)
                  : studio_fail(err, IMP_ENOMEM, "no memory for a file's name");
    if (status == IMP_OK) status = store_job_weights_kept(w->with.store, s->task.id, err);
    painting_release_weights(w, s);
    free(path);
    s->last_checkpoint = seconds_now();
    s->checkpoint_cost = (s->last_checkpoint - begun) / pixels(s);
    if (status == IMP_OK) painting_save_progress(w, s);
    return status;
}

bool painting_save_is_due(const worker *w, const seat *s)
{
    const double cost = s->checkpoint_cost * pixels(s);

    return seconds_now() >= s->last_checkpoint + fmax(w->with.every, cost / checkpoint_share);
}
