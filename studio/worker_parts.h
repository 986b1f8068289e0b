/* worker_parts.h - what the queue and the painting share.
 *
 * A seat is a job that is being painted, or waits to be kept as it is. The lock guards the
 * list of seats, their wishes and what others look at; the task itself belongs to the thread
 * that paints. */
#ifndef STUDIO_WORKER_PARTS_H
#define STUDIO_WORKER_PARTS_H

#include <pthread.h>

#include "studio/task.h"
#include "studio/weights.h"
#include "studio/worker.h"

typedef struct seat {
    struct seat *next;
    task task;
    wish wish;
    int wish_step;                   /* that it had reached when this was wished */
    bool waits;                      /* for a thread */
    bool begun, paints;              /* begun, and does not wait for memory */
    bool saves;                      /* a checkpoint: its weights must stay the job's */
    bool changed;                    /* to these weights */
    imp_loss_weights weights;
    job_progress progress;
    job_loss *losses;                /* that are not in the database yet */
    size_t n_losses, room_for_losses;
    void *preview;                   /* of malloc */
    size_t preview_len;
    int preview_step;
    double next_progress, next_preview, last_checkpoint;
    double checkpoint_cost;          /* seconds a pixel that the last one took */
} seat;

struct worker {
    worker_params with;
    pthread_t *thread;
    int threads;                     /* started so far */
    pthread_mutex_t lock;
    pthread_cond_t something;        /* a job, a wish, a seat that is free, the end */
    seat *seats;
    int left;                        /* seats that have been left so far */
    bool full;                       /* no memory for what comes next, until one is left */
    bool quit;
    pthread_mutex_t beginning;       /* one job is begun at a time, so that the next one sees
                                        what memory it has taken; it guards: */
    opened *models;
    uint64_t idle;                   /* bytes of this process while nothing is painted */
};

/* That of a job, NULL if it has none; and a new one, NULL if there is no memory. The lock is
 * held. */
seat *worker_seat(const worker *w, int64_t id);
seat *worker_take_seat(worker *w, const job_wish *wished);

/* In the database, too, so that a kill does not undo it. The lock is held. */
imp_status worker_set_wish(worker *w, seat *s, wish what, imp_error *err);

/* Something about the queue has changed. The lock is held. */
void worker_wake(worker *w);

/* In the database, and for those who watch. The lock is held. */
imp_status worker_put_state(worker *w, int64_t id, job_state state, imp_error *err);

/* The same of a painting, which goes on whatever the database says; with the reason if it has
 * failed, else NULL. */
void worker_set_state(worker *w, int64_t id, job_state state, const char *error);

/* Whether any other seat's job has begun, or is just being painted. The lock is held. */
bool worker_has_begun(const worker *w, const seat *besides);
bool worker_paints(const worker *w, const seat *besides);

/* In the database, and for those who watch, with the reason if they are not those that were
 * asked for. The lock is held. */
imp_status worker_set_weights(worker *w, int64_t id, const imp_loss_weights *to,
                              const char *error, imp_error *err);

/* Drops a seat. The lock is held. */
void worker_leave(worker *w, seat *s);

/* Paints until the job is over, set aside, or the program ends: the seat is then gone. */
void painting_run(worker *w, seat *s);

#endif
