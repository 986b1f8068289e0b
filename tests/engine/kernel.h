/* kernel.h - what the tests of kernels share: numbers to feed them, maps in a backend's layout
 * between guard pages, and the loop over backends, numbers of threads and sides of the guard
 * pages under which every case runs. */
#ifndef IMP_TEST_KERNEL_H
#define IMP_TEST_KERNEL_H

#include "check.h"

#include <stdarg.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"
#include "engine/ops.h"
#include "guard.h"
#include "reference.h"

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

/* --- Numbers ----------------------------------------------------------------------------- */

static inline float *kernel_numbers(size_t n, uint64_t seed, double scale)
{
    imp_random r = { seed };
    float *v = imp_alloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++) v[i] = (float) (scale * imp_random_normal(&r));
    return v;
}

/* Integers from -most to most, of which sums and products are exact. */
static inline float *kernel_integers(size_t n, uint64_t seed, int most)
{
    imp_random r = { seed };
    float *v = imp_alloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++)
        v[i] = (float) ((int) (imp_random_u64(&r) >> 33) % (2 * most + 1) - most);
    return v;
}

static inline double *kernel_doubles(const float *v, size_t n)
{
    double *d = imp_alloc(n, sizeof *d);

    for (size_t i = 0; v && i < n; i++) d[i] = (double) v[i];
    return d;
}

static inline map kernel_map(int c, int h, int w, const float *v)
{
    map m = { c, h, w, NULL };

    m.v = kernel_doubles(v, map_size(&m));
    return m;
}

/* |got - want|_2 / |want|_2; |got|_2 if want is zero. */
static inline double kernel_distance(const float *got, const double *want, size_t n)
{
    double d = 0, s = 0;

    for (size_t i = 0; i < n; i++) {
        d += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
        s += want[i] * want[i];
    }
    return sqrt(s > 0 ? d / s : d);
}

/* The largest |got - want| in units of the largest |want|: one wrong element shows. */
static inline double kernel_worst(const float *got, const double *want, size_t n)
{
    double worst = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double) got[i] - want[i]);
        if (isnan(d)) return INFINITY;
        worst = fmax(worst, d);
        most = fmax(most, fabs(want[i]));
    }
    return most > 0 ? worst / most : worst;
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

/* Frees what kernel_numbers() and the like made. */
#define KERNEL_FREE(...) kernel_free((void *[]) { __VA_ARGS__, NULL })

static inline void kernel_free(void **p)
{
    for (; *p; p++) imp_free(*p);
}

#endif
