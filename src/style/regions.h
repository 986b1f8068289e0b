/* regions.h - which style goes where, and how much of it. */
#ifndef IMP_REGIONS_H
#define IMP_REGIONS_H

#include <impasto/style.h>

typedef struct imp_regions {
    imp_mask *mask[IMP_MAX_STYLES];   /* NULL: everywhere alike                            */
    double weight[IMP_MAX_STYLES];    /* of the style's loss: the share of the picture that
                                         it gets, times its weight beside the others'      */
} imp_regions;

/* At w x h pixels. Where regions overlap each gets its part; a style without a region gets
 * what the others leave, or its part of that; what is kept is nobody's. A region's loss counts
 * by its area, so that each pixel is painted as strongly as without regions. Free *regions in
 * any case. Errors: IMP_EINVAL (nothing is left for a style), IMP_ENOMEM. */
imp_status imp_regions_make(imp_regions *regions, const imp_inputs *inputs, size_t w, size_t h,
                            imp_error *err);

/* How much of a picture's area each style is for, looked at with w x h pixels: its region, or
 * what all regions leave, without what is kept. Errors: IMP_ENOMEM. */
imp_status imp_regions_shares(double share[IMP_MAX_STYLES], const imp_inputs *inputs, size_t w,
                              size_t h, imp_error *err);

void imp_regions_free(imp_regions *regions);

#endif
