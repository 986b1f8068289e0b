/* inputs.h - what a picture is painted from, checked, and as one stage sees it. */
#ifndef IMP_INPUTS_H
#define IMP_INPUTS_H

#include <impasto/style.h>

#include "style/regions.h"

/* IMP_EINVAL says which input is missing, or which number is out of range. */
imp_status imp_inputs_check(const imp_inputs *inputs, const imp_params *params,
                            imp_error *err);

/* Is only a part of the picture for some style, or for the content? */
bool imp_inputs_have_regions(const imp_inputs *inputs);

/* The photograph, the paintings and the masks at the sizes of one stage. */
typedef struct imp_seen {
    imp_image *photo, *painting[IMP_MAX_STYLES];
    imp_mask *source[IMP_MAX_STYLES], *content, *keep;
    imp_regions regions;
} imp_seen;

/* Fills *seen, zeroed before, for a stage. Paintings that `before`, what the stage before
 * sees, has at the same size are shared with it; NULL: there is none. After an error *seen
 * holds what had been made. */
imp_status imp_seen_make(imp_seen *seen, const imp_inputs *inputs, const imp_params *params,
                         const imp_stage *stage, const imp_seen *before, imp_error *err);

/* Frees what `next` (or nobody, if that is NULL) does not share. */
void imp_seen_forget(imp_seen *seen, const imp_seen *next);

/* The inputs with these pictures and masks in place of their own, and each style's weight as
 * its loss is to be multiplied by. */
imp_inputs imp_seen_inputs(const imp_seen *seen, const imp_inputs *inputs);

#endif
