/* peak_measure.c - measures what the processor can do at most. See impasto/bench.h. */
#include "engine/cpu/peak.h"

#include <impasto/bench.h>

#include "base/clock.h"
#include "base/threads.h"
#include "engine/context.h"

static const struct { const char *level; double (*run)(long rounds); } levels[] = {
#if defined __x86_64__
    { "avx512", imp_peak_avx512 },
    { "avx2", imp_peak_avx2 },
#endif
    { "c", imp_peak_c },
};

/* All threads at once, as in a step. */
static double flops(double (*run)(long rounds), long rounds)
{
    const double start = imp_clock();
    double flop = 0;

#pragma omp parallel reduction(+ : flop)
    flop += run(rounds) * (double) rounds;
    return flop / (imp_clock() - start);
}

/* The best of several goes: others take the processor away, nobody gives it more. */
static double best_flops(double (*run)(long rounds))
{
    enum { ROUNDS = 1000000 };
    const double end = imp_clock() + 0.2;
    double best = 0;

    while (imp_clock() < end) {
        const double f = flops(run, ROUNDS);
        if (f > best) best = f;
    }
    return best;
}

bool imp_peak_measure(imp_peak *peak, const imp_context *ctx, size_t i)
{
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
        if (imp_ops_find(levels[k].level) && i-- == 0) {
            const int threads = imp_threads_use(ctx->threads);
            *peak = (imp_peak) { levels[k].level, best_flops(levels[k].run) };
            imp_threads_use(threads);
            return true;
        }
    return false;
}
