/* mixture.h - the colours of a part of a picture, as a mixture of Gaussians. */
#ifndef IMP_MIXTURE_H
#define IMP_MIXTURE_H

#include <impasto/base.h>

enum { IMP_MIXTURE_PARTS = 5 };

typedef struct imp_gaussian {
    double weight;            /* share of the pixels; 0 if the part is not in use */
    double mean[3];
    double inverse[6];        /* of the covariance: rr rg rb gg gb bb             */
    double peak;              /* weight times the density at the mean             */
} imp_gaussian;

typedef struct imp_mixture {
    imp_gaussian part[IMP_MIXTURE_PARTS];
} imp_mixture;

/* Pixels of a picture that are of one kind. */
typedef struct imp_colours {
    const float *rgb;         /* n pixels                                         */
    const unsigned char *kind;
    size_t n;
    unsigned char wanted;     /* those with kind[i] == wanted                     */
} imp_colours;

/* Divides the colours into parts: again and again the part that varies most is split in two at
 * its mean, across the direction in which it varies most (Orchard and Bouman, 1991). Writes
 * the part of each such pixel into part[], which has room for n. At least one is wanted. */
void imp_mixture_start(imp_mixture *mixture, unsigned char *part, const imp_colours *colours);

/* One round of learning: each pixel goes to the part most likely to have made it, then the
 * parts are measured anew. */
void imp_mixture_learn(imp_mixture *mixture, unsigned char *part, const imp_colours *colours);

/* -log of how likely the mixture makes a colour. */
double imp_mixture_cost(const imp_mixture *mixture, const float rgb[3]);

#endif
