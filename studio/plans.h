/* plans.h - what a job would take, told without queueing it.
 *
 * The latest plans are remembered for a minute, by what they depend on: how much anything
 * weighs is not part of that, so that those sliders cost nothing. One thread at a time:
 * aside.h. */
#ifndef STUDIO_PLANS_H
#define STUDIO_PLANS_H

#include "studio/pictures.h"

typedef struct plans plans;

/* For a machine as each job gets it. NULL: no memory; borrows the pictures. */
plans *plans_new(pictures *p, const imp_context_params *machine);
void plans_free(plans *all);

/* Looks it up. False: it is to be made. */
bool plans_known(plans *all, imp_plan *out, const job *j);

/* Makes it, which takes some tenths of a second and more for large pictures. Its pictures are
 * there and its masks will do: masks_check(). Errors as imp_painter_plan(). */
IMP_MUST_CHECK imp_status
plans_make(plans *all, imp_plan *out, const job *j, imp_error *err);

#endif
