/* check_ops.c - the tables of operations as such, and the harness of the kernel tests itself:
 * kernels that are wrong on purpose must be caught. With --bench [SIDE [BACKEND]] it times
 * every operation on the shapes of VGG19 for a picture of SIDE x SIDE (256). */
#include "kernel.h"

#include <sys/wait.h>

#include "bench_ops.h"

/* --- Tables ------------------------------------------------------------------------------ */

/* A table is nothing but a name and functions: none may be missing. */
static void test_tables_are_full(void)
{
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        void *entry[sizeof *ops / sizeof(void *)];
        memcpy(entry, ops, sizeof entry);
        for (size_t i = 0; i < sizeof entry / sizeof *entry; i++) CHECK(entry[i] != NULL);
    }
}

static void test_names(void)
{
    const imp_ops *ops, *other;

    CHECK(imp_ops_find("none such") == NULL);
    CHECK(imp_ops_find("reference") != NULL && imp_ops_find("c") != NULL);
    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        CHECK(imp_ops_find(ops->name) == ops);
        for (size_t k = 0; k < b && (other = imp_ops_known(k)); k++)
            CHECK(strcmp(ops->name, other->name));
    }
}

/* Aligned and zeroed, also where memory was used before. */
static void test_memory(void)
{
    static const size_t sizes[] = { 1, 15, 16, 1000, 100003 };
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
            const size_t n = sizes[i / 2];
            float *p = ops->alloc(n), sum = 0;
            CHECK((uintptr_t) p % IMP_ALIGN == 0);
            for (size_t k = 0; k < n; k++) sum += fabsf(p[k]);
            CHECK(sum <= 0);
            ops->fill(p, 1, n);
            ops->free(p);
        }
}

/* --- Kernels that are wrong on purpose --------------------------------------------------- */

static const imp_ops *honest;

static void copy_too_much(float *y, const float *x, size_t n)
{
    honest->copy(y, x, n);
    y[n] = 1;
}

static void copy_before(float *y, const float *x, size_t n)
{
    honest->copy(y, x, n);
    y[-1] = 1;
}

static volatile float seen;

static void copy_reading_on(float *y, const float *x, size_t n)
{
    honest->copy(y, x, n);
    seen = x[n];
}

static void copy_changing(float *y, const float *x, size_t n)
{
    honest->copy(y, x, n);
    *(float *) (uintptr_t) x = x[0] + 1;
}

static void copy_a_bit_off(float *y, const float *x, size_t n)
{
    honest->copy(y, x, n);
    y[n - 1] *= 1.0000002f;
}

static void copy_in_part(float *y, const float *x, size_t n)
{
    honest->copy(y, x, n - 1);
}

enum { FAULT_FLOATS = 1003 };   /* with the alignment of a vector, room to the guard page */

/* How a copy is checked: what the harness says, NULL for nothing. */
static const char *judge_copy(void (*copy)(float *y, const float *x, size_t n),
                              guard_side side, size_t align)
{
    guard g = { side, .n = 0 };
    float *from = kernel_numbers(FAULT_FLOATS, 1, 1);
    double *want = kernel_doubles(from, FAULT_FLOATS);
    const float *x = kernel_input(&g, from, FAULT_FLOATS, align);
    float *y = kernel_output(&g, FAULT_FLOATS, align);
    const char *wrong;

    copy(y, x, FAULT_FLOATS);
    wrong = kernel_worst(y, want, FAULT_FLOATS) <= 0 ? NULL : "other values";
    KERNEL_FREE(from, want);
    return guard_end(&g) ? "memory" : wrong;
}

/* Whether the copy dies on a guard page; the child's words are not ours. */
static bool dies(void (*copy)(float *y, const float *x, size_t n), guard_side side)
{
    int status = 0;
    pid_t child;

    fflush(stdout);
    if ((child = fork()) == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(0);
        judge_copy(copy, side, sizeof(float));
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status)
           && WEXITSTATUS(status) == SIGSEGV;
}

static void test_harness_sees_faults(void)
{
    honest = kernel_reference();
    CHECK(!judge_copy(honest->copy, GUARD_AFTER, sizeof(float)));
    CHECK(!judge_copy(honest->copy, GUARD_BEFORE, IMP_ALIGN));
    for (guard_side side = GUARD_AFTER; side < GUARD_SIDES; side++) {
        CHECK(judge_copy(copy_changing, side, sizeof(float)) != NULL);
        CHECK(judge_copy(copy_a_bit_off, side, sizeof(float)) != NULL);
        CHECK(judge_copy(copy_in_part, side, sizeof(float)) != NULL);
        /* Where alignment leaves a gap to the guard page. */
        CHECK(judge_copy(copy_too_much, side, IMP_ALIGN) != NULL);
    }
    CHECK(judge_copy(copy_before, GUARD_AFTER, sizeof(float)) != NULL);
    CHECK(!dies(honest->copy, GUARD_AFTER));
    CHECK(!dies(honest->copy, GUARD_BEFORE));
    CHECK(dies(copy_too_much, GUARD_AFTER));
    CHECK(dies(copy_reading_on, GUARD_AFTER));
    CHECK(dies(copy_before, GUARD_BEFORE));
}

/* A map whose filling is not zero, a value that is not a number, an element that is off. */
static void test_harness_sees_values(void)
{
    const float got[4] = { 1, 2, 3, 4.001f }, lost[4] = { 1, NAN, 3, 4 };
    const double want[4] = { 1, 2, 3, 4 };
    const int before = check_failures;
    guard g = { GUARD_AFTER, .n = 0 };
    imp_tensor t = kernel_tensor(&g, 20, 1, 1);

    CHECK(kernel_distance(got, want, 4) > 1e-4 && kernel_worst(got, want, 4) > 1e-4);
    CHECK(!(kernel_distance(lost, want, 4) <= 1) && !(kernel_worst(lost, want, 4) <= 1));
    printf("# the next complaint is on purpose\n");
    imp_free(kernel_plain(&t));
    CHECK(check_failures == before + 1);
    check_failures = before;
    guard_end(&g);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--bench"))
        return bench_ops(argc > 2 ? atoi(argv[2]) : 256, argc > 3 ? argv[3] : NULL);
    guard_watch();
    CHECK_RUN(test_tables_are_full);
    CHECK_RUN(test_names);
    CHECK_RUN(test_memory);
    CHECK_RUN(test_harness_sees_faults);
    CHECK_RUN(test_harness_sees_values);
    return check_done();
}
