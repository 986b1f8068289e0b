/* exif_write.h - density, program and settings as an EXIF block, for JPEG and WebP. */
#ifndef IMP_EXIF_WRITE_H
#define IMP_EXIF_WRITE_H

#include "image/write.h"

enum { IMP_EXIF_PREFIX = 6 };  /* "Exif", 0, 0: wanted by JPEG's APP1, not by WebP's chunk */

/* The block, its prefix first. The caller owns *data: imp_free(). Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_exif_make(uint8_t **data, size_t *len, const imp_write_job *job, imp_error *err);

#endif
