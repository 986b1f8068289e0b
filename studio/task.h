/* task.h - one job being painted: what it is made from, its painter, how far it is. */
#ifndef STUDIO_TASK_H
#define STUDIO_TASK_H

#include "studio/job_inputs.h"

typedef struct task {
    int64_t id;
    imp_context *ctx;
    const imp_model *model;
    job_inputs in;
    imp_params params;
    imp_plan plan;
    uint64_t own;                /* bytes of it at the peak, beside those of others */
    imp_painter *painter;
    imp_progress at;
    double work;                 /* done: pixels times steps */
    bool other_weights;          /* its checkpoint had others than the job's */
} task;

/* A model that has been opened, for all jobs that want it. */
typedef struct opened { struct opened *next; char *name; imp_model *model; } opened;

void opened_free(opened *all);

/* Bytes that this process holds now. */
uint64_t task_memory_held(void);

/* Reads what the job names, and works out what it will need. What was made before a failure is
 * freed by task_end(). */
IMP_MUST_CHECK imp_status
task_plan(task *t, const job *j, pictures *p, const imp_context_params *machine,
          opened **models, imp_error *err);

/* Then makes its painter, which goes on from the checkpoint. If that is NULL or of no use, it
 * begins anew: t->at.step tells. `kept`: weights that it may have been written with, before
 * they were changed to the job's; NULL: there are none. */
IMP_MUST_CHECK imp_status task_begin(task *t, const char *checkpoint,
                                     const imp_loss_weights *kept, imp_error *err);

IMP_MUST_CHECK imp_status task_change(task *t, const imp_loss_weights *to, imp_error *err);

/* Drops all but the id. */
void task_end(task *t);

IMP_MUST_CHECK imp_status task_save(task *t, const char *checkpoint, imp_error *err);

IMP_MUST_CHECK imp_status task_step(task *t, imp_error *err);

/* As the API shows it. */
job_progress task_progress(const task *t);

#endif
