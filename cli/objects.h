/* objects.h - masks by the names of things: "person", "dog", "background". */
#ifndef IMP_OBJECTS_H
#define IMP_OBJECTS_H

#include "options.h"

/* Marks the classes of a list such as "person,dog". Of a name that is none it says that it is
 * `what`, such as "no class". Returns an exit status. */
int object_classes(bool wanted[IMP_CLASSES], const char *option, const char *list,
                   const char *what);

/* The number of the likeliest class at every pixel, and the areas of all. The caller frees
 * *labels, after errors too. Returns an exit status. */
int object_labels(uint8_t **labels, imp_class_area areas[IMP_CLASSES],
                  const imp_segmentation *found);

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

/* Where any of the classes is: likely enough, without specks and holes, along the photograph's
 * edges. Classes that are nowhere are warned of; *out is NULL if all are. `what` as above. The
 * caller owns *out: imp_mask_free(). Returns an exit status. */
int objects_mask(imp_mask **out, objects *all, const char *option, const char *list,
                 const char *what);
void objects_free(objects *all);

#endif
