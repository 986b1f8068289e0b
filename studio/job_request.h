/* job_request.h - a job as it is asked for, in JSON. */
#ifndef STUDIO_JOB_REQUEST_H
#define STUDIO_JOB_REQUEST_H

#include <jansson.h>

#include "studio/store.h"

/* Reads and checks what a job says by itself; whether its pictures are there is another
 * matter. `model` is for settings that name none; no other file may be named by them. In the
 * request, an object, stands afterwards what was left out of it.
 * The caller frees what *j holds in any case: job_free().
 * Errors: IMP_EINVAL (says which member), IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
job_request_read(job *j, json_t *request, const char *model, imp_error *err);

/* A text in one line, at most `room` bytes with the zero behind it, lent by `value`; `member`
 * is what errors call it. IMP_EINVAL. */
IMP_MUST_CHECK imp_status
job_request_line(const char **out, const json_t *value, const char *member, size_t room,
                 imp_error *err);

/* A job's priority. IMP_EINVAL. */
IMP_MUST_CHECK imp_status
job_request_priority(int *out, const json_t *value, imp_error *err);

#endif
