/* sum.c - see sum.h. FNV-1a's, eight bytes at a time. */
#include "base/sum.h"

#include <string.h>

uint64_t imp_sum_on(uint64_t sum, const void *data, size_t size)
{
    const unsigned char *p = data;

    for (; size; size -= size < 8 ? size : 8, p += 8) {
        uint64_t word = 0;
        memcpy(&word, p, size < 8 ? size : 8);
        sum = (sum ^ word) * 0x100000001b3u;
        sum ^= sum >> 32;
    }
    return sum;
}
