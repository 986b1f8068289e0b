/* regions.h - which style goes where, and how much of it. */
#ifndef IMP_REGIONS_H
#define IMP_REGIONS_H

#include <impasto/style.h>

/* What messages call a style: its name, or "style 2" written to `text`. */
enum { IMP_STYLE_TEXT = 24 };
const char *imp_style_name(char text[IMP_STYLE_TEXT], const imp_inputs *inputs, int style);

typedef struct imp_regions {
    imp_mask *mask[IMP_MAX_STYLES];   /* NULL: everywhere alike                            */
    double area[IMP_MAX_STYLES];      /* the share of the picture that it gets             */
    double weight[IMP_MAX_STYLES];    /* of the style's loss: this area, times its weight
                                         beside the others'                                */
} imp_regions;

/* As imp_inputs_shares(), for inputs whose number of styles has been checked; in any case the
 * masks are the caller's. */
imp_status imp_regions_divide(imp_mask *mask[IMP_MAX_STYLES], const imp_inputs *inputs,
                              size_t w, size_t h, imp_error *err);

/* At w x h pixels, divided so. A region's loss counts by its area, so that each pixel is
 * painted as strongly as without regions. Free *regions in any case.
 * Errors: IMP_EINVAL (nothing is left for a style), IMP_ENOMEM. */
imp_status imp_regions_make(imp_regions *regions, const imp_inputs *inputs, size_t w, size_t h,
                            imp_error *err);

/* The weights anew, from the areas: only the weights of the inputs are looked at. */
void imp_regions_weigh(imp_regions *regions, const imp_inputs *inputs);

/* How much of a picture's area each style is for, looked at with w x h pixels: its region, or
 * what all regions leave, without what is kept. Errors: IMP_ENOMEM. */
imp_status imp_regions_shares(double share[IMP_MAX_STYLES], const imp_inputs *inputs, size_t w,
                              size_t h, imp_error *err);

void imp_regions_free(imp_regions *regions);

#endif
