/* parts.h - how the loops over vectors are shared out among threads. Sums are made of a fixed
 * number of parts, added in order, so that they have the same bits however many threads there
 * are. */
#ifndef IMP_PARTS_H
#define IMP_PARTS_H

#include "engine/cpu/level.h"

/* More than WORTH_THREADS elements are worth threads. */
enum { PARTS = 64, WORTH_THREADS = 1 << 15 };

/* Where part i of n things begins: n i / PARTS, without overflow. */
static inline size_t imp_part_begin(size_t n, size_t i)
{
    return n / PARTS * i + n % PARTS * i / PARTS;
}

static inline double imp_add_parts(const double part[PARTS])
{
    double sum = 0;

    for (size_t i = 0; i < PARTS; i++) sum += part[i];
    return sum;
}

#endif
