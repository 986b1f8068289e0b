/* pictures.h - pictures that come in, and what is shown of them.
 *
 * What comes from outside is decoded by decoder.h, and kept only if that succeeds. What is
 * our own is decoded and encoded one at a time, so that memory is bounded whatever is asked
 * at once; beside it the one thread that paints encodes what it made. */
#ifndef STUDIO_PICTURES_H
#define STUDIO_PICTURES_H

#include "studio/decoder.h"
#include "studio/store.h"

enum { THUMBNAIL_LEAST = 64, THUMBNAIL_SMALL = 256, THUMBNAIL_MOST = 1024 };

#define PICTURES_MAX_BYTES DECODER_MAX_BYTES
#define PICTURES_MAX_PIXELS DECODER_MAX_PIXELS

typedef struct pictures pictures;

pictures *pictures_new(store *s);   /* NULL: no memory; borrows the store */
void pictures_free(pictures *all);

/* Takes a file in, whose id (its SHA-256) and size in bytes stand in *p, with the name and the
 * role that it shall have, and fills in the rest; *is_new tells whether it was not there
 * before. The file is renamed if it is. A mask that comes again as a picture becomes one.
 * Errors: IMP_EFORMAT, IMP_ELIMIT, IMP_EUNSUPPORTED (it is no picture for us), IMP_ENOMEM,
 * IMP_EIO. Messages speak of "the picture". */
IMP_MUST_CHECK imp_status
pictures_accept(pictures *all, picture *p, bool *is_new, const char *file, imp_error *err);

/* Both thumbnails that are kept, from the picture, if one is missing. */
IMP_MUST_CHECK imp_status
pictures_renew_thumbnails(pictures *all, const picture *p, imp_error *err);

/* The file of such a thumbnail, if one is kept that is as large; NULL if not, or if there is
 * no memory. The caller frees it. */
char *pictures_thumbnail_file(const pictures *all, const picture *p, int side);

/* A JPEG of at most `side` pixels a side. The caller frees *data: imp_data_free(). */
IMP_MUST_CHECK imp_status
pictures_thumbnail(pictures *all, void **data, size_t *len, const char *id, int side,
                   imp_error *err);

/* Keeps the picture that a job ended with: 16 bits a channel, and a small one to show. */
IMP_MUST_CHECK imp_status
pictures_keep_result(pictures *all, int64_t id, const imp_image *image, imp_error *err);

/* The picture that a job ended with, at this size (resampled as `settings` say), written as
 * `params` say. The caller frees *data. IMP_ELIMIT if it were more than PICTURES_MAX_PIXELS
 * then, or more than the format can hold. */
IMP_MUST_CHECK imp_status
pictures_result(pictures *all, void **data, size_t *len, int64_t id, const imp_size *size,
                const imp_params *settings, const imp_save_params *params, imp_error *err);

/* A JPEG to be shown while better is to come, at most THUMBNAIL_MOST pixels a side. The caller
 * frees *data. */
IMP_MUST_CHECK imp_status
pictures_preview(void **data, size_t *len, const imp_image *image, imp_error *err);

/* The picture, as large as it is. The caller frees *out: imp_image_free(). */
IMP_MUST_CHECK imp_status
pictures_load(pictures *all, imp_image **out, const char *id, imp_error *err);

/* The same, at most `side` pixels a side. */
IMP_MUST_CHECK imp_status pictures_load_small(pictures *all, imp_image **out, const char *id,
                                              size_t side, imp_error *err);

/* The same as a mask, by its brightness. The caller frees *out: imp_mask_free(). */
IMP_MUST_CHECK imp_status
pictures_load_mask(pictures *all, imp_mask **out, const char *id, imp_error *err);

/* Writes a mask to a new file as PNG, for pictures_accept(), with its id and size in bytes in
 * *p. The caller removes it if it is still there, and frees its name. */
IMP_MUST_CHECK imp_status pictures_write_mask(pictures *all, char **file, picture *p,
                                              const imp_mask *mask, imp_error *err);

#endif
