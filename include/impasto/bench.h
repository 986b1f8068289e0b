/* impasto/bench.h - how fast this machine paints: what its processor can do at most, and what
 * each part of a step takes. Needs no weights: random ones take as long. */
#ifndef IMP_BENCH_H
#define IMP_BENCH_H

#include <impasto/base.h>
#include <impasto/style.h>

IMP_BEGIN

typedef struct imp_machine {
    char processor[128];       /* as it calls itself; "unknown" if it does not say           */
    int cores, threads;        /* that this process may run on; a core may run two threads   */
    char instructions[256];    /* sets that it has and that matter here: "avx2 fma avx512f"  */
} imp_machine;

IMP_API void imp_machine_describe(imp_machine *machine);

/* The most that multiply-adds in registers reach, all threads of a context together: floating
 * point operations a second, two a multiply-add. */
typedef struct imp_peak {
    const char *level;         /* a backend, "avx512", or its products in bfloat16,
                                  "avx512-bf16", counted as two multiply-adds each pair      */
    double flops;
} imp_peak;

/* Measures the i-th level that this processor can run, the fastest first, for about a fifth
 * of a second. False past the last one. */
IMP_API bool imp_peak_measure(imp_peak *peak, const imp_context *ctx, size_t i);

enum { IMP_BENCH_MIN_SIZE = 16, IMP_BENCH_MAX_SIZE = 8192, IMP_BENCH_MAX_STEPS = 1000 };

/* What is measured: steps of Adam on a square picture of noise, through VGG19 up to relu5_1
 * with maximum pooling, content at relu4_2, Gram matrices at relu1_1 to relu5_1. */
typedef struct imp_bench_params {
    size_t size;               /* of the picture's side (512)                                */
    int steps;                 /* that count, from 1 on (5); one before them warms up        */
    imp_precision precision;
} imp_bench_params;

IMP_API void imp_bench_params_init(imp_bench_params *params);

enum { IMP_BENCH_PARTS = 64 };

/* A part of a step; the seconds are medians. */
typedef struct imp_bench_part {
    char name[32];             /* a layer, "conv3_1", or "loss relu3_1", "optimiser"         */
    double forward, backward;  /* seconds; 0 if it has no such way                           */
    double flop;               /* of one way, as of direct convolution; 0: not counted       */
} imp_bench_part;

typedef struct imp_bench {
    imp_bench_part part[IMP_BENCH_PARTS];
    int n_parts;
    double step, fastest, slowest;   /* seconds of a whole step: the median, the extremes    */
    double start;                    /* seconds from pictures and weights to the first step  */
    uint64_t planned, resident;      /* bytes at the peak: foreseen, and seen; 0: not known  */
} imp_bench;

/* Paints and measures. Takes the memory of a painter of that size, and 16 MB of weights.
 * Errors: IMP_EINVAL (a parameter out of range), IMP_EUNSUPPORTED (a precision that the
 * processor lacks), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_bench_run(imp_bench *bench, const imp_context *ctx, const imp_bench_params *params,
              imp_error *err);

IMP_END
#endif
