/* colours.h - the few colours that a colour-coded picture is made of. */
#ifndef IMP_COLOURS_H
#define IMP_COLOURS_H

#include <impasto/image.h>

/* Is it in colour, beyond the tint of a paper or what JPEG may do to grey? */
bool colours_are_there(const imp_image *image);

/* The colours of at least a hundredth of the picture, the commonest first, as mask_load()
 * reads them: "#ff0000, #0000ff". "" if there are none. Returns `text`. */
enum { COLOURS_MOST = 8, COLOURS_TEXT = 9 * COLOURS_MOST + 16 };
const char *colours_of(char text[COLOURS_TEXT], const imp_image *image);

#endif
