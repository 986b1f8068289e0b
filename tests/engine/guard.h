/* guard.h - memory for one call of a kernel: every buffer lies between pages that nobody may
 * touch, so that a single float read or written past its end, or before its beginning, stops
 * the program; what is beside it on its own pages holds canaries; what is only read must be
 * the same afterwards.
 *
 * A guard page stands directly after the last byte or directly before the first, as `side`
 * says; a case runs once with each. An alignment that the end of a page does not give leaves
 * a few bytes in between, which canaries fill. All backends compute in the processor's memory,
 * so the buffers serve all of them. */
#ifndef IMP_TEST_GUARD_H
#define IMP_TEST_GUARD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef enum guard_side { GUARD_AFTER, GUARD_BEFORE, GUARD_SIDES } guard_side;

typedef struct guard_buffer {
    unsigned char *map;      /* guard page, pages of data, guard page */
    size_t map_bytes;
    unsigned char *p;        /* the buffer, somewhere on the data     */
    size_t bytes;
    unsigned char *kept;     /* what must not change; NULL: output    */
} guard_buffer;

enum { GUARD_BUFFERS = 16 };

typedef struct guard {
    guard_side side;
    guard_buffer buffer[GUARD_BUFFERS];
    int n;
} guard;

/* What is being tested, for the message of a check or of a fault. */
static char guard_case[256];

/* A NaN, so that arithmetic on it shows, too; no kernel makes this one. */
static const unsigned char guard_canary[4] = { 0xa5, 0xa5, 0xb5, 0x7f };

static inline void guard_fault(int signal_number)
{
    static const char head[] = "# touched a guard page: ", tail[] = "\nBail out!\n";
    ssize_t written = write(STDOUT_FILENO, head, sizeof head - 1);

    if (written >= 0) written = write(STDOUT_FILENO, guard_case, strlen(guard_case));
    if (written >= 0) written = write(STDOUT_FILENO, tail, sizeof tail - 1);
    _exit(written < 0 ? 1 : signal_number);
}

/* Says what was being tested when a guard page is touched. Once, at the program's start. */
static inline void guard_watch(void)
{
    struct sigaction action = { .sa_handler = guard_fault };

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* The canary of a place is told by its address; a page begins with the first byte of one. */
static inline unsigned char guard_byte(const unsigned char *p)
{
    return guard_canary[(uintptr_t) p % sizeof guard_canary];
}

/* So many bytes from the beginning of a page. */
static inline void guard_fill(unsigned char *p, size_t n)
{
    memcpy(p, guard_canary, sizeof guard_canary);
    for (size_t done = sizeof guard_canary, more; done < n; done += more) {
        more = done < n - done ? done : n - done;
        memcpy(p + done, p, more);
    }
}

/* `bytes` full of canaries; no more than `align` is promised of the address. */
static inline void *guard_room(guard *g, size_t bytes, size_t align)
{
    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    const size_t whole = (bytes + align - 1) / align * align;
    const size_t data = whole ? (whole + page - 1) / page * page : page;
    guard_buffer *b = &g->buffer[g->n++];

    *b = (guard_buffer) { .map_bytes = data + 2 * page, .bytes = bytes };
    b->map = g->n > GUARD_BUFFERS ? MAP_FAILED
             : mmap(NULL, b->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b->map == MAP_FAILED || mprotect(b->map + page, data, PROT_READ | PROT_WRITE)) abort();
    guard_fill(b->map + page, data);
    b->p = b->map + page + (g->side == GUARD_AFTER ? data - whole : 0);
    return b->p;
}

/* The latest buffer, as it is now, is input: it must not change. */
static inline void guard_keep(guard *g)
{
    guard_buffer *b = &g->buffer[g->n - 1];

    b->kept = malloc(b->bytes + 1);
    if (!b->kept) abort();
    memcpy(b->kept, b->p, b->bytes);
}

/* A copy of `from` that must not change. */
static inline const void *guard_input(guard *g, const void *from, size_t bytes, size_t align)
{
    void *p = guard_room(g, bytes, align);

    memcpy(p, from, bytes);
    guard_keep(g);
    return p;
}

/* A copy of `from` that the kernel may change. */
static inline void *guard_changed(guard *g, const void *from, size_t bytes, size_t align)
{
    return memcpy(guard_room(g, bytes, align), from, bytes);
}

/* Whether all canaries of from .. to live. */
static inline bool guard_alive(const unsigned char *from, const unsigned char *to)
{
    while (from < to && *from == guard_byte(from)) from++;
    return from == to;
}

/* Gives the memory back; says what was wrong with how it was used, NULL for nothing. */
static inline const char *guard_end(guard *g)
{
    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    const char *wrong = NULL;

    for (int i = 0; i < g->n; i++) {
        guard_buffer *b = &g->buffer[i];
        const unsigned char *data = b->map + page, *end = b->map + b->map_bytes - page;
        if (!guard_alive(data, b->p) || !guard_alive(b->p + b->bytes, end))
            wrong = "wrote beside a buffer";
        if (b->kept && memcmp(b->kept, b->p, b->bytes)) wrong = "changed its input";
        free(b->kept);
        munmap(b->map, b->map_bytes);
    }
    g->n = 0;
    return wrong;
}

#endif
