/* kernel.h - what the tests of kernels share: maps in a backend's layout between guard pages,
 * and the loop over backends, numbers of threads and sides of the guard pages under which
 * every case runs. */
#ifndef IMP_TEST_KERNEL_H
#define IMP_TEST_KERNEL_H

#include "check.h"

#include <stdarg.h>

#include "base/threads.h"
#include "engine/ops.h"
#include "guard.h"
#include "numbers.h"

/* One way of running a case. */
typedef struct kernel_run {
    const imp_ops *ops;
    guard_side side;
    int threads;
} kernel_run;

typedef void kernel_test(const kernel_run *run, void *data);

/* The case with every backend (or only the one, if it is not NULL) and both sides. */
static inline void kernel_each(const imp_ops *only, int threads, kernel_test *test,
                               void *data)
{
    const int before = imp_threads_use(threads);
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (guard_side side = GUARD_AFTER; side < GUARD_SIDES; side++)
            if (!only || ops == only)
                test(&(kernel_run) { ops, side, threads }, data);
    imp_threads_use(before);
}

/* Threads that a case uses when their number is not its subject. */
enum { KERNEL_THREADS = 2 };

static inline const imp_ops *kernel_reference(void)
{
    return imp_ops_find("reference");
}

static inline void kernel_name(const kernel_run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Names the case, for messages. */
static inline void kernel_name(const kernel_run *run, const char *fmt, ...)
{
    const size_t room = sizeof guard_case;
    va_list ap;
    int n = snprintf(guard_case, room, "%s, %d threads, guard %s: ", run->ops->name,
                     run->threads, run->side == GUARD_AFTER ? "after" : "before");

    va_start(ap, fmt);
    vsnprintf(guard_case + n, room - (size_t) n, fmt, ap);
    va_end(ap);
}

/* A check of the case that kernel_name() named. */
#define KERNEL_CHECK(cond) \
    ((cond) ? (void) 0 : check_fail(__FILE__, __LINE__, "%s: not %s", guard_case, #cond))

/* got is at most `most`; NaN is not. */
#define KERNEL_AT_MOST(got, most) kernel_at_most(__FILE__, __LINE__, #got, (got), (most))

static inline void kernel_at_most(const char *file, int line, const char *what, double got,
                                  double most)
{
    if (!(got <= most))
        check_fail(file, line, "%s: %s is %.3g, allowed %.3g", guard_case, what, got, most);
}

/* Ends a call's memory, and reports what it did to it. */
#define KERNEL_END(g) kernel_end(__FILE__, __LINE__, (g))

static inline void kernel_end(const char *file, int line, guard *g)
{
    const char *wrong = guard_end(g);

    if (wrong) check_fail(file, line, "%s: %s", guard_case, wrong);
}

/* Asked by the leak sanitizer: LLVM's OpenMP forgets a team of threads it has outgrown. */
IMP_API const char *__lsan_default_suppressions(void);

IMP_API const char *__lsan_default_suppressions(void)
{
    return "leak:libomp.so\n";
}

/* --- Vectors and maps on guarded memory -------------------------------------------------- */

static inline const float *kernel_input(guard *g, const float *from, size_t n, size_t align)
{
    return guard_input(g, from, n * sizeof *from, align);
}

static inline float *kernel_changed(guard *g, const float *from, size_t n, size_t align)
{
    return guard_changed(g, from, n * sizeof *from, align);
}

static inline float *kernel_output(guard *g, size_t n, size_t align)
{
    return guard_room(g, n * sizeof(float), align);
}

/* A map with memory but nothing in it: blocked from IMP_BLOCK channels on. */
static inline imp_tensor kernel_tensor(guard *g, int c, int h, int w)
{
    imp_tensor t = { NULL, c, h, w, c < IMP_BLOCK ? 1 : IMP_BLOCK };

    t.data = kernel_output(g, imp_tensor_floats(&t), IMP_ALIGN);
    return t;
}

/* A map from plain order, its filling zero. */
static inline imp_tensor kernel_tensor_of(guard *g, int c, int h, int w, const float *from)
{
    imp_tensor t = kernel_tensor(g, c, h, w);

    memset(t.data, 0, imp_tensor_floats(&t) * sizeof *t.data);
    for (int ch = 0; ch < c; ch++)
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) t.data[imp_tensor_index(&t, ch, y, x)] = *from++;
    return t;
}

/* One that must not change. */
static inline imp_tensor kernel_tensor_in(guard *g, int c, int h, int w, const float *from)
{
    const imp_tensor t = kernel_tensor_of(g, c, h, w, from);

    guard_keep(g);
    return t;
}

/* To plain order, in new memory. The filling must be zero. */
static inline float *kernel_plain(const imp_tensor *t)
{
    const int filled = (t->c + t->block - 1) / t->block * t->block;
    float *plain = imp_alloc((size_t) t->c * (size_t) t->h * (size_t) t->w, sizeof *plain);
    size_t n = 0;
    bool filling_is_zero = true;

    for (int c = 0; c < filled; c++)
        for (int y = 0; y < t->h; y++)
            for (int x = 0; x < t->w; x++) {
                const float v = t->data[imp_tensor_index(t, c, y, x)];
                if (c < t->c) plain[n++] = v;
                else filling_is_zero = filling_is_zero && !(v < 0 || v > 0 || isnan(v));
            }
    KERNEL_CHECK(filling_is_zero);
    return plain;
}

#endif
