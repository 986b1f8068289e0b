/* told.h - what a result tells of the pictures that it was painted from, as `impasto stylize`
 * writes it and `impasto info` tells it. */
#ifndef STUDIO_TOLD_H
#define STUDIO_TOLD_H

#include <jansson.h>

#include "studio/store.h"

/* Of imp_image_tell_painted(): the names that the job's pictures have as files. The caller
 * frees *text. IMP_EIO, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
told_inputs(char **text, store *s, const job *j, const imp_inputs *in, const imp_plan *plan,
            imp_error *err);

#endif
