/* random.h - reproducible random numbers: splitmix64 (Steele, Lea and Flood, 2014). */
#ifndef IMP_RANDOM_H
#define IMP_RANDOM_H

#include <stdint.h>

typedef struct imp_random { uint64_t state; } imp_random;

static inline uint64_t imp_random_u64(imp_random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static inline double imp_random_uniform(imp_random *r)
{
    return (double) (imp_random_u64(r) >> 11) * 0x1p-53;
}

double imp_random_normal(imp_random *r);  /* mean 0, variance 1 (Box and Muller, 1958) */

#endif
