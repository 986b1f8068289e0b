/* image.h - the inside of a picture, shared by the readers and writers in this room. */
#ifndef IMP_IMAGE_INTERNAL_H
#define IMP_IMAGE_INTERNAL_H

#include <impasto/image.h>

struct imp_image {
    size_t width, height;
    float *rgb;              /* width * height * 3, interleaved, sRGB in [0, 1]  */
    float *alpha;            /* width * height in [0, 1], or NULL                */
    int depth;               /* bits per channel of the file it came from        */
    double density_x, density_y;   /* pixels per inch, 0 if unknown              */
    char *settings;          /* JSON, or NULL                                    */
};

/* A black picture of another size with the depth, density and settings of `from`, and alpha if
 * it has any. The caller owns *out. Errors: IMP_EINVAL (a side of 0), IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_image_new_like(imp_image **out, const imp_image *from, size_t width, size_t height,
                   imp_error *err);

/* The same picture once more. The caller owns *out. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_image_copy(imp_image **out, const imp_image *from, imp_error *err);

#endif
