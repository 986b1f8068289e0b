/* worker.h - the threads that paint: those jobs first that have the highest priority, and of
 * these the oldest. One is begun beside others only if there is memory for all of them.
 *
 * Of a job that is being painted a checkpoint is kept now and then, and when it is paused or
 * the program ends: the painter itself goes then. */
#ifndef STUDIO_WORKER_H
#define STUDIO_WORKER_H

#include "studio/disk.h"
#include "studio/events.h"
#include "studio/pictures.h"

typedef struct worker worker;

typedef struct worker_params {
    store *store;
    pictures *pictures;
    events *events;
    disk *disk;
    const imp_context *ctx;  /* its threads are shared out */
    uint64_t memory;         /* bytes that this process may hold; 0: as much as is free */
    int jobs;                /* at once                                         */
    double every;            /* seconds between the checkpoints of a job, at least */
} worker_params;

/* Begins at once with what is queued. What the params point to is borrowed.
 * Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status worker_new(worker **out, const worker_params *params,
                                     imp_error *err);

/* Ends after the present step, of which a checkpoint is written: the job goes on at the next
 * start. */
void worker_free(worker *w);

/* Something about the queue has changed. */
void worker_look(worker *w);

/* Adds a queued job and paints it in its turn: store_job_add(). */
IMP_MUST_CHECK imp_status worker_add(worker *w, job *j, imp_error *err);

typedef enum answer { ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_FAILED } answer;

/* What is being painted comes to it after the present step, or at the next start if the
 * program ends before. ANSWER_NO: not in its present state; *err says why. Any thread. */
answer worker_ask(worker *w, int64_t id, wish what, imp_error *err);

/* From the next step on these weights count, in JSON as weights_change() has them; either may
 * be NULL. ANSWER_NO: it is over. */
answer worker_change(worker *w, int64_t id, const json_t *params, const json_t *styles,
                     imp_error *err);

/* Removes a job that is over, with its files. */
answer worker_remove(worker *w, int64_t id, imp_error *err);

/* How far it is, if it is being painted; else *p is left as it was. */
void worker_progress(worker *w, int64_t id, job_progress *p);

/* A copy of the losses that are not in the database yet; none if it is not being painted. The
 * caller frees *out. */
IMP_MUST_CHECK imp_status
worker_losses(worker *w, int64_t id, job_loss **out, size_t *n, imp_error *err);

/* A copy of the latest preview and the step that it shows; *data is NULL if there is none, as
 * when it is not being painted. The caller frees it: free(). */
IMP_MUST_CHECK imp_status worker_preview(worker *w, int64_t id, void **data, size_t *len,
                                         int *step, imp_error *err);

#endif
