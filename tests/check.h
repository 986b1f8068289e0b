/* check.h - what a test program needs: checks that say what they saw, TAP on standard output.
 *
 *     static void test_sum(void) { CHECK(1 + 1 == 2); CHECK_CLOSE(0.1 + 0.2, 0.3, 1e-15); }
 *     int main(void) { CHECK_RUN(test_sum); return check_done(); }
 *
 * A failed check is counted and the test goes on; CHECK_OK gives the test up. */
#ifndef IMP_CHECK_H
#define IMP_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <impasto/base.h>

/* Sanitizers make a program ten times slower, and see in small cases what they would see in
 * large ones: tests whose subject is a number leave the large ones to the other builds. */
#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHECK_SANITIZED 1
#endif
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CHECK_SANITIZED 1
#endif
#ifndef CHECK_SANITIZED
#define CHECK_SANITIZED 0
#endif

/* Of a test's own arithmetic, which is not what is tested: no sanitizer watches it. */
#ifdef __clang__
#define CHECK_UNWATCHED __attribute__((no_sanitize("address", "undefined")))
#else
#define CHECK_UNWATCHED
#endif

static int check_tests, check_failed_tests, check_failures;
static const char *check_skip_reason;

#define CHECK(cond) \
    ((cond) ? (void) 0 : check_fail(__FILE__, __LINE__, "%s", #cond))

/* |got - want| <= rtol * |want|; for want == 0 rtol is absolute. */
#define CHECK_CLOSE(got, want, rtol) \
    check_close(__FILE__, __LINE__, #got, (got), (want), (rtol))

#define CHECK_TEXT(got, want) check_text(__FILE__, __LINE__, #got, (got), (want))

/* The call returns this status; err.message is shown if not. `err` must be in scope. */
#define CHECK_STATUS(call, want) do { \
        const imp_status check_got = (call); \
        if (check_got != (want)) \
            check_fail(__FILE__, __LINE__, "%s: %s (%s), not %s", #call, \
                       imp_status_name(check_got), check_got == IMP_OK ? "" : err.message, \
                       imp_status_name(want)); \
    } while (0)

/* The call succeeds, or the test ends here. */
#define CHECK_OK(call) do { \
        const imp_status check_got = (call); \
        if (check_got != IMP_OK) { \
            check_fail(__FILE__, __LINE__, "%s: %s", #call, err.message); \
            return; \
        } \
    } while (0)

/* Ends the test as skipped. */
#define CHECK_SKIP(reason) do { check_skip_reason = (reason); return; } while (0)

#define CHECK_RUN(test) check_run(#test, test)

static inline void check_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#include <stdarg.h>
static inline void check_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    check_failures++;
    if (check_failures > 20) return;
    printf("# %s:%d: ", file, line);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("%s\n",
           check_failures == 20 ? " (further failures of this test are not shown)" : "");
}

static inline void check_close(const char *file, int line, const char *what, double got,
                               double want, double rtol)
{
    const double distance = fabs(got - want), scale = want == 0.0 ? 1.0 : fabs(want);

    if (!(distance <= rtol * scale))
        check_fail(file, line, "%s is %.9g, not %.9g: off by %.3g, allowed %.3g", what, got,
                   want, distance / scale, rtol);
}

static inline void check_text(const char *file, int line, const char *what, const char *got,
                              const char *want)
{
    if (!got || strcmp(got, want))
        check_fail(file, line, "%s is \"%s\", not \"%s\"", what, got ? got : "(null)", want);
}

static inline void check_run(const char *name, void (*test)(void))
{
    check_failures = 0;
    check_skip_reason = NULL;
    test();
    check_tests++;
    check_failed_tests += check_failures > 0;
    printf("%s %d - %s", check_failures ? "not ok" : "ok", check_tests, name);
    if (check_skip_reason && !check_failures) printf(" # SKIP %s", check_skip_reason);
    printf("\n");
    fflush(stdout);
}

static inline int check_done(void)
{
    printf("1..%d\n", check_tests);
    return check_failed_tests > 0;
}

/* |got - want|_2 / |want|_2; |got|_2 if want is zero. */
static inline double check_distance(const float *got, const float *want, size_t n)
{
    double d = 0, s = 0;

    for (size_t i = 0; i < n; i++) {
        d += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
        s += (double) want[i] * want[i];
    }
    return sqrt(s > 0 ? d / s : d);
}

#endif
