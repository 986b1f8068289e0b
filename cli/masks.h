/* masks.h - masks named on the command line: FILE, a grey picture; FILE#RRGGBB, where a
 * colour-coded one has that colour; auto, the picture's main subject; CLASS,..., where a
 * network finds any of these. */
#ifndef IMP_MASKS_H
#define IMP_MASKS_H

#include "objects.h"

/* What a mask is a part of. */
typedef struct mask_of {
    const imp_image *picture;
    const char *file;         /* the picture's                                         */
    const char *subject;      /* what --subject says, if that is for it, or NULL       */
    objects *objects;         /* what finds classes in it; NULL: nothing does          */
} mask_of;

/* `option` is for messages. A file goes before a class of its name. One of another size is
 * fitted, with a note; one of another shape is refused, as is a colour that is not there.
 * *out is NULL, after a warning, if the classes are nowhere. The caller owns *out, after
 * errors too: imp_mask_free(). Returns an exit status. */
int mask_load(imp_mask **out, const char *option, const char *text, const mask_of *of,
              const options *o);

/* Adds to a mask (NULL at first) what is in `more`, of a picture of w x h; takes `more`.
 * Returns an exit status. */
int mask_add(imp_mask **mask, imp_mask *more, size_t w, size_t h);

/* The name of the file; the caller frees it. NULL: no memory. */
char *mask_file(const char *text);

/* NAME.png in the folder of --save-masks; the caller frees it. NULL: no memory. */
char *mask_saved_file(const char *name, const options *o);

/* Writes a mask to that file, if --save-masks was given. NULL is no mask, and nothing to do.
 * Returns an exit status. */
int mask_save(const imp_mask *mask, const char *name, const options *o);

#endif
