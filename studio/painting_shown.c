/* painting_shown.c - what is told and shown of a painting: progress, losses, previews. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/painting_parts.h"

/* Events of progress are not closer than this, previews not either, nor do these take more
 * than this share of the time. */
static const double progress_seconds = 0.1, preview_seconds = 0.5, preview_share = 0.05;

/* A loss: there is none before the first step. */
static json_t *loss_of(const imp_progress *at, double x)
{
    return at->step && isfinite(x) ? json_real(x) : json_null();
}

void painting_tell(worker *w, seat *s)
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

void painting_note(worker *w, seat *s)
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
void painting_note_losses(worker *w, seat *s)
{
    const imp_losses *l = &s->task.at.loss;

    pthread_mutex_lock(&w->lock);
    if (has_room_for_losses(s))
        s->losses[s->n_losses++] = (job_loss) {
            s->task.at.step, l->total, l->content, l->style, l->tv, s->task.at.width,
            s->task.at.height,
        };
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
void painting_show(worker *w, seat *s)
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
    if (status != IMP_OK) painting_grumble(s, "no preview: ", &err);
    imp_data_free(data);
    imp_image_free(image);
    s->next_preview = seconds_now()
                    + fmax(preview_seconds, (seconds_now() - begun) / preview_share);
}
