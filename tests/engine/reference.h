/* reference.h - each differentiable operation once more, in double and as plainly as can be:
 * channels x height x width, row-major, nothing padded or blocked. What the backends are
 * measured against. */
#ifndef IMP_TEST_REFERENCE_H
#define IMP_TEST_REFERENCE_H

#include <math.h>
#include <stddef.h>

#include <impasto/style.h>

typedef struct map { int c, h, w; double *v; } map;

static inline size_t map_size(const map *m)
{
    return (size_t) m->c * (size_t) m->h * (size_t) m->w;
}

static inline double *map_at(const map *m, int c, int y, int x)
{
    return &m->v[((size_t) c * (size_t) m->h + (size_t) y) * (size_t) m->w + (size_t) x];
}

/* Zero outside. */
static inline double map_get(const map *m, int c, int y, int x)
{
    return y < 0 || x < 0 || y >= m->h || x >= m->w ? 0 : *map_at(m, c, y, x);
}

static inline int clamped(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static inline void ref_conv(map *out, const map *in, const float *weight, const float *bias,
                            int kernel, int pad)
{
    for (int o = 0; o < out->c; o++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++) {
                double sum = (double) bias[o];
                for (int i = 0; i < in->c; i++)
                    for (int ky = 0; ky < kernel; ky++)
                        for (int kx = 0; kx < kernel; kx++) {
                            const int tap = ((o * in->c + i) * kernel + ky) * kernel + kx;
                            sum += (double) weight[tap]
                                   * map_get(in, i, y + ky - pad, x + kx - pad);
                        }
                *map_at(out, o, y, x) = sum;
            }
}

static inline void ref_relu(map *out, const map *in)
{
    for (size_t i = 0; i < map_size(in); i++) out->v[i] = fmax(in->v[i], 0);
}

static inline void ref_pad(map *out, const map *in)
{
    for (int c = 0; c < in->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++)
                *map_at(out, c, y, x)
                    = *map_at(in, c, clamped(y - 1, in->h), clamped(x - 1, in->w));
}

static inline double pooled(imp_pooling kind, double a, double b, double c, double d)
{
    switch (kind) {
    case IMP_POOL_MAX: return fmax(fmax(a, b), fmax(c, d));
    case IMP_POOL_AVERAGE: return (a + b + c + d) / 4;
    case IMP_POOL_L2: break;
    }
    return sqrt((a * a + b * b + c * c + d * d) / 4);
}

static inline void ref_pool(imp_pooling kind, map *out, const map *in)
{
    for (int c = 0; c < in->c; c++)
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++)
                *map_at(out, c, y, x) = pooled(
                    kind, *map_at(in, c, 2 * y, 2 * x), *map_at(in, c, 2 * y, 2 * x + 1),
                    *map_at(in, c, 2 * y + 1, 2 * x), *map_at(in, c, 2 * y + 1, 2 * x + 1));
}

/* g: c x c. */
static inline void ref_gram(double *g, const map *in, double scale)
{
    const size_t n = (size_t) in->h * (size_t) in->w, c = (size_t) in->c;

    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < c; j++) {
            double sum = 0;
            for (size_t p = 0; p < n; p++) sum += in->v[i * n + p] * in->v[j * n + p];
            g[i * c + j] = scale * sum;
        }
}

static inline double ref_tv(const map *in, imp_tv_kind kind)
{
    double sum = 0;

    for (int c = 0; c < in->c; c++)
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++) {
                const double v = *map_at(in, c, y, x);
                const double right = x + 1 < in->w ? *map_at(in, c, y, x + 1) - v : 0;
                const double below = y + 1 < in->h ? *map_at(in, c, y + 1, x) - v : 0;
                if (kind == IMP_TV_SQUARED) sum += right * right + below * below;
                else sum += fabs(right) + fabs(below);
            }
    return sum;
}

#endif
