/* read.h - what the readers of the formats share: the file they get, the raster they fill. */
#ifndef IMP_READ_H
#define IMP_READ_H

#include <impasto/image.h>

/* A file in memory, borrowed for the call. */
typedef struct imp_source {
    const uint8_t *data;
    size_t len;
    const char *name;               /* for messages */
    const imp_image_limits *limits;
} imp_source;

/* A picture as its file has it: stored samples, not yet upright, in the file's own colours. */
typedef struct imp_raster {
    size_t width, height;
    int depth;              /* of a sample: 8 (uint8_t) or 16 (uint16_t, in host order)     */
    int colours;            /* 1 grey, 3 RGB, 4 CMYK (0 is no ink); first in a pixel        */
    int step;               /* samples a pixel, at least `colours`                          */
    int alpha;              /* index of the sample that is alpha, -1 if none is             */
    bool premultiplied;     /* colours have been multiplied by alpha                        */
    void *samples;          /* width * height * step, rows from the stored top, no padding  */
    uint8_t *icc;           /* the embedded profile, or NULL                                */
    size_t icc_len;
    int orientation;        /* 1..8 as in EXIF                                              */
    double density_x, density_y;   /* pixels per inch as stored, 0 if unknown               */
    char *settings;         /* JSON that impasto wrote, or NULL                             */
} imp_raster;

/* Takes memory for the samples, after holding the raster's shape (width ... step, alpha)
 * against the limits and against the memory there is. Not zeroed: the reader fills all of it
 * or fails. Errors: IMP_EFORMAT (no pixels), IMP_ELIMIT, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_raster_alloc(imp_raster *raster, const imp_source *source, imp_error *err);

/* Copies into the raster; what cannot be used (no JSON, no number) is silently left out. */
IMP_MUST_CHECK imp_status
imp_raster_set_icc(imp_raster *raster, const void *icc, size_t len, const imp_source *source,
                   imp_error *err);
IMP_MUST_CHECK imp_status
imp_raster_set_settings(imp_raster *raster, const char *text, size_t len,
                        const imp_source *source, imp_error *err);
void imp_raster_set_density(imp_raster *raster, double x, double y);

/* Takes orientation, settings and (if still unknown) the density from an EXIF block. */
IMP_MUST_CHECK imp_status
imp_raster_set_exif(imp_raster *raster, const void *exif, size_t len, const imp_source *source,
                    imp_error *err);

/* The upright sRGB picture of a filled raster. The caller owns *out. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_raster_to_image(imp_image **out, const imp_raster *raster, const imp_source *source,
                    imp_error *err);

void imp_raster_clear(imp_raster *raster);

/* A reader fills a raster that begins as { .orientation = 1, .alpha = -1 }; whatever it has
 * put there when it fails, the caller clears. Errors: IMP_EFORMAT, IMP_ELIMIT, IMP_ENOMEM,
 * IMP_EUNSUPPORTED; the message begins with source->name. Threads: safe. */
typedef imp_status imp_reader(imp_raster *raster, const imp_source *source, imp_error *err);

imp_reader imp_read_jpeg, imp_read_png, imp_read_webp, imp_read_tiff;

#endif
