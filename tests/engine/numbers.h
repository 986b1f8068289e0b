/* numbers.h - seeded numbers to feed the engine with, and how far its results are from
 * double. */
#ifndef IMP_TEST_NUMBERS_H
#define IMP_TEST_NUMBERS_H

#include "base/memory.h"
#include "base/random.h"
#include "reference.h"

/* Normally distributed, of that deviation. */
static inline float *kernel_numbers(size_t n, uint64_t seed, double deviation)
{
    imp_random r = { seed };
    float *v = imp_alloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++) v[i] = (float) (deviation * imp_random_normal(&r));
    return v;
}

/* Integers from -most to most, of which sums and products are exact. */
static inline float *kernel_integers(size_t n, uint64_t seed, int most)
{
    imp_random r = { seed };
    float *v = imp_alloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++)
        v[i] = (float) ((int) (imp_random_u64(&r) >> 33) % (2 * most + 1) - most);
    return v;
}

static inline double *kernel_doubles(const float *v, size_t n)
{
    double *d = imp_alloc(n, sizeof *d);

    for (size_t i = 0; v && i < n; i++) d[i] = (double) v[i];
    return d;
}

static inline map kernel_map(int c, int h, int w, const float *v)
{
    map m = { c, h, w, NULL };

    m.v = kernel_doubles(v, map_size(&m));
    return m;
}

/* |got - want|_2 / |want|_2; |got|_2 if want is zero. */
static inline double kernel_distance(const float *got, const double *want, size_t n)
{
    double d = 0, s = 0;

    for (size_t i = 0; i < n; i++) {
        d += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
        s += want[i] * want[i];
    }
    return sqrt(s > 0 ? d / s : d);
}

/* The largest |got - want| in units of the largest |want|: one wrong element shows. */
static inline double kernel_worst(const float *got, const double *want, size_t n)
{
    double worst = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double) got[i] - want[i]);
        if (isnan(d)) return INFINITY;
        worst = fmax(worst, d);
        most = fmax(most, fabs(want[i]));
    }
    return most > 0 ? worst / most : worst;
}

/* Frees what kernel_numbers() and the like made. */
#define KERNEL_FREE(...) kernel_free((void *[]) { __VA_ARGS__, NULL })

static inline void kernel_free(void **p)
{
    for (; *p; p++) imp_free(*p);
}

#endif
