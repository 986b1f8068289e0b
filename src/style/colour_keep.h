/* colour_keep.h - a photograph painted in lightness alone. */
#ifndef IMP_COLOUR_KEEP_H
#define IMP_COLOUR_KEEP_H

#include <impasto/style.h>

/* Each pixel of `painted` keeps its lightness in `space` and takes over the photograph's
 * chroma, paler where sRGB has no colour so strong and as light. Both pictures are of the same
 * size and count as files would hold them, within [0, 1]. */
void imp_keep_colours(imp_image *painted, const imp_image *photo, imp_colour_space space);

#endif
