/* memory.c - see memory.h. */
#include "base/memory.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *imp_alloc(size_t n, size_t size)
{
    size_t bytes;
    void *p;

    if (!imp_mul(&bytes, n, size) || bytes > SIZE_MAX - IMP_ALIGN) return NULL;
    bytes = bytes ? (bytes + IMP_ALIGN - 1) & ~(size_t) (IMP_ALIGN - 1) : IMP_ALIGN;
    if ((p = aligned_alloc(IMP_ALIGN, bytes))) memset(p, 0, bytes);
    return p;
}

void imp_free(void *p)
{
    free(p);
}

char *imp_strdup(const char *s)
{
    const size_t n = strlen(s) + 1;
    char *copy = imp_alloc(n, 1);

    if (copy) memcpy(copy, s, n);
    return copy;
}

char *imp_strfmt(const char *fmt, ...)
{
    va_list ap;
    char *s;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !(s = imp_alloc((size_t) n + 1, 1))) return NULL;
    va_start(ap, fmt);
    vsnprintf(s, (size_t) n + 1, fmt, ap);
    va_end(ap);
    return s;
}

/* The number in a one-line file of the control group; UINT64_MAX if there is none ("max"). */
static uint64_t cgroup_number(const char *path)
{
    unsigned long long v = UINT64_MAX;
    FILE *f = fopen(path, "r");

    if (!f) return UINT64_MAX;
    if (fscanf(f, "%llu", &v) != 1) v = UINT64_MAX;
    fclose(f);
    return v;
}

/* The number of bytes that a line "key: 123 kB" of a system's file tells; 0 if there is none.
 * Takes no memory itself. */
static uint64_t told_bytes(const char *path, const char *key)
{
    unsigned long long kib = 0;
    char text[8192];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    const char *line;

    if (fd >= 0) close(fd);
    if (n <= 0) return 0;
    text[n] = '\0';
    line = strstr(text, key);
    if (!line || sscanf(line + strlen(key), ": %llu kB", &kib) != 1) return 0;
    return (uint64_t) kib * 1024;
}

uint64_t imp_memory_available(void)
{
    const uint64_t free_bytes = told_bytes("/proc/meminfo", "MemAvailable");
    const uint64_t limit = cgroup_number("/sys/fs/cgroup/memory.max");
    const uint64_t used = cgroup_number("/sys/fs/cgroup/memory.current");

    if (limit == UINT64_MAX || used == UINT64_MAX) return free_bytes;
    if (used >= limit) return 0;
    return limit - used < free_bytes ? limit - used : free_bytes;
}

uint64_t imp_memory_resident(void)
{
    return told_bytes("/proc/self/status", "VmRSS");
}

uint64_t imp_memory_peak(void)
{
    return told_bytes("/proc/self/status", "VmHWM");
}

void imp_memory_peak_restart(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");

    if (!f) return;
    fputs("5", f);   /* proc(5): resets the peak resident set size */
    fclose(f);
}
