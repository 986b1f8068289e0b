/* bench.c - steps of painting, taken apart. See impasto/bench.h. */
#include <impasto/bench.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/context.h"
#include "style/painter.h"
#include "style/stand_in.h"

enum { WAYS = 2 };   /* forward, backward */

/* What the steps took; sample (part, way, step), and whole steps behind the last part. */
typedef struct recorder {
    imp_bench *bench;
    double *seconds;
    int steps, step;         /* step is negative while warming up */
} recorder;

void imp_bench_params_init(imp_bench_params *params)
{
    *params = (imp_bench_params) { .size = 512, .steps = 5 };
}

/* --- Recording --------------------------------------------------------------------------- */

static double *samples(const recorder *r, int part, bool backward)
{
    return r->seconds + (size_t) (part * WAYS + backward) * (size_t) r->steps;
}

/* The index of the part of that name, a new one if need be; -1 if there are too many. */
static int part_of(imp_bench *bench, const char *what, const char *of)
{
    char name[sizeof bench->part->name];

    snprintf(name, sizeof name, "%s%s%s", what, *what && *of ? " " : "", of);
    for (int i = 0; i < bench->n_parts; i++)
        if (!strcmp(bench->part[i].name, name)) return i;
    if (bench->n_parts == IMP_BENCH_PARTS) return -1;
    memcpy(bench->part[bench->n_parts].name, name, sizeof name);
    return bench->n_parts++;
}

static void record(void *user, const char *what, const char *of, bool backward,
                   double seconds, double flop)
{
    recorder *r = user;
    const int part = part_of(r->bench, what, of);

    if (part < 0 || r->step < 0) return;
    if (flop > 0) r->bench->part[part].flop = flop;
    samples(r, part, backward)[r->step] += seconds;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* Sorts them. */
static double median(double *x, int n)
{
    qsort(x, (size_t) n, sizeof *x, compare);
    return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

/* What of the steps no part accounts for: copies, clamping, the telling itself. */
static void add_rest(recorder *r, const double *whole)
{
    const int n = r->bench->n_parts, rest = part_of(r->bench, "rest", "");

    for (int s = 0; rest >= 0 && s < r->steps; s++) {
        double sum = 0;
        for (int i = 0; i < n * WAYS; i++) sum += samples(r, i / WAYS, i % WAYS)[s];
        samples(r, rest, false)[s] = fmax(whole[s] - sum, 0);
    }
}

static void summarise(recorder *r)
{
    imp_bench *bench = r->bench;
    double *whole = samples(r, IMP_BENCH_PARTS, false);

    add_rest(r, whole);
    for (int i = 0; i < bench->n_parts; i++) {
        bench->part[i].forward = median(samples(r, i, false), r->steps);
        bench->part[i].backward = median(samples(r, i, true), r->steps);
    }
    bench->step = median(whole, r->steps);
    bench->fastest = whole[0];
    bench->slowest = whole[r->steps - 1];
}

/* --- The job ----------------------------------------------------------------------------- */

static void add_layer(imp_layer_list *list, const char *layer)
{
    imp_layer_weight *item = &list->item[list->n++];

    snprintf(item->layer, sizeof item->layer, "%s", layer);
    item->weight = 1;
}

/* The job that bench.h names. */
static imp_status job(imp_params *params, const imp_bench_params *how, imp_error *err)
{
    static const char *const style[] = {
        "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1",
    };
    const imp_status status = imp_params_init(params, "classic", err);

    if (status != IMP_OK) return status;
    params->size.mode = IMP_SIZE_KEEP;
    params->style_fit = IMP_STYLE_FIT_KEEP;
    params->pooling = IMP_POOL_MAX;
    params->padding = IMP_PAD_ZERO;
    params->precision = how->precision;
    params->content_layers.n = params->style_layers.n = 0;
    add_layer(&params->content_layers, "relu4_2");
    for (size_t i = 0; i < sizeof style / sizeof *style; i++)
        add_layer(&params->style_layers, style[i]);
    params->steps = (imp_step_list) { .count = { how->steps + 1 }, .n = 1 };
    return IMP_OK;
}

static imp_status run_steps(recorder *r, imp_painter *painter, imp_error *err)
{
    const imp_watch watch = { record, r };
    imp_status status = IMP_OK;

    r->step = -1;
    imp_painter_watch(painter, &watch);
    for (; r->step < r->steps; r->step++) {
        const double begin = imp_clock();
        TRY(imp_painter_step(painter, 1, NULL, err));
        if (r->step >= 0)
            samples(r, IMP_BENCH_PARTS, false)[r->step] = imp_clock() - begin;
    }
done:
    imp_painter_watch(painter, NULL);
    return status;
}

static imp_status paint(recorder *r, const imp_context *ctx, const imp_bench_params *how,
                        const imp_image *photo, const imp_image *painting, imp_error *err)
{
    imp_stand_in *network = NULL;
    const imp_inputs inputs = imp_inputs_of(photo, painting);
    imp_painter *painter = NULL;
    imp_status status = IMP_OK;
    imp_params params;
    imp_plan plan;
    double begin;

    TRY(job(&params, how, err));
    TRY(imp_stand_in_new(&network, err));
    TRY(imp_painter_plan(&plan, ctx, imp_stand_in_model(network), &inputs, &params, err));
    r->bench->planned = plan.memory;
    begin = imp_clock();
    TRY(imp_painter_new(&painter, ctx, imp_stand_in_model(network), &inputs, &params,
                        err));
    r->bench->start = imp_clock() - begin;
    TRY(run_steps(r, painter, err));
    summarise(r);
done:
    imp_painter_free(painter);
    imp_stand_in_free(network);
    return status;
}

static imp_status check(const imp_bench_params *params, imp_error *err)
{
    if (params->size < IMP_BENCH_MIN_SIZE || params->size > IMP_BENCH_MAX_SIZE)
        return imp_fail(err, IMP_EINVAL, "bench: size %zu: choose %d to %d", params->size,
                        IMP_BENCH_MIN_SIZE, IMP_BENCH_MAX_SIZE);
    if (params->steps < 1 || params->steps > IMP_BENCH_MAX_STEPS)
        return imp_fail(err, IMP_EINVAL, "bench: %d steps: choose 1 to %d", params->steps,
                        IMP_BENCH_MAX_STEPS);
    return IMP_OK;
}

imp_status imp_bench_run(imp_bench *bench, const imp_context *ctx,
                         const imp_bench_params *params, imp_error *err)
{
    imp_status status = check(params, err);
    const size_t n = status == IMP_OK ? (size_t) params->steps : 0;
    recorder r = { .bench = bench, .steps = (int) n };
    imp_image *photo = NULL, *painting = NULL;

    *bench = (imp_bench) { 0 };
    if (status != IMP_OK) return status;
    r.seconds = imp_alloc((IMP_BENCH_PARTS + 1) * WAYS * n, sizeof *r.seconds);
    if (!r.seconds) TRY(imp_fail(err, IMP_ENOMEM, "bench: no memory for the times"));
    TRY(imp_stand_in_image(&photo, params->size, params->size, 1, err));
    TRY(imp_stand_in_image(&painting, params->size, params->size, 2, err));
    imp_memory_peak_restart();
    TRY(paint(&r, ctx, params, photo, painting, err));
    bench->resident = imp_memory_peak();
done:
    imp_image_free(photo);
    imp_image_free(painting);
    imp_free(r.seconds);
    return status;
}
