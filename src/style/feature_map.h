/* feature_map.h - what a loss is shown of a tap: all of it, or the pixels of a region. */
#ifndef IMP_FEATURE_MAP_H
#define IMP_FEATURE_MAP_H

#include "engine/ops.h"

/* Gatys, Ecker, Bethge, Hertzmann and Shechtman (2016), section 4: the pixels of a region,
 * each times the guidance channel's value there. */
typedef struct imp_features {
    imp_tensor map;             /* the tap                                               */
    const imp_part *part;       /* what is seen of it; NULL: all                         */
    const float *host_weight;   /* the part's weights on the host; NULL: 1 each          */
    double pixels;              /* of the tap, which sums are divided by                 */
} imp_features;

/* All of a tap, or of its shape. */
static inline imp_features imp_features_of(const imp_tensor *map)
{
    return (imp_features) { .map = *map, .pixels = (double) imp_tensor_pixels(map) };
}

/* The shape of these pixels side by side; the tap's if all are seen. */
imp_tensor imp_features_shape(const imp_features *f);

/* The pixels side by side, times their weights: the tap itself if all are seen, else in
 * `room`, as many floats as that shape has. */
imp_tensor imp_features_packed(const imp_features *f, const imp_ops *ops, float *room);

/* Adds the gradient of a loss with respect to a packed map. */
typedef void imp_packed_gradient(const void *loss, const imp_tensor *packed, imp_tensor *grad);

/* The same with respect to the tap. room: for twice as many floats as are seen; not used if
 * that is all. */
void imp_features_gradient(const imp_features *f, const imp_ops *ops, imp_tensor *grad,
                           float *room, imp_packed_gradient *gradient, const void *loss);

#endif
