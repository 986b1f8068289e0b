/* job_told.h - what is told of a job: its plan and its paintings. */
#ifndef IMP_JOB_TOLD_H
#define IMP_JOB_TOLD_H

#include <jansson.h>

#include "job.h"

/* The plan: sizes with their steps, time, memory, paintings. */
json_t *job_plan_json(const job *j);
void job_print_plan(const job *j);

/* Adds to a painted picture's record what it was painted from and how far, for people: nothing
 * reads it back. Returns an exit status. */
int job_add_record(imp_image *image, const job *j, const imp_progress *at);

#endif
