/* painting_weights.c - a painting is given other weights. */
#include <stdlib.h>

#include "studio/fail.h"
#include "studio/painting_parts.h"

static imp_loss_weights weights_now(const seat *s)
{
    return imp_loss_weights_of(&s->task.params, &s->task.in.all);
}

/* What was asked for gives way to what counts. The lock is held. */
static void take_back(worker *w, seat *s, const char *why)
{
    const imp_loss_weights now = weights_now(s);
    imp_error err;

    if (worker_set_weights(w, s->task.id, &now, why, &err)) painting_grumble(s, "", &err);
}

void painting_note_weights(worker *w, seat *s, const imp_loss_weights *weights)
{
    char *text = weights_text(weights, s->task.in.all.styles);
    imp_error err;

    if (!text) studio_fail(&err, IMP_ENOMEM, "no memory for weights");
    if (!text || store_job_weighed(w->with.store, s->task.id, s->task.at.step, text, &err))
        painting_grumble(s, "", &err);
    free(text);
}

void painting_follow_weights(worker *w, seat *s)
{
    const imp_loss_weights before = weights_now(s);
    imp_loss_weights to;
    imp_error err;
    bool changed;

    pthread_mutex_lock(&w->lock);
    changed = s->changed;
    to = s->weights;
    s->changed = false;
    pthread_mutex_unlock(&w->lock);
    if (!changed) return;
    if (task_change(&s->task, &to, &err)) {
        pthread_mutex_lock(&w->lock);
        if (!s->changed) take_back(w, s, err.message);
        pthread_mutex_unlock(&w->lock);
    } else if (s->task.at.step) {
        painting_note_weights(w, s, &before);
    }
}

void painting_settle_weights(worker *w, seat *s)
{
    pthread_mutex_lock(&w->lock);
    if (s->changed) take_back(w, s, "the picture has been painted");
    s->changed = false;
    s->saves = true;
    pthread_mutex_unlock(&w->lock);
}

/* Nobody changes the weights while a checkpoint is written: of those that it was written with
 * and the job's own, which are in the database, it is known later which it has. */
void painting_hold_weights(worker *w, seat *s)
{
    bool changed;

    do {
        painting_follow_weights(w, s);
        pthread_mutex_lock(&w->lock);
        changed = s->changed;
        s->saves = !changed;
        pthread_mutex_unlock(&w->lock);
    } while (changed);
}

void painting_release_weights(worker *w, seat *s)
{
    pthread_mutex_lock(&w->lock);
    s->saves = false;
    pthread_cond_broadcast(&w->something);
    pthread_mutex_unlock(&w->lock);
}
