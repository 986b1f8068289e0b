/* sum.h - a check sum of 64 bits: quick, and enough against accidents, not against intent. */
#ifndef IMP_SUM_H
#define IMP_SUM_H

#include <stddef.h>
#include <stdint.h>

static const uint64_t IMP_SUM_START = 0xcbf29ce484222325u;

/* The sum with this behind what it is of. A change within any eight bytes shows for certain.
 * Where data is cut counts, but for cuts at multiples of eight bytes. */
uint64_t imp_sum_on(uint64_t sum, const void *data, size_t size);

#endif
