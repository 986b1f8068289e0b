/* job_told.h - what is told of a job: its plan and its paintings. */
#ifndef IMP_JOB_TOLD_H
#define IMP_JOB_TOLD_H

#include <jansson.h>

#include "job.h"

/* The plan: sizes with their steps, time, memory, paintings. */
json_t *job_plan_json(const job *j);
void job_print_plan(const job *j);

#endif
