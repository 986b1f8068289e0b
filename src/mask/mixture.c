/* mixture.c - see mixture.h. */
#include "mask/mixture.h"

#include <math.h>

#include "mask/symmetric.h"

/* Added to each variance: colours are known to about two code values. */
static const double LEAST_VARIANCE = 4.0 / (255.0 * 255.0);

/* A colour that is none of the mixture's counts as this likely, so that what neither side
 * knows speaks for neither. If all colours were equally likely they would have density 1. */
static const double UNKNOWN = 1e-3;

static const double TWO_PI = 6.283185307179586;

/* Counts, sums and sums of products of the colours in a part. */
typedef struct sums { double n, first[3], second[6]; } sums;

static const int row_of[6] = { 0, 0, 0, 1, 1, 2 }, column_of[6] = { 0, 1, 2, 1, 2, 2 };

static void add_colour(sums *s, const float *rgb)
{
    s->n += 1;
    for (int c = 0; c < 3; c++) s->first[c] += (double) rgb[c];
    for (int k = 0; k < 6; k++)
        s->second[k] += (double) rgb[row_of[k]] * (double) rgb[column_of[k]];
}

static void find_covariance(double covariance[6], const sums *s)
{
    for (int k = 0; k < 6; k++)
        covariance[k] = s->second[k] / s->n
                        - s->first[row_of[k]] / s->n * (s->first[column_of[k]] / s->n);
    for (int k = 0; k < 6; k++)
        if (row_of[k] == column_of[k])
            covariance[k] = fmax(covariance[k], 0.0) + LEAST_VARIANCE;
}

static void set_gaussian(imp_gaussian *g, const sums *s, double n_all)
{
    double c[6], adjugate[6];

    g->weight = s->n / n_all;
    if (!(s->n > 0)) return;
    for (int i = 0; i < 3; i++) g->mean[i] = s->first[i] / s->n;
    find_covariance(c, s);
    const double determinant = imp_symmetric_adjugate(adjugate, c);
    for (int k = 0; k < 6; k++) g->inverse[k] = adjugate[k] / determinant;
    g->peak = g->weight / sqrt(TWO_PI * TWO_PI * TWO_PI * determinant);
}

static void measure(imp_mixture *mixture, const unsigned char *part,
                    const imp_colours *colours)
{
    sums s[IMP_MIXTURE_PARTS] = { { 0 } };
    double n = 0;

    for (size_t i = 0; i < colours->n; i++)
        if (colours->kind[i] == colours->wanted)
            add_colour(s + part[i], colours->rgb + 3 * i);
    for (int k = 0; k < IMP_MIXTURE_PARTS; k++) n += s[k].n;
    for (int k = 0; k < IMP_MIXTURE_PARTS; k++) set_gaussian(mixture->part + k, s + k, n);
}

/* weight * density of one part at a colour. */
static double likelihood(const imp_gaussian *g, const float *rgb)
{
    const double r = (double) rgb[0] - g->mean[0], v = (double) rgb[1] - g->mean[1];
    const double b = (double) rgb[2] - g->mean[2];
    const double *s = g->inverse;
    const double square = r * (s[0] * r + 2 * s[1] * v + 2 * s[2] * b)
                          + v * (s[3] * v + 2 * s[4] * b) + b * s[5] * b;

    return g->weight > 0 ? g->peak * exp(-0.5 * square) : 0.0;
}

double imp_mixture_cost(const imp_mixture *mixture, const float rgb[3])
{
    double sum = UNKNOWN;

    for (int k = 0; k < IMP_MIXTURE_PARTS; k++) sum += likelihood(mixture->part + k, rgb);
    return -log(sum);
}

void imp_mixture_learn(imp_mixture *mixture, unsigned char *part, const imp_colours *colours)
{
    for (size_t i = 0; i < colours->n; i++) {
        double best = -1;
        if (colours->kind[i] != colours->wanted) continue;
        for (int k = 0; k < IMP_MIXTURE_PARTS; k++) {
            const double l = likelihood(mixture->part + k, colours->rgb + 3 * i);
            if (!(l > best)) continue;
            best = l;
            part[i] = (unsigned char) k;
        }
    }
    measure(mixture, part, colours);
}

/* --- The first division ------------------------------------------------------------------ */

/* The direction of most variance, by powers of the matrix; returns that variance. */
static double find_axis(double axis[3], const double c[6])
{
    double length = 0;

    for (int i = 0; i < 3; i++) axis[i] = 1.0 / (1.0 + i);
    for (int round = 0; round < 50; round++) {
        const double a = axis[0], b = axis[1], d = axis[2];
        axis[0] = c[0] * a + c[1] * b + c[2] * d;
        axis[1] = c[1] * a + c[3] * b + c[4] * d;
        axis[2] = c[2] * a + c[4] * b + c[5] * d;
        length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
        for (int i = 0; i < 3; i++) axis[i] /= length;
    }
    return length;
}

typedef struct split { int part; double axis[3], mean[3]; } split;

/* The part whose colours vary most, all its pixels together. */
static split find_split(const unsigned char *part, const imp_colours *colours, int n_parts)
{
    sums s[IMP_MIXTURE_PARTS] = { { 0 } };
    split best = { 0 };
    double most = -1;

    for (size_t i = 0; i < colours->n; i++)
        if (colours->kind[i] == colours->wanted)
            add_colour(s + part[i], colours->rgb + 3 * i);
    for (int k = 0; k < n_parts; k++) {
        split this = { .part = k };
        double c[6];
        if (!(s[k].n > 0)) continue;
        find_covariance(c, s + k);
        const double spread = s[k].n * find_axis(this.axis, c);
        for (int i = 0; i < 3; i++) this.mean[i] = s[k].first[i] / s[k].n;
        if (!(spread > most)) continue;
        most = spread;
        best = this;
    }
    return best;
}

static void apply_split(unsigned char *part, const imp_colours *colours, const split *s,
                        int other)
{
    for (size_t i = 0; i < colours->n; i++) {
        const float *rgb = colours->rgb + 3 * i;
        double side = 0;
        if (colours->kind[i] != colours->wanted || part[i] != s->part) continue;
        for (int c = 0; c < 3; c++) side += s->axis[c] * ((double) rgb[c] - s->mean[c]);
        if (side > 0) part[i] = (unsigned char) other;
    }
}

void imp_mixture_start(imp_mixture *mixture, unsigned char *part, const imp_colours *colours)
{
    for (size_t i = 0; i < colours->n; i++) part[i] = 0;
    for (int n = 1; n < IMP_MIXTURE_PARTS; n++) {
        const split s = find_split(part, colours, n);
        apply_split(part, colours, &s, n);
    }
    *mixture = (imp_mixture) { 0 };
    measure(mixture, part, colours);
}
