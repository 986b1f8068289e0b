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

#endif
