/* parts.h - the connected parts of what is inside and of what is outside. */
#ifndef IMP_PARTS_H
#define IMP_PARTS_H

#include <impasto/base.h>

/* The part that each of width * height pixels belongs to, named by one of its pixels, and at
 * that pixel the part's area. Inside, pixels that touch at a corner are joined; outside, only
 * those that share a side. */
typedef struct imp_parts {
    uint32_t *part, *area;
} imp_parts;

/* Ownership: the caller clears it, also after a failure. Errors: IMP_ELIMIT (more pixels than
 * numbers), IMP_ENOMEM. */
IMP_MUST_CHECK imp_status imp_parts_find(imp_parts *parts, const float *value, size_t width,
                                         size_t height, imp_error *err);
void imp_parts_clear(imp_parts *parts);

/* Whether a value counts as inside. */
static inline bool imp_is_inside(float value)
{
    return value >= 0.5f;
}

#endif
