/* masks.h - the masks of jobs: whether they will do. */
#ifndef STUDIO_MASKS_H
#define STUDIO_MASKS_H

#include "studio/pictures.h"

typedef struct masks masks;

masks *masks_new(store *s, pictures *p);   /* NULL: no memory; borrows both */
void masks_free(masks *all);

/* MISSING: a picture is not there; UNFIT: a mask is of another shape than its picture, has no
 * white, or leaves nothing for a painting; FAILED: something else. *err says why. */
typedef enum masks_verdict { MASKS_GOOD, MASKS_MISSING, MASKS_UNFIT, MASKS_FAILED }
    masks_verdict;

/* Looks at all pictures that a job names, and into its masks. One job at a time, so that
 * memory is bounded. */
IMP_MUST_CHECK masks_verdict masks_check(masks *all, const job *j, imp_error *err);

#endif
