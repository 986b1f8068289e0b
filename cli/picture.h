/* picture.h - pictures in and out, as the options ask for. */
#ifndef IMP_PICTURE_H
#define IMP_PICTURE_H

#include "options.h"

imp_image_limits picture_limits(const options *o);

/* Is there anything of that name, or is it "-", standard input? */
bool picture_exists(const char *path);

/* The caller owns *out: imp_image_free(). Returns an exit status. */
int picture_load(imp_image **out, const char *path, const options *o);

/* Format, depth and quality; refuses what `path` does not allow, before any work is done. */
int picture_can_save(imp_save_params *save, const char *path, const options *o);
int picture_save(const imp_image *image, const char *path, const imp_save_params *save);

#endif
