/* job.h - one painting on the command line, from its inputs to its outputs. */
#ifndef IMP_JOB_H
#define IMP_JOB_H

#include "objects.h"
#include "styles.h"

typedef struct job {
    const options *o;
    imp_params params;
    imp_save_params save, save_preview;
    style_choices styles;
    imp_image *photo, *painting[IMP_MAX_STYLES], *init;
    imp_mask *mask[IMP_MAX_STYLES], *style_mask[IMP_MAX_STYLES], *keep, *content_mask;
    const style_choice *painted[IMP_MAX_STYLES];   /* of each of the inputs' styles */
    objects objects;
    imp_inputs inputs;   /* all of these */
    imp_context *ctx;
    imp_model *model;
    imp_painter *painter;
    imp_plan plan;
    double begun;    /* when the plan was told: job_clock() */
} job;

/* Seconds since some fixed moment. */
double job_clock(void);

/* Paints, reports, and writes all outputs. Everything above must be there. Returns an exit
 * status. */
int job_paint(job *j);

#endif
