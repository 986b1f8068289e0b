/* painting_weights.c - a painting is given other weights. */
#include "studio/painting_parts.h"

/* What the painter refuses is taken back. */
static void take_back(worker *w, seat *s, const char *why)
{
    const imp_loss_weights own = imp_loss_weights_of(&s->task.params, &s->task.in.all);
    imp_error err;

    pthread_mutex_lock(&w->lock);
    if (!s->changed && worker_set_weights(w, s->task.id, &own, why, &err))
        painting_grumble(s, "", &err);
    pthread_mutex_unlock(&w->lock);
}

void painting_follow_weights(worker *w, seat *s)
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
