/* region.h - the pixels of one tap that lie within a mask, and how much each counts. */
#ifndef IMP_REGION_H
#define IMP_REGION_H

#include <impasto/mask.h>

#include "style/feature_map.h"

typedef struct imp_region {
    const imp_ops *ops;
    bool whole;              /* every pixel counts 1: nothing below is used            */
    imp_part part;           /* the pixels inside; its memory is the backend's         */
    float *host_weight;
} imp_region;

/* What the squares of the weights, which are in proportion to the mask, add up to. */
typedef enum imp_region_sum {
    IMP_REGION_FILLS,        /* the tap's pixels: its statistics are then the region's */
    IMP_REGION_COUNTS        /* the mask: each pixel counts what it would without one  */
} imp_region_sum;

/* The share of all pixels that a mask leaves inside; NULL: 1. */
double imp_region_share(const imp_mask *mask);

/* mask: of the tap's size; NULL is the whole. A region may be empty (no pixels).
 * Errors: IMP_ENOMEM; free it in any case. */
imp_status imp_region_init(imp_region *region, const imp_ops *ops, const imp_mask *mask,
                           imp_region_sum sum, imp_error *err);
void imp_region_free(imp_region *region);   /* also of a zeroed one */
uint64_t imp_region_bytes(const imp_tensor *shape);   /* at most */

bool imp_region_is_empty(const imp_region *region);

/* What is seen of a tap. */
imp_features imp_region_see(const imp_region *region, const imp_tensor *tap);

#endif
