/* peak_measure.c - measures what the processor can do at most. See impasto/bench.h. */
#include "engine/cpu/peak.h"

#include <impasto/bench.h>

#include "base/clock.h"
#include "base/threads.h"
#include "engine/context.h"

#if defined __x86_64__
static bool has_bf16(void)
{
    return __builtin_cpu_supports("avx512bf16");
}
#endif

/* `backend` must run here, and so must `more` if it is not NULL. */
static const struct level {
    const char *name, *backend;
    double (*run)(long rounds);
    bool (*more)(void);
} levels[] = {
#if defined __x86_64__
    { "avx512-bf16", "avx512", imp_peak_avx512_bf16, has_bf16 },
    { "avx512", "avx512", imp_peak_avx512, NULL },
    { "avx2", "avx2", imp_peak_avx2, NULL },
#endif
    { "c", "c", imp_peak_c, NULL },
};

static bool runs(const struct level *l)
{
    return imp_ops_find(l->backend) && (!l->more || l->more());
}

/* Operations a second of one thread: the best of several short goes, since others may take the
 * processor away but nobody makes it faster. */
static double best_of_thread(double (*run)(long rounds))
{
    enum { ROUNDS = 200000 };
    const double end = imp_clock() + 0.2;
    double best = 0;

    for (double now = imp_clock(), then; now < end; now = then) {
        const double flop = run(ROUNDS) * ROUNDS;
        then = imp_clock();
        if (flop / (then - now) > best) best = flop / (then - now);
    }
    return best;
}

/* All threads at once, as in a step. */
static double best_of_all(double (*run)(long rounds))
{
    double sum = 0;

#pragma omp parallel reduction(+ : sum)
    sum += best_of_thread(run);
    return sum;
}

bool imp_peak_measure(imp_peak *peak, const imp_context *ctx, size_t i)
{
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
        if (runs(&levels[k]) && i-- == 0) {
            const int threads = imp_threads_use(ctx->threads);
            *peak = (imp_peak) { levels[k].name, best_of_all(levels[k].run) };
            imp_threads_use(threads);
            return true;
        }
    return false;
}
