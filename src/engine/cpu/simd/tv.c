/* tv.c - total variation: over neighbours right and below, and over nine-point stencils. */
#include <math.h>

#include "engine/cpu/simd/parts.h"

/* --- Neighbours right and below ---------------------------------------------------------- */

/* Half of the derivative of a difference's square, or the sign of it. */
static inline float slope(imp_tv_kind kind, float d)
{
    if (kind == IMP_TV_SQUARED) return d;
    return (float) (d > 0) - (float) (d < 0);
}

static inline double value(imp_tv_kind kind, float d)
{
    return kind == IMP_TV_SQUARED ? (double) d * (double) d : fabs((double) d);
}

/* One row: adds its part of the gradient, returns the sum over neighbours right and below. */
static inline double tv_row(float *g, const float *x, imp_tv_kind kind, float scale, size_t w,
                            bool first, bool last)
{
    double sum = 0;

    for (size_t i = 0; i < w; i++) {
        float grad = 0;
        if (i > 0) grad += slope(kind, x[i] - x[i - 1]);
        if (!first) grad += slope(kind, x[i] - *(x + i - w));
        if (i + 1 < w) {
            grad -= slope(kind, x[i + 1] - x[i]);
            sum += value(kind, x[i + 1] - x[i]);
        }
        if (!last) {
            grad -= slope(kind, x[i + w] - x[i]);
            sum += value(kind, x[i + w] - x[i]);
        }
        g[i] += scale * grad;
    }
    return sum;
}

/* --- Nine points: a pixel and its eight neighbours ---------------------------------------
 *
 * With the edge repeated once around the picture every pixel has all of them. A repeated pixel
 * has diagonal neighbours in the picture as well: the differences along the edge. Each pair is
 * met from both of its ends, and counts one half each time. */

/* A row, those above and below it, and how much the two kinds of pairs count. */
typedef struct stencil {
    const float *up, *here, *down;
    size_t w;
    bool first, last;
    float straight, diagonal;
} stencil;

typedef struct met { float slope, square; } met;

/* Adds the pairs of x with a and with b. */
static inline void meet(met *m, float weight, float x, float a, float b)
{
    m->slope += weight * ((x - a) + (x - b));
    m->square += weight * ((x - a) * (x - a) + (x - b) * (x - b));
}

/* Pixel i, with the columns of its neighbours left and right. */
static inline met pixel(const stencil *k, size_t i, size_t l, size_t r)
{
    const float x = k->here[i];
    met m = { 0, 0 };

    meet(&m, k->straight, x, k->here[l], k->here[r]);
    meet(&m, k->straight, x, k->up[i], k->down[i]);
    meet(&m, k->diagonal, x, k->up[l], k->up[r]);
    meet(&m, k->diagonal, x, k->down[l], k->down[r]);
    if (k->first) meet(&m, k->diagonal, x, k->here[l], k->here[r]);
    if (k->last) meet(&m, k->diagonal, x, k->here[l], k->here[r]);
    return m;
}

/* A pixel of the first or last column, or of both. */
static met edge_pixel(const stencil *k, size_t i)
{
    const size_t last = k->w - 1, l = i > 0 ? i - 1 : 0, r = i < last ? i + 1 : last;
    met m = pixel(k, i, l, r);

    if (i == 0) meet(&m, k->diagonal, k->here[i], k->up[i], k->down[i]);
    if (i == last) meet(&m, k->diagonal, k->here[i], k->up[i], k->down[i]);
    return m;
}

static double nine_row(float *g, const stencil *k, float scale)
{
    double sum = 0;

    for (size_t i = 0; i < k->w; i++) {
        const bool inside = i > 0 && i + 1 < k->w;
        const met m = inside ? pixel(k, i, i - 1, i + 1) : edge_pixel(k, i);
        g[i] += scale * m.slope;
        sum += (double) m.square;
    }
    return sum / 2;
}

/* The diagonals of a picture with its edge repeated are (h + 1) (w + 1) a channel. */
static stencil stencil_at(const imp_tensor *x, size_t r)
{
    const size_t h = (size_t) x->h, w = (size_t) x->w, y = r % h;
    const double area = (double) h * (double) w;
    const float *here = x->data + r * w;

    return (stencil) {
        .here = here, .up = y > 0 ? here - w : here, .down = y + 1 < h ? here + w : here,
        .w = w, .first = y == 0, .last = y + 1 == h, .straight = 2.0f / 3,
        .diagonal = (float) (area / (6 * ((double) h + 1) * ((double) w + 1))),
    };
}

/* --- Both -------------------------------------------------------------------------------- */

/* Row r of all planes'; with `kind` known to the compiler the loops above become vectors. */
static inline double any_row(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind,
                             float scale, size_t r)
{
    const size_t h = (size_t) x->h, w = (size_t) x->w, at = r * w;

    if (kind == IMP_TV_NINE_POINT) {
        const stencil k = stencil_at(x, r);
        return nine_row(dx->data + at, &k, scale);
    }
    return tv_row(dx->data + at, x->data + at, kind, scale, w, r % h == 0, r % h == h - 1);
}

static inline double all_rows(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind,
                              float scale)
{
    const size_t rows = (size_t) x->c * (size_t) x->h;
    double part[PARTS];

    #pragma omp parallel for schedule(static) if (rows * (size_t) x->w > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = 0;
        for (size_t r = imp_part_begin(rows, i); r < imp_part_begin(rows, i + 1); r++)
            part[i] += any_row(dx, x, kind, scale, r);
    }
    return imp_add_parts(part);
}

double IMP_SIMD(imp_tv)(imp_tensor *dx, const imp_tensor *x, imp_tv_kind kind, double scale)
{
    const float once = (float) scale, twice = (float) (2 * scale);

    switch (kind) {
    case IMP_TV_SQUARED: return all_rows(dx, x, IMP_TV_SQUARED, twice);
    case IMP_TV_ABSOLUTE: return all_rows(dx, x, IMP_TV_ABSOLUTE, once);
    case IMP_TV_NINE_POINT: break;
    }
    return all_rows(dx, x, IMP_TV_NINE_POINT, twice);
}
