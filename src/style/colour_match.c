/* colour_match.c - see colour_match.h. Colours are three numbers, so matrices are small enough
 * for plain loops in double. */
#include "style/colour_match.h"

#include <math.h>

/* --- Moments ----------------------------------------------------------------------------- */

/* Of what is opaque; of everything, if nothing is. */
static double weight_in_all(const float *alpha, size_t n)
{
    double sum = 0;

    for (size_t i = 0; alpha && i < n; i++) sum += alpha[i];
    return sum;
}

imp_colour_moments imp_colour_moments_of(const imp_image *image)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image), *alpha = imp_image_alpha_const(image);
    const double opaque = weight_in_all(alpha, n), all = opaque > 0 ? opaque : (double) n;
    imp_colour_moments m = { .mean = { 0 } };
    double (*s)[3] = m.covariance.at;

    if (!(opaque > 0)) alpha = NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++)
            m.mean[a] += (alpha ? (double) alpha[i] : 1) * rgb[3 * i + a] / all;
    for (size_t i = 0; i < n; i++) {
        const double share = (alpha ? (double) alpha[i] : 1) / all;
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b <= a; b++)
                s[a][b] += share * (rgb[3 * i + a] - m.mean[a]) * (rgb[3 * i + b] - m.mean[b]);
    }
    s[0][1] = s[1][0];
    s[0][2] = s[2][0];
    s[1][2] = s[2][1];
    return m;
}

/* --- Matrices of three rows -------------------------------------------------------------- */

typedef imp_matrix3 matrix;

static matrix product(const matrix *a, const matrix *b)
{
    matrix out;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out.at[i][j] = a->at[i][0] * b->at[0][j] + a->at[i][1] * b->at[1][j]
                           + a->at[i][2] * b->at[2][j];
    return out;
}

/* b a b */
static matrix between(const matrix *b, const matrix *a)
{
    const matrix left = product(b, a);

    return product(&left, b);
}

matrix imp_cholesky3(const matrix *s)
{
    matrix l = { { { 0 } } };

    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++) {
            double rest = s->at[i][j];
            for (int k = 0; k < j; k++) rest -= l.at[i][k] * l.at[j][k];
            if (i == j) l.at[i][i] = sqrt(fmax(rest, 0));
            else l.at[i][j] = l.at[j][j] > 1e-9 ? rest / l.at[j][j] : 0;
        }
    return l;
}

/* a l^-1, l being a lower triangle without zeros on its diagonal. */
static matrix quotient(const matrix *a, const matrix *l)
{
    matrix out;

    for (int i = 0; i < 3; i++)
        for (int j = 2; j >= 0; j--) {
            double rest = a->at[i][j];
            for (int k = j + 1; k < 3; k++) rest -= out.at[i][k] * l->at[k][j];
            out.at[i][j] = rest / l->at[j][j];
        }
    return out;
}

/* Columns p and q, or with `rows` those rows, turned by an angle. */
static void turn(matrix *m, int p, int q, double c, double s, bool rows)
{
    for (int k = 0; k < 3; k++) {
        double *a = rows ? &m->at[p][k] : &m->at[k][p];
        double *b = rows ? &m->at[q][k] : &m->at[k][q];
        const double x = *a, y = *b;
        *a = c * x - s * y;
        *b = s * x + c * y;
    }
}

/* Turns the plane of two axes until e[p][q] is 0; v takes part. */
static void rotate(matrix *e, matrix *v, int p, int q)
{
    const double angle = 0.5 * atan2(2 * e->at[p][q], e->at[q][q] - e->at[p][p]);
    const double c = cos(angle), s = sin(angle);

    turn(e, p, q, c, s, false);
    turn(e, p, q, c, s, true);
    turn(v, p, q, c, s, false);
}

/* A symmetric matrix to that power; its eigenvalues, by Jacobi's method, count as `least` at
 * least. */
static matrix power(const matrix *m, double exponent, double least)
{
    enum { SWEEPS = 12 };   /* each squares what is left beside the diagonal: six would do */
    matrix e = *m, v = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } }, out = { { { 0 } } };

    for (int i = 0; i < SWEEPS; i++) {
        rotate(&e, &v, 0, 1);
        rotate(&e, &v, 0, 2);
        rotate(&e, &v, 1, 2);
    }
    for (int k = 0; k < 3; k++) {
        const double value = pow(fmax(e.at[k][k], least), exponent);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) out.at[i][j] += value * v.at[i][k] * v.at[j][k];
    }
    return out;
}

/* --- The ways: with C the covariance that there is, C' the one to be --------------------- */

/* L' L^-1 */
static matrix by_cholesky(const matrix *from, const matrix *to)
{
    const matrix l = imp_cholesky3(from), wanted = imp_cholesky3(to);

    return quotient(&wanted, &l);
}

/* C'^1/2 C^-1/2 */
static matrix by_principal_axes(const matrix *from, const matrix *to)
{
    const matrix inverse = power(from, -0.5, 0), root = power(to, 0.5, 0);

    return product(&root, &inverse);
}

/* C^-1/2 (C^1/2 C' C^1/2)^1/2 C^-1/2 */
static matrix by_symmetric_root(const matrix *from, const matrix *to)
{
    const matrix inverse = power(from, -0.5, 0), root = power(from, 0.5, 0);
    const matrix inside = between(&root, to), middle = power(&inside, 0.5, 0);

    return between(&inverse, &middle);
}

/* Less variance than this, a deviation of 0.8 of 255, counts as this much: else the traces of
 * JPEG in a grey painting would be blown up to the photograph's colours. */
static const double least_variance = 1e-5;

imp_colour_map imp_colour_map_between(const imp_colour_moments *from,
                                      const imp_colour_moments *to, imp_match how)
{
    static matrix (*const way[])(const matrix *from, const matrix *to) = {
        [IMP_MATCH_CHOLESKY] = by_cholesky, [IMP_MATCH_PCA] = by_principal_axes,
        [IMP_MATCH_SYMMETRIC] = by_symmetric_root,
    };
    const matrix varied = power(&from->covariance, 1, least_variance);
    imp_colour_map map = { .matrix = way[how](&varied, &to->covariance) };

    for (int i = 0; i < 3; i++) {
        map.shift[i] = to->mean[i];
        for (int j = 0; j < 3; j++) map.shift[i] -= map.matrix.at[i][j] * from->mean[j];
    }
    return map;
}

/* --- Pictures ---------------------------------------------------------------------------- */

void imp_colour_map_apply(imp_image *image, const imp_colour_map *map)
{
    const size_t n = imp_image_width(image) * imp_image_height(image);
    float *rgb = imp_image_rgb(image);

    for (size_t i = 0; i < n; i++, rgb += 3) {
        const double c[3] = { rgb[0], rgb[1], rgb[2] };
        for (int k = 0; k < 3; k++)
            rgb[k] = (float) (map->matrix.at[k][0] * c[0] + map->matrix.at[k][1] * c[1]
                              + map->matrix.at[k][2] * c[2] + map->shift[k]);
    }
}

void imp_match_colours(imp_image *image, const imp_colour_map *map)
{
    const size_t n = 3 * imp_image_width(image) * imp_image_height(image);
    float *rgb = imp_image_rgb(image);

    imp_colour_map_apply(image, map);
    for (size_t i = 0; i < n; i++) rgb[i] = fminf(fmaxf(rgb[i], 0), 1);
}
