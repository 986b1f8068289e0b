/* variable.h - the units in which the optimiser sees the picture, and the way to and from them. */
#ifndef IMP_VARIABLE_H
#define IMP_VARIABLE_H

#include <impasto/style.h>

/* variable = scale * rgb + shift, per channel, rgb in [0, 1]. */
typedef struct imp_variable_map { float scale[3], shift[3]; } imp_variable_map;

imp_variable_map imp_variable_map_of(imp_variable variable);

/* Interleaved pixels of a picture to three planes of the variable, and back. */
void imp_variable_from_image(float *planes, const imp_image *image, const imp_variable_map *map);
void imp_variable_to_image(imp_image *image, const float *planes, const imp_variable_map *map);

#endif
