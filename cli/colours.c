/* colours.c - see colours.h. */
#include "colours.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colours are counted in bins of this many steps of 8 bits; two that lie nearer than APART in
 * every channel are one, which imp_mask_from_colour() could not tell apart; TINT is sepia's
 * at most. */
enum { BIN = 16, SIDE = 256 / BIN, BINS = SIDE * SIDE * SIDE, APART = 48, TINT = 96 };

static const double least_share = 0.01;

typedef struct bin { size_t n; double sum[3]; } bin;

static int step_of(float value)
{
    return value > 0 ? (int) fminf(255, 255 * value + 0.5f) : 0;
}

bool colours_are_there(const imp_image *image)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image);
    size_t coloured = 0;

    for (size_t i = 0; i < n; i++, rgb += 3) {
        const float most = fmaxf(rgb[0], fmaxf(rgb[1], rgb[2]));
        coloured += 255 * (most - fminf(rgb[0], fminf(rgb[1], rgb[2]))) > TINT;
    }
    return (double) coloured >= least_share * (double) n;
}

static void count(bin bins[BINS], const imp_image *image)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image), *alpha = imp_image_alpha_const(image);

    memset(bins, 0, BINS * sizeof *bins);
    for (size_t i = 0; i < n; i++, rgb += 3) {
        const int step[3] = { step_of(rgb[0]), step_of(rgb[1]), step_of(rgb[2]) };
        bin *b = &bins[(step[0] / BIN * SIDE + step[1] / BIN) * SIDE + step[2] / BIN];
        if (alpha && !(alpha[i] > 0)) continue;
        b->n++;
        for (int c = 0; c < 3; c++) b->sum[c] += step[c];
    }
}

/* Is it nearer than APART to one of the n colours? */
static bool is_listed(int colour[][3], int n, const int *other)
{
    for (int i = 0; i < n; i++)
        if (abs(colour[i][0] - other[0]) < APART && abs(colour[i][1] - other[1]) < APART
            && abs(colour[i][2] - other[2]) < APART)
            return true;
    return false;
}

const char *colours_of(char text[COLOURS_TEXT], const imp_image *image)
{
    const double pixels = (double) imp_image_width(image) * (double) imp_image_height(image);
    bin bins[BINS];
    int colour[COLOURS_MOST][3], listed = 0;
    char *end = text;

    count(bins, image);
    *text = '\0';
    while (listed < COLOURS_MOST) {
        int *next = colour[listed];
        bin *most = bins;
        for (bin *b = bins; b < bins + BINS; b++)
            if (b->n > most->n) most = b;
        if (!most->n || (double) most->n < least_share * pixels) break;
        for (int c = 0; c < 3; c++) next[c] = (int) lround(most->sum[c] / (double) most->n);
        most->n = 0;
        if (is_listed(colour, listed, next)) continue;
        end += sprintf(end, "%s#%02x%02x%02x", listed++ ? ", " : "", (unsigned) next[0],
                       (unsigned) next[1], (unsigned) next[2]);
    }
    return text;
}
