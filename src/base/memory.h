/* memory.h - allocation: aligned for vectors, sizes that cannot overflow, what is free. */
#ifndef IMP_MEMORY_H
#define IMP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMP_ALIGN = 64 };  /* a cache line, and the widest vector */

/* a * b into *product; false if it does not fit a size_t. */
static inline bool imp_mul(size_t *product, size_t a, size_t b)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* Zeroed memory for n items of `size` bytes, aligned to IMP_ALIGN. NULL if there is none, or
 * n * size overflows; never NULL for n == 0. Free with imp_free(). */
void *imp_alloc(size_t n, size_t size);

void imp_free(void *p);  /* p may be NULL */

/* A copy of the string, NULL if there is no memory. Free with imp_free(). */
char *imp_strdup(const char *s);

/* A new string made by printf's rules, NULL if there is no memory. Free with imp_free(). */
char *imp_strfmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Bytes that this process can still take without swapping: what the system says is available,
 * or the control group's limit less its use when that is smaller. 0 if it cannot be told. */
uint64_t imp_memory_available(void);

/* Bytes of memory that this process holds now, and the most it held since it began or since
 * imp_memory_peak_restart(), which not every system can do. 0 if it cannot be told. */
uint64_t imp_memory_resident(void);
uint64_t imp_memory_peak(void);
void imp_memory_peak_restart(void);

#endif
