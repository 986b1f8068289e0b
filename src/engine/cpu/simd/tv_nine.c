/* tv_nine.c - total variation over nine-point stencils: a pixel and its eight neighbours.
 *
 * With the edge repeated once around the picture every pixel has all of them. A repeated pixel
 * has diagonal neighbours in the picture as well: the differences along the edge. Each pair is
 * met from both of its ends, and counts one half each time. */
#include <stdbool.h>

#include "engine/cpu/level.h"

enum { PARTS = 64, WORTH_THREADS = 1 << 15 };

/* A row, those above and below it, and how much the two kinds of pairs count. */
typedef struct rows {
    const float *up, *here, *down;
    size_t w;
    bool first, last;
    float straight, diagonal;
} rows;

typedef struct met { float slope, square; } met;

/* Adds the pairs of x with a and with b. */
static inline void meet(met *m, float weight, float x, float a, float b)
{
    m->slope += weight * ((x - a) + (x - b));
    m->square += weight * ((x - a) * (x - a) + (x - b) * (x - b));
}

/* Pixel i, with the columns of its neighbours left and right. */
static inline met pixel(const rows *k, size_t i, size_t l, size_t r)
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
static met side(const rows *k, size_t i)
{
    const size_t last = k->w - 1, l = i > 0 ? i - 1 : 0, r = i < last ? i + 1 : last;
    met m = pixel(k, i, l, r);

    if (i == 0) meet(&m, k->diagonal, k->here[i], k->up[i], k->down[i]);
    if (i == last) meet(&m, k->diagonal, k->here[i], k->up[i], k->down[i]);
    return m;
}

static double row(float *g, const rows *k, float scale)
{
    double sum = 0;

    for (size_t i = 0; i < k->w; i++) {
        const bool inside = i > 0 && i + 1 < k->w;
        const met m = inside ? pixel(k, i, i - 1, i + 1) : side(k, i);
        g[i] += scale * m.slope;
        sum += (double) m.square;
    }
    return sum / 2;
}

/* The diagonals of a picture with its edge repeated are (h + 1) (w + 1) a channel. */
static rows rows_at(const imp_tensor *x, size_t r)
{
    const size_t h = (size_t) x->h, w = (size_t) x->w, y = r % h;
    const double area = (double) h * (double) w;
    const float *here = x->data + r * w;

    return (rows) {
        .here = here, .up = y > 0 ? here - w : here, .down = y + 1 < h ? here + w : here,
        .w = w, .first = y == 0, .last = y + 1 == h, .straight = 2.0f / 3,
        .diagonal = (float) (area / (6 * ((double) h + 1) * ((double) w + 1))),
    };
}

double IMP_SIMD(imp_tv_nine)(imp_tensor *dx, const imp_tensor *x, double scale)
{
    const size_t w = (size_t) x->w, n = (size_t) x->c * (size_t) x->h;
    double part[PARTS], sum = 0;

    #pragma omp parallel for schedule(static) if (n * w > WORTH_THREADS)
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = 0;
        for (size_t r = n * i / PARTS; r < n * (i + 1) / PARTS; r++) {
            const rows k = rows_at(x, r);
            part[i] += row(dx->data + r * w, &k, (float) (2 * scale));
        }
    }
    for (size_t i = 0; i < PARTS; i++) sum += part[i];
    return sum;
}
