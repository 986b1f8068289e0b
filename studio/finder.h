/* finder.h - what is where in a photograph: the things that a network finds, and the main
 * subject, which is found without one.
 *
 * Photographs are looked at no larger than IMP_SEGMENT_LARGEST, and what was found in the
 * latest of them is remembered, so that a second look costs little. One thread at a time:
 * aside.h. */
#ifndef STUDIO_FINDER_H
#define STUDIO_FINDER_H

#include <impasto/segment.h>

#include "studio/pictures.h"

typedef struct finder finder;

/* `model`: a name or a file; NULL: the first of those known that is in the store. All is
 * borrowed. NULL: no memory. */
finder *finder_new(pictures *p, const imp_context *ctx, const char *model);
void finder_free(finder *f);

/* What finds things now; NULL if nothing does. Any thread. */
const char *finder_model(const finder *f);

/* The areas of all classes, in pixels of the photograph as it is; those in `pixels` are a
 * share of *all. Errors: IMP_ENOMODEL (there is no network that works: says what to do), else
 * as pictures_load(). */
IMP_MUST_CHECK imp_status
finder_find(finder *f, imp_class_area areas[IMP_CLASSES], uint64_t *all,
             const picture *photo, imp_error *err);

/* What is asked of a photograph, in its pixels. */
typedef struct finder_ask {
    enum { FINDER_CLASSES, FINDER_AT, FINDER_SUBJECT, FINDER_BOX } kind;
    bool wanted[IMP_CLASSES];       /* which classes; after FINDER_AT the one there */
    size_t x, y;
    imp_box box;                    /* around the subject                            */
} finder_ask;

/* The mask of that; classes that are nowhere in it are no longer wanted then. The caller frees
 * *out: imp_mask_free(). Errors: also IMP_EINVAL (none of that is there, or nothing stands
 * out). */
IMP_MUST_CHECK imp_status finder_mask(finder *f, imp_mask **out, finder_ask *ask,
                                       const picture *photo, imp_error *err);

#endif
