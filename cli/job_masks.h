/* job_masks.h - the masks of a job: read, checked by their names, written. */
#ifndef IMP_JOB_MASKS_H
#define IMP_JOB_MASKS_H

#include "job.h"

/* Does the option name a mask: --mask, --style-mask, --keep? */
bool job_masks_is_one(const setting *option);

/* Does it name what is kept? */
bool job_masks_is_keep(const setting *option);

/* Says which options about masks have no effect, unless --quiet. */
void job_masks_note(const options *o, const style_choices *styles);

/* Those of the next painting, which has been read. *nowhere: it has nothing to be painted on.
 * Returns an exit status, as do those below. */
int job_masks_of_style(bool *nowhere, job *j, const style_choice *style);

/* What is kept, and where the content counts; refuses what leaves nothing for a painting, and
 * writes all masks if --save-masks was given. The paintings have been read. */
int job_masks_read(job *j);

#endif
