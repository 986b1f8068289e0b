/* worker_seen.c - see worker.h: what is to be seen of a job that is being painted. */
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"
#include "studio/worker_parts.h"

void worker_progress(worker *w, int64_t id, job_progress *p)
{
    const seat *s;

    pthread_mutex_lock(&w->lock);
    if ((s = worker_seat(w, id)) && s->progress.steps) *p = s->progress;
    pthread_mutex_unlock(&w->lock);
}

imp_status worker_losses(worker *w, int64_t id, job_loss **out, size_t *n, imp_error *err)
{
    imp_status status = IMP_OK;
    const seat *s;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&w->lock);
    if ((s = worker_seat(w, id)) && s->n_losses) {
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
    if ((s = worker_seat(w, id)) && s->preview) {
        if ((*data = malloc(s->preview_len))) memcpy(*data, s->preview, s->preview_len);
        else status = studio_fail(err, IMP_ENOMEM, "no memory for a preview");
        *len = s->preview_len;
        *step = s->preview_step;
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}
