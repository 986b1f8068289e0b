/* job_inputs.h - the pictures and masks that a job names, as the painter takes them. */
#ifndef STUDIO_JOB_INPUTS_H
#define STUDIO_JOB_INPUTS_H

#include "studio/pictures.h"

typedef struct job_inputs {
    imp_image *photo, *painting[IMP_MAX_STYLES], *init;
    imp_mask *mask[IMP_MAX_STYLES], *source[IMP_MAX_STYLES], *keep, *content;
    imp_inputs all;              /* all of these */
} job_inputs;

/* Loads them into *in, zeroed before, which the caller frees in any case. */
IMP_MUST_CHECK imp_status
job_inputs_load(job_inputs *in, const job *j, pictures *p, imp_error *err);

/* What it holds, not itself. */
void job_inputs_free(job_inputs *in);

#endif
