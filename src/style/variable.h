/* variable.h - the units in which the optimiser sees the picture, and the ways to and
 * from them. */
#ifndef IMP_VARIABLE_H
#define IMP_VARIABLE_H

#include <impasto/style.h>

/* variable[ch] = scale[ch] * rgb[ch] + shift[ch], rgb being in [0, 1]. */
typedef struct imp_variable_map { float scale[3], shift[3]; } imp_variable_map;

/* UNIT: rgb itself; BYTE: 255 rgb; NORMALISED: torchvision's (rgb - mean) / deviation. */
imp_variable_map imp_variable_map_of(imp_variable variable);

/* What black and white are in each channel of the variable. */
void imp_variable_range(float low[3], float high[3], imp_variable variable);

/* input[ch] = scale[ch] * variable[from[ch]] + shift[ch]: what a network is fed. */
typedef struct imp_input_map { int from[3]; float scale[3], shift[3]; } imp_input_map;

imp_input_map imp_input_map_of(imp_convention convention, imp_variable variable);

/* The way back for gradients:
 * d loss / d variable[ch] = scale[ch] * d loss / d input[from[ch]]. */
imp_input_map imp_input_map_gradient(const imp_input_map *forward);

/* A picture's interleaved pixels to three planes of the variable; back, clamped to [0, 1]. */
void imp_variable_from_image(float *planes, const imp_image *image, imp_variable variable);
void imp_variable_to_image(imp_image *image, const float *planes, imp_variable variable);

#endif
