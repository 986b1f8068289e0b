/* colour_space.h - a colour as lightness and chroma, apart. */
#ifndef IMP_COLOUR_SPACE_H
#define IMP_COLOUR_SPACE_H

#include <impasto/style.h>

/* c[0] is the lightness of a colour of sRGB in [0, 1], c[1] and c[2] its chroma, 0 for greys.
 * YUV is made of the values as they are, CIE's L*u*v* and L*a*b* of linear light. */
void imp_colour_split(float c[3], const float rgb[3], imp_colour_space space);

/* The way back. False, and rgb untouched, if sRGB has no such colour. */
bool imp_colour_join(float rgb[3], const float c[3], imp_colour_space space);

#endif
