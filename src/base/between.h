/* between.h - bilinear resizing: where the pixels of one size stand between those of another,
 * centre to centre. */
#ifndef IMP_BETWEEN_H
#define IMP_BETWEEN_H

#include <stddef.h>

typedef struct imp_between { size_t a, b; float share; } imp_between;   /* share: of b */

/* Of pixel i of n between `others` pixels, the edges of which go on outside. */
static inline imp_between imp_between_of(size_t i, size_t n, size_t others)
{
    const double at = ((double) i + 0.5) * (double) others / (double) n - 0.5;
    const double last = (double) others - 1, inside = at < 0 ? 0 : at > last ? last : at;
    const size_t a = (size_t) inside;

    return (imp_between) { a, a + 1 < others ? a + 1 : a, (float) (inside - (double) a) };
}

#endif
