/* masks.h - masks named on the command line: FILE, a grey picture; FILE#RRGGBB, where a
 * colour-coded one has that colour; auto, the picture's main subject. */
#ifndef IMP_MASKS_H
#define IMP_MASKS_H

#include "options.h"

/* For a part of `picture`. One of another size is fitted, with a note; one of another shape is
 * refused. `subject` is what --subject says, if that is for this picture, or NULL. The caller
 * owns *out: imp_mask_free(). Returns an exit status. */
int mask_load(imp_mask **out, const char *text, const imp_image *picture, const char *subject,
              const options *o);

/* The name of the file; the caller frees it. NULL: no memory. */
char *mask_file(const char *text);

/* NAME.png in the folder of --save-masks; the caller frees it. NULL: no memory. */
char *mask_saved_file(const char *name, const options *o);

/* Writes a mask to that file, if --save-masks was given. NULL is no mask, and nothing to do.
 * Returns an exit status. */
int mask_save(const imp_mask *mask, const char *name, const options *o);

#endif
