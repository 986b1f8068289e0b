/* heap.h - counts what a test program takes from the heap, and makes it run dry on demand.
 *
 * The allocator's entry points are defined here, over glibc's own, and so replace them for the
 * whole program, shared libraries included. Sanitizers have their own: then HEAP_COUNTED is
 * 0. */
#ifndef IMP_TEST_HEAP_H
#define IMP_TEST_HEAP_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <impasto/base.h>

#if defined(__SANITIZE_ADDRESS__)
#define HEAP_COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) \
    || __has_feature(thread_sanitizer)
#define HEAP_COUNTED 0
#endif
#endif
#if !defined(HEAP_COUNTED) && defined(__GLIBC__)
#define HEAP_COUNTED 1
#elif !defined(HEAP_COUNTED)
#define HEAP_COUNTED 0
#endif

/* Since heap_watch(true). */
typedef struct heap_count {
    size_t calls;            /* allocations                                      */
    size_t largest;          /* bytes of the largest of them                     */
    size_t live, live_bytes; /* of them not yet freed, as they were asked for    */
    size_t peak_bytes;       /* the most that live_bytes was                     */
} heap_count;

static heap_count heap;
static bool heap_watched;
static size_t heap_fail_at;  /* the allocation that fails, counted from 1; 0: none */

static void heap_watch(bool on);

#if HEAP_COUNTED

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
void __libc_free(void *p);

enum { HEAP_LIVE = 1 << 14 };

static struct { void *p; size_t n; } heap_live[HEAP_LIVE];
static size_t heap_used;     /* entries of heap_live that were ever in use */
static atomic_flag heap_lock = ATOMIC_FLAG_INIT;

static void heap_enter(void) { while (atomic_flag_test_and_set(&heap_lock)) continue; }
static void heap_leave(void) { atomic_flag_clear(&heap_lock); }

static void heap_watch(bool on)
{
    heap_enter();
    if (on) {
        heap = (heap_count) { 0 };
        heap_used = 0;
    }
    heap_watched = on;
    heap_leave();
}

/* Whether this allocation is to fail. */
static bool heap_refuse(size_t n)
{
    bool refuse = false;

    heap_enter();
    if (heap_watched) {
        heap.calls++;
        if (n > heap.largest) heap.largest = n;
        refuse = heap.calls == heap_fail_at;
    }
    heap_leave();
    if (refuse) errno = ENOMEM;
    return refuse;
}

static void *heap_add(void *p, size_t n)
{
    size_t i = 0;

    heap_enter();
    if (heap_watched && p) {
        while (i < heap_used && heap_live[i].p) i++;
        if (i < HEAP_LIVE) {
            heap_live[i].p = p;
            heap_live[i].n = n;
            if (i == heap_used) heap_used++;
            heap.live++;
            heap.live_bytes += n;
            if (heap.live_bytes > heap.peak_bytes) heap.peak_bytes = heap.live_bytes;
        }
    }
    heap_leave();
    return p;
}

static void heap_remove(const void *p)
{
    heap_enter();
    for (size_t i = 0; p && i < heap_used; i++)
        if (heap_live[i].p == p) {
            heap.live--;
            heap.live_bytes -= heap_live[i].n;
            heap_live[i].p = NULL;
            break;
        }
    heap_leave();
}

IMP_API void *malloc(size_t n)
{
    return heap_refuse(n) ? NULL : heap_add(__libc_malloc(n), n);
}

IMP_API void *calloc(size_t n, size_t size)
{
    return heap_refuse(n * size) ? NULL : heap_add(__libc_calloc(n, size), n * size);
}

IMP_API void *realloc(void *p, size_t n)
{
    if (heap_refuse(n)) return NULL;
    heap_remove(p);
    return heap_add(__libc_realloc(p, n), n);
}

IMP_API void *aligned_alloc(size_t align, size_t n)
{
    return heap_refuse(n) ? NULL : heap_add(__libc_memalign(align, n), n);
}

IMP_API int posix_memalign(void **p, size_t align, size_t n)
{
    if (heap_refuse(n)) return ENOMEM;
    *p = heap_add(__libc_memalign(align, n), n);
    return *p ? 0 : ENOMEM;
}

IMP_API void free(void *p)
{
    heap_remove(p);
    __libc_free(p);
}

#else

static void heap_watch(bool on)
{
    heap_watched = on;
}

#endif
#endif
