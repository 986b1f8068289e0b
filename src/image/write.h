/* write.h - the seam between saving (save.c) and the formats (write_*.c). */
#ifndef IMP_WRITE_H
#define IMP_WRITE_H

#include "config.h"
#include "image/image.h"

/* A picture to be written; everything has been checked against what the format can hold. */
typedef struct imp_write_job {
    const imp_image *image;
    const char *name;        /* begins the messages                       */
    int depth;               /* 8 or 16                                   */
    int quality;             /* 1..100                                    */
    void *icc;               /* the sRGB profile                          */
    size_t icc_len;
    double density_x, density_y;   /* pixels per inch; both 0 if unknown  */
} imp_write_job;

/* The whole file in a new buffer. The caller owns *data: imp_free(). Errors: IMP_ENOMEM,
 * IMP_ELIMIT (settings that do not fit), IMP_EUNSUPPORTED (left out of this build). */
typedef imp_status imp_writer(void **data, size_t *len, const imp_write_job *job,
                              imp_error *err);

imp_writer imp_write_jpeg, imp_write_png, imp_write_webp, imp_write_tiff;

/* What names the program in a file; the readers know their own settings by its first word. */
#define IMP_SOFTWARE "impasto " IMP_VERSION

/* The keyword of PNG's text that holds the settings. */
#define IMP_SETTINGS_KEY "impasto"

#endif
