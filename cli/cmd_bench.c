/* cmd_bench.c - impasto bench: how fast it is here, and whether it was faster before. */
#include <string.h>

#include "bench_compare.h"
#include "bench_result.h"
#include "command.h"
#include "machine.h"
#include "number.h"
#include "report.h"

enum { MAX_SIZES = 16 };

typedef struct bench {
    const options *o;
    long size[MAX_SIZES];
    int n_sizes;
    imp_bench_params params;
    imp_context *ctx;
    json_t *before, *now;
} bench;

static int bad_sizes(const char *text)
{
    return complain(STATUS_USAGE, "--size: \"%s\" is not up to %d sizes from %d to %d, as in "
                    "256,512", text, MAX_SIZES, IMP_BENCH_MIN_SIZE,
                    IMP_BENCH_MAX_SIZE);
}

static int read_sizes(bench *b, const char *sizes)
{
    char one[16];

    b->n_sizes = 0;
    for (const char *s = sizes;; s++) {
        const size_t n = strcspn(s, ",");
        if (b->n_sizes == MAX_SIZES || n >= sizeof one) return bad_sizes(sizes);
        snprintf(one, sizeof one, "%.*s", (int) n, s);
        if (!number_count(&b->size[b->n_sizes++], one, IMP_BENCH_MIN_SIZE,
                          IMP_BENCH_MAX_SIZE))
            return bad_sizes(sizes);
        s += n;
        if (!*s) return STATUS_OK;
    }
}

/* A result of before is worth reading only if it has something to compare. */
static int read_before(bench *b)
{
    int status = bench_result_read(&b->before, b->o->compare);

    for (int i = 0; status == STATUS_OK && i < b->n_sizes; i++)
        if (bench_result_size(b->before, b->size[i])) return STATUS_OK;
    if (status != STATUS_OK) return status;
    return complain(STATUS_INPUT, "%s: has none of the sizes asked for", b->o->compare);
}

static int prepare(bench *b)
{
    const options *o = b->o;
    int status;

    imp_bench_params_init(&b->params);
    if (o->steps) b->params.steps = (int) o->steps;
    b->size[b->n_sizes++] = (long) b->params.size;
    if (o->precision && !strcmp(o->precision, "bf16"))
        b->params.precision = IMP_PRECISION_BF16;
    if (option_given(o, "tolerance") && !o->compare)
        return complain(STATUS_USAGE, "--tolerance belongs to --compare FILE; give that too");
    if (o->size) TRY(read_sizes(b, o->size));
    if (o->compare) TRY(read_before(b));
    TRY(machine_context(&b->ctx, o));

done:
    return status;
}

static int measure(bench *b)
{
    const bool text = !b->o->json;
    imp_bench found;
    imp_error err;

    if (!(b->now = bench_result_new(b->ctx, b->params.precision)))
        return complain(STATUS_MEMORY, "bench: no memory for its result");
    if (text) bench_result_print_machine(b->now);
    for (int i = 0; i < b->n_sizes; i++) {
        b->params.size = (size_t) b->size[i];
        if (imp_bench_run(&found, b->ctx, &b->params, &err))
            return complain_error(&err, PHASE_SETTINGS);
        bench_result_add(b->now, &b->params, &found);
        if (text) bench_result_print_size(b->now, bench_result_size(b->now, b->size[i]));
        fflush(stdout);
    }
    return STATUS_OK;
}

static int compare(bench *b)
{
    const bool same = bench_compare_machines(b->before, b->now, b->o->compare);
    const double worst = bench_compare_worst(b->before, b->now);

    if (b->o->json)
        json_object_set_new(b->now, "compared", bench_compare_json(b->before, b->now, same));
    else bench_compare_print(b->before, b->now);
    if (option_given(b->o, "tolerance") && worst > 1 + (double) b->o->tolerance / 100)
        return complain(STATUS_SLOWER, "a step takes %.2f times as long as in %s", worst,
                        b->o->compare);
    return STATUS_OK;
}

int cmd_bench(const options *o)
{
    bench b = { .o = o };
    int status;

    TRY(prepare(&b));
    TRY(measure(&b));
    if (b.before) status = compare(&b);
    if (o->json) {
        json_dumpf(b.now, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        putchar('\n');
    }

done:
    json_decref(b.before);
    json_decref(b.now);
    imp_context_free(b.ctx);
    return status;
}
