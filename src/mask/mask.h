/* mask.h - the inside of a mask, for this room. */
#ifndef IMP_MASK_INTERNAL_H
#define IMP_MASK_INTERNAL_H

#include <impasto/mask.h>

struct imp_mask {
    size_t width, height;
    float *value;   /* width * height in [0, 1] */
};

#endif
