/* impasto/image.h - pictures: read, resize, blend, write.
 *
 * A picture in memory is sRGB as floats: width * height pixels of interleaved R, G, B in
 * [0, 1] (values outside may occur between steps; they are clamped when written), rows from
 * the top, no padding; beside it, if the file had one, a plane of alpha in [0, 1]. It is
 * upright (the EXIF orientation has been applied) and its colours have been converted from
 * the embedded ICC profile. */
#ifndef IMP_IMAGE_H
#define IMP_IMAGE_H

#include <impasto/base.h>

IMP_BEGIN

typedef struct imp_image imp_image;

typedef enum imp_format {
    IMP_FORMAT_AUTO = 0,   /* by the name's ending when writing */
    IMP_FORMAT_JPEG,
    IMP_FORMAT_PNG,
    IMP_FORMAT_WEBP,
    IMP_FORMAT_TIFF
} imp_format;

/* What a reader accepts; checked before memory is taken for the pixels. */
typedef struct imp_image_limits {
    uint64_t max_pixels;   /* width * height        (default 400 million) */
    uint32_t max_side;     /* of either side        (default 65500)       */
    uint64_t max_bytes;    /* of the file           (default 2 GiB)       */
} imp_image_limits;

IMP_API void imp_image_limits_init(imp_image_limits *limits);

/* A black picture, its alpha (if asked for) 1.
 * Ownership: the caller owns *out: imp_image_free().
 * Errors: IMP_EINVAL (a side of 0), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_new(imp_image **out, size_t width, size_t height, bool with_alpha, imp_error *err);

IMP_API void imp_image_free(imp_image *image);

/* Reads JPEG, PNG, WebP or TIFF, told apart by content, from the file `path` ("-": standard
 * input).
 *
 * Ownership: the caller owns *out: imp_image_free(). `limits` may be NULL for the defaults.
 * Errors: *out is NULL. IMP_EIO, IMP_EFORMAT, IMP_ELIMIT, IMP_ENOMEM, IMP_EUNSUPPORTED (a
 * format left out of this build); the message begins with the path.
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_load(imp_image **out, const char *path, const imp_image_limits *limits,
               imp_error *err);

/* The same from memory; `name` stands for the path in messages. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_decode(imp_image **out, const void *data, size_t len, const char *name,
                 const imp_image_limits *limits, imp_error *err);

IMP_API size_t imp_image_width(const imp_image *image);
IMP_API size_t imp_image_height(const imp_image *image);

/* The pixels, owned by the picture; alpha is NULL if there is none. */
IMP_API float *imp_image_rgb(imp_image *image);
IMP_API const float *imp_image_rgb_const(const imp_image *image);
IMP_API float *imp_image_alpha(imp_image *image);
IMP_API const float *imp_image_alpha_const(const imp_image *image);

/* Bits per channel of the file it came from, 8 or 16 (8 for a picture made in memory). */
IMP_API int imp_image_depth(const imp_image *image);
IMP_API void imp_image_set_depth(imp_image *image, int bits);

/* Pixels per inch, 0 if unknown. */
IMP_API void imp_image_density(const imp_image *image, double *x, double *y);
IMP_API void imp_image_set_density(imp_image *image, double x, double y);

/* The settings that impasto wrote into the file (a JSON object, with what else is told of the
 * painting), NULL if there are none. Owned by the picture. Setting copies the string; NULL
 * removes it. */
IMP_API const char *imp_image_settings(const imp_image *image);
IMP_API IMP_MUST_CHECK imp_status
imp_image_set_settings(imp_image *image, const char *json, imp_error *err);

/* The alpha of `from`, resized if need be, becomes that of `image`; none removes it. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_copy_alpha(imp_image *image, const imp_image *from, imp_error *err);

/* --- Sizes ------------------------------------------------------------------------------- */

typedef enum imp_filter {
    IMP_FILTER_BILINEAR,   /* triangle              */
    IMP_FILTER_BICUBIC,    /* Keys, a = -1/2        */
    IMP_FILTER_LANCZOS     /* windowed sinc, 3 lobes */
} imp_filter;

/* A picture of width * height, alpha and metadata included, by a separable filter whose
 * support grows with the reduction (antialiased; the convention of PIL's resize: pixel centres
 * at +1/2, weights normalised at the border). `linear_light` filters in linear light instead
 * of sRGB values. With alpha, colours are weighted by it.
 *
 * Ownership: the caller owns *out. Threads: safe.
 * Errors: IMP_EINVAL (a side of 0), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_resize(imp_image **out, const imp_image *image, size_t width, size_t height,
                 imp_filter filter, bool linear_light, imp_error *err);

typedef enum imp_size_mode {
    IMP_SIZE_KEEP,         /* as it is                                           */
    IMP_SIZE_LONG,         /* the long side becomes `width`, the other in proportion  */
    IMP_SIZE_SHORT,        /* the short side becomes `width`                     */
    IMP_SIZE_EXACT         /* width x height                                     */
} imp_size_mode;

typedef struct imp_size {
    imp_size_mode mode;
    uint32_t width, height;   /* LONG and SHORT use width alone */
} imp_size;

/* Reads "keep", "512" or "long:512", "short:512", "640x480".
 * IMP_EINVAL says what was expected. */
IMP_API IMP_MUST_CHECK imp_status
imp_size_parse(imp_size *out, const char *text, imp_error *err);

enum { IMP_SIZE_TEXT = 32 };   /* bytes that imp_size_format() needs at most */
IMP_API void imp_size_format(char text[IMP_SIZE_TEXT], const imp_size *size);

/* The size that a picture of *width * *height takes. A side in proportion is rounded to the
 * nearest whole number, halves up, and never 0. */
IMP_API void imp_size_apply(const imp_size *size, size_t *width, size_t *height);

/* The weighted sum of two pictures of the same size, in sRGB values as such scripts do; the
 * alpha of the first is kept, and its density; there are no settings. Errors: IMP_EINVAL
 * (sizes differ, a weight that is no finite number), IMP_ENOMEM. The caller owns *out. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_blend(imp_image **out, const imp_image *a, double weight_a,
                const imp_image *b, double weight_b, imp_error *err);

/* --- Writing ----------------------------------------------------------------------------- */

typedef struct imp_save_params {
    imp_format format;     /* AUTO: by the name's ending, PNG for "-"                      */
    int depth;             /* bits a channel: 8 or 16 (PNG and TIFF), or 0: 8, 16 for TIFF */
    int quality;           /* 1..100, JPEG and WebP, whose 100 is lossless    (default 95) */
} imp_save_params;

IMP_API void imp_save_params_init(imp_save_params *params);

/* Writes the picture with an sRGB profile, its density and its settings; JPEG is 4:4:4 and has
 * the alpha laid over white; PNG has one channel if there are no colours and no alpha. Values
 * are clamped to [0, 1] and rounded, halves up; what is not a number becomes 0. The file
 * appears whole or not at all, and the same picture gives the same bytes. "-" is standard
 * output. A file that may not be written to is not replaced.
 *
 * `params` may be NULL for the defaults. Errors: IMP_EINVAL (an ending or depth that does not
 * fit), IMP_EIO, IMP_ELIMIT (more than the format can hold), IMP_ENOMEM, IMP_EUNSUPPORTED; the
 * message begins with the path. Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_save(const imp_image *image, const char *path, const imp_save_params *params,
               imp_error *err);

/* The same into memory; params->format must not be AUTO.
 * The caller owns *data: imp_data_free(). */
IMP_API IMP_MUST_CHECK imp_status
imp_image_encode(void **data, size_t *len, const imp_image *image,
                 const imp_save_params *params, imp_error *err);

IMP_API void imp_data_free(void *data);

/* Says beforehand whether `path` can be written in this way (format, depth, folder,
 * permission), so that nobody waits an hour for a picture that cannot be saved.
 * Errors as imp_image_save(). */
IMP_API IMP_MUST_CHECK imp_status
imp_image_can_save(const char *path, const imp_save_params *params, imp_error *err);

enum { IMP_PALETTE_MOST = 256 };

/* Writes a picture of numbered colours as PNG, whatever the name's ending: width * height
 * numbers from the top, each below n_colours, with R, G, B for each number. Programs that read
 * it as numbers get these back.
 *
 * Errors: IMP_EINVAL (not 1 to IMP_PALETTE_MOST colours), IMP_ELIMIT, IMP_EIO, IMP_ENOMEM; the
 * message begins with the path. Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_palette_save(const char *path, const uint8_t *index, size_t width, size_t height,
                 const uint8_t (*colours)[3], size_t n_colours, imp_error *err);

IMP_END
#endif
