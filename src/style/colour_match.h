/* colour_match.h - a picture's colours as mean and covariance, and another's given to it. */
#ifndef IMP_COLOUR_MATCH_H
#define IMP_COLOUR_MATCH_H

#include <impasto/style.h>

typedef struct imp_matrix3 { double at[3][3]; } imp_matrix3;

/* Over the pixels, weighted by alpha if there is any; the covariance is symmetric. */
typedef struct imp_colour_moments {
    double mean[3];
    imp_matrix3 covariance;
} imp_colour_moments;

imp_colour_moments imp_colour_moments_of(const imp_image *image);

/* The lower triangle L with L L^T = s; a direction without variance gets a zero column. */
imp_matrix3 imp_cholesky3(const imp_matrix3 *s);

/* c becomes matrix * c + shift. */
typedef struct imp_colour_map {
    imp_matrix3 matrix;
    double shift[3];
} imp_colour_map;

/* The map that gives colours of the moments `from` the moments `to`, in one of the ways of
 * Gatys et al. (2016); no map can where `from` hardly varies. `how` is not IMP_MATCH_NO. */
imp_colour_map imp_colour_map_between(const imp_colour_moments *from,
                                      const imp_colour_moments *to, imp_match how);

void imp_colour_map_apply(imp_image *image, const imp_colour_map *map);

/* The same, limited to [0, 1]. */
void imp_match_colours(imp_image *image, const imp_colour_map *map);

#endif
