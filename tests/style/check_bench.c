/* check_bench.c - the benchmark is whole, and adds up as far as times can while others use the
 * machine. */
#include "check.h"

#include <string.h>

#include <impasto/impasto.h>

static imp_error err;

/* By name, or by the layer that others are fused to. */
static const imp_bench_part *find(const imp_bench *bench, const char *name)
{
    for (int i = 0; i < bench->n_parts; i++) {
        const char *part = bench->part[i].name;
        if (!strncmp(part, name, strlen(name)) && strchr("+", part[strlen(name)]))
            return &bench->part[i];
    }
    return NULL;
}

/* The operations of conv3_1 at 48x48, and that the parts are all of the step. */
static void test_parts(void)
{
    const imp_bench_params how = { .size = 48, .steps = 3 };
    const double flop = 2.0 * 9 * 128 * 256 * 12 * 12;
    double sum = 0;
    imp_context *ctx;
    imp_bench bench;

    CHECK_OK(imp_context_new(&ctx, NULL, &err));
    CHECK_OK(imp_bench_run(&bench, ctx, &how, &err));
    CHECK(find(&bench, "conv3_1") && find(&bench, "conv3_1")->flop == flop);
    CHECK(find(&bench, "conv5_1") && !find(&bench, "conv5_2"));
    CHECK(find(&bench, "loss relu4_2") && find(&bench, "loss relu4_2")->backward > 0);
    CHECK(bench.fastest > 0 && bench.fastest <= bench.step && bench.step <= bench.slowest);
    for (int i = 0; i < bench.n_parts; i++)
        sum += bench.part[i].forward + bench.part[i].backward;
    /* Sums of medians are not medians of sums, hence the slowest and a factor. */
    CHECK(sum > 0.25 * bench.fastest && sum < 2 * bench.slowest);
    CHECK(bench.planned > 0 && bench.resident > 0);
    imp_context_free(ctx);
}

static void test_refusals(void)
{
    static const imp_bench_params wrong[] = {
        { .size = 15, .steps = 1 }, { .size = 8193, .steps = 1 }, { .size = 64, .steps = 0 },
        { .size = 64, .steps = 1001 },
    };
    const imp_context_params little = { .max_memory = 1 << 20 };
    const imp_bench_params how = { .size = 64, .steps = 1 };
    imp_context *ctx;
    imp_bench bench;

    CHECK_OK(imp_context_new(&ctx, &little, &err));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(imp_bench_run(&bench, ctx, &wrong[i], &err), IMP_EINVAL);
    CHECK_STATUS(imp_bench_run(&bench, ctx, &how, &err), IMP_ENOMEM);
    imp_context_free(ctx);
}

static void test_peaks(void)
{
    imp_context *ctx;
    imp_peak peak;
    size_t n = 0;

    CHECK_OK(imp_context_new(&ctx, NULL, &err));
    while (imp_peak_measure(&peak, ctx, n)) {
        /* No processor that runs this is below, and none will be above for long. */
        CHECK(peak.flops > 1e7 && peak.flops < 1e16);
        n++;
    }
    CHECK(n >= 1 && !strcmp(peak.level, "c"));
    imp_context_free(ctx);
}

int main(void)
{
    CHECK_RUN(test_parts);
    CHECK_RUN(test_refusals);
    CHECK_RUN(test_peaks);
    return check_done();
}
