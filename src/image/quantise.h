/* quantise.h - from floats to the whole numbers that files hold: clamp(v) * maximum, rounded
 * half up; what is not a number becomes 0. */
#ifndef IMP_QUANTISE_H
#define IMP_QUANTISE_H

#include "image/image.h"

/* v within [0, 1]; 0 if it is not a number. */
static inline float imp_unit(float v)
{
    return v > 0.0f ? v < 1.0f ? v : 1.0f : 0.0f;
}

static inline uint8_t imp_to_u8(float v)
{
    return (uint8_t) (imp_unit(v) * 255.0f + 0.5f);
}

static inline uint16_t imp_to_u16(float v)
{
    return (uint16_t) (imp_unit(v) * 65535.0f + 0.5f);
}

/* One row of pixels, R, G, B and, if the picture has alpha, A; `depth` is 8 or 16 (in the
 * order of this machine's bytes). */
void imp_quantise_row(void *out, const imp_image *image, size_t y, int depth);

/* Bytes that such a row takes. */
size_t imp_quantised_row_bytes(const imp_image *image, int depth);

#endif
