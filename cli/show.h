/* show.h - shows a picture: in the desktop's viewer, or in the terminal. */
#ifndef IMP_SHOW_H
#define IMP_SHOW_H

#include <impasto/image.h>

/* `path` is its file. What goes wrong is said, but is no failure: the file is there. */
void show_picture(const imp_image *image, const char *path);

#endif
