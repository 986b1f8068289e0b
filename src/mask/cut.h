/* cut.h - the cheapest division of a grid's pixels into inside and outside: a minimum cut. */
#ifndef IMP_CUT_H
#define IMP_CUT_H

#include <impasto/base.h>

enum { IMP_CUT_EDGES = 4 };   /* to the pixel at the right, below, below right, above right */

/* What a division costs: for each pixel outside its gain if that is positive, for each inside
 * what its gain lacks to 0 if it is negative, and for each two neighbours on different sides
 * the weight of their edge. Edges that lead out of the grid count for nothing. */
typedef struct imp_cut_grid {
    size_t width, height;
    const int32_t *gain;     /* of being inside, of each pixel, within +-2^30             */
    const int32_t *weight;   /* IMP_CUT_EDGES of each pixel, in that order, below 2^30    */
} imp_cut_grid;

/* Writes 1 for inside and 0 for outside; where both cost the same it is outside.
 * Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_cut_find(unsigned char *inside, const imp_cut_grid *grid, imp_error *err);

#endif
