/* feature_map.h - what a loss is shown of a tap: all of it, or the pixels of a region. */
#ifndef IMP_FEATURE_MAP_H
#define IMP_FEATURE_MAP_H

#include "engine/ops.h"

/* Gatys, Ecker, Bethge, Hertzmann and Shechtman (2016), section 4: each pixel of a region
 * times the guidance channel's value there. Pixels where that is 0 are left out. */
typedef struct imp_features {
    imp_tensor map;             /* C x h x w; of a region C x 1 x n, already multiplied  */
    const float *weight;        /* of each pixel; NULL: 1 each. The backend's            */
    const float *host_weight;   /* the same on the host                                  */
    double pixels;              /* of the whole tap, which sums are divided by           */
} imp_features;

/* All of a tap, or of its shape. */
static inline imp_features imp_features_of(const imp_tensor *map)
{
    return (imp_features) { .map = *map, .pixels = (double) imp_tensor_pixels(map) };
}

#endif
