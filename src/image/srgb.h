/* srgb.h - the transfer function of sRGB (IEC 61966-2-1) and its inverse, on floats. Values
 * beyond [0, 1] go through as well: the power law goes on above 1, the straight part below. */
#ifndef IMP_SRGB_H
#define IMP_SRGB_H

#include <math.h>

static inline float imp_srgb_to_linear(float v)
{
    return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

static inline float imp_linear_to_srgb(float v)
{
    return v <= 0.0031308f ? 12.92f * v : 1.055f * powf(v, 1.0f / 2.4f) - 0.055f;
}

#endif
