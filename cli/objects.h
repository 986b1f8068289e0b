/* objects.h - masks by the names of things: "person", "dog", "background". */
#ifndef IMP_OBJECTS_H
#define IMP_OBJECTS_H

#include "options.h"

/* A class by name; `option` is for the message. Returns an exit status. */
int object_class(int *number, const char *option, const char *name);

/* Is it the name of a class, and of no file? */
bool object_is_class(const char *text);

/* The network that --model of segment, or --segment-model, names. The caller owns *out:
 * imp_segmenter_free(). Returns an exit status. */
int object_network(imp_segmenter **out, imp_context *ctx, const options *o);

/* What is in one photograph; the network looks at it when the first class is asked for. */
typedef struct objects {
    const options *o;
    const imp_image *photo;
    imp_context *ctx;              /* lent */
    imp_image *small;              /* the photograph, not larger than is worth it */
    imp_segmentation *found;
    imp_class_area areas[IMP_CLASSES];
} objects;

/* Where the class is: likely enough, without specks and holes, along the photograph's edges.
 * *out is NULL, after a warning, if it is nowhere. The caller owns *out: imp_mask_free().
 * Returns an exit status. */
int objects_mask(imp_mask **out, objects *all, const char *option, const char *name);
void objects_free(objects *all);

#endif
