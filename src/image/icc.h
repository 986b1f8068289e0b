/* icc.h - from the colours of an embedded ICC profile to sRGB. */
#ifndef IMP_ICC_H
#define IMP_ICC_H

#include <impasto/base.h>

/* A conversion, immutable once made: threads may share it. */
typedef struct imp_icc imp_icc;

/* For pixels of 1 (grey), 3 (RGB) or 4 (CMYK) colours. *out is NULL if there is nothing to do:
 * the profile is sRGB (so that plain pictures stay exact), is damaged, or is of other colours.
 * Ownership: the caller owns *out: imp_icc_free(). False if there is no memory. */
IMP_MUST_CHECK bool imp_icc_new(imp_icc **out, const void *profile, size_t len, int colours);

void imp_icc_free(imp_icc *icc);

/* n pixels of colours (of CMYK: ink) to R, G, B, all in [0, 1]. `colour` is overwritten. */
void imp_icc_convert(const imp_icc *icc, float *rgb, float *colour, size_t n);

/* What a PNG says of its colours without a profile. */
typedef struct imp_gamma {
    double gamma;            /* exponent of the encoding, such as 0.45455 */
    bool has_primaries;      /* else they are those of sRGB               */
    double white[2], red[2], green[2], blue[2];   /* x, y                 */
} imp_gamma;

/* The profile that says the same, for `colours` of 1 or 3; a gamma within 5 % of 1/2.2 stands
 * for the curve of sRGB. NULL if there is none (numbers that make no sense, no memory).
 * Ownership: the caller owns the result: imp_free(). */
void *imp_icc_from_gamma(size_t *len, const imp_gamma *gamma, int colours);

#endif
