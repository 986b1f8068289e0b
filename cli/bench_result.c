/* bench_result.c - see bench_result.h. */
#include "bench_result.h"

#include <errno.h>
#include <string.h>

#include "number.h"
#include "report.h"

/* --- Making ------------------------------------------------------------------------------ */

static json_t *machine_json(void)
{
    imp_machine m;

    imp_machine_describe(&m);
    return json_pack("{s:o, s:i, s:i, s:s}", "processor", report_text(m.processor), "cores",
                     m.cores, "threads", m.threads, "instructions", m.instructions);
}

static json_t *peaks_json(const imp_context *ctx)
{
    json_t *peaks = json_array();
    imp_peak peak;

    for (size_t i = 0; imp_peak_measure(&peak, ctx, i); i++)
        json_array_append_new(peaks, json_pack("{s:s, s:f}", "level", peak.level, "gflops",
                                               peak.flops / 1e9));
    return peaks;
}

json_t *bench_result_new(const imp_context *ctx, imp_precision precision)
{
    return json_pack("{s:s, s:o, s:s, s:i, s:s, s:o, s:[]}", "impasto", imp_version(),
                     "machine", machine_json(), "backend", imp_context_backend(ctx),
                     "threads", imp_context_threads(ctx), "precision",
                     precision == IMP_PRECISION_BF16 ? "bf16" : "fp32", "peak",
                     peaks_json(ctx), "sizes");
}

static json_t *part_json(const imp_bench_part *part)
{
    return json_pack("{s:s, s:f, s:f, s:f}", "name", part->name, "forward", part->forward,
                     "backward", part->backward, "gflop", part->flop / 1e9);
}

void bench_result_add(json_t *result, const imp_bench_params *params, const imp_bench *bench)
{
    json_t *parts = json_array();

    for (int i = 0; i < bench->n_parts; i++)
        json_array_append_new(parts, part_json(&bench->part[i]));
    json_array_append_new(
        json_object_get(result, "sizes"),
        json_pack("{s:I, s:i, s:f, s:f, s:f, s:f, s:I, s:I, s:o}", "size",
                  (json_int_t) params->size, "steps", params->steps, "step", bench->step,
                  "fastest", bench->fastest, "slowest", bench->slowest, "start", bench->start,
                  "planned", (json_int_t) bench->planned, "resident",
                  (json_int_t) bench->resident, "parts", parts));
}

double bench_number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

const char *bench_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* --- Reading ----------------------------------------------------------------------------- */

static int no_result(const char *path, const char *why)
{
    return complain(STATUS_INPUT, "%s: no result of impasto bench --json: %s", path, why);
}

static bool numbers(const json_t *object, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(json_number_value(json_object_get(object, names[i])) >= 0)
            || !json_is_number(json_object_get(object, names[i])))
            return false;
    return true;
}

static bool part_is_whole(const json_t *part)
{
    static const char *const names[] = { "forward", "backward", "gflop" };

    return json_is_string(json_object_get(part, "name")) && numbers(part, names, 3);
}

static bool size_is_whole(const json_t *size)
{
    static const char *const names[] = {
        "size", "steps", "step", "fastest", "slowest", "start", "planned", "resident",
    };
    const json_t *parts = json_object_get(size, "parts"), *part;
    size_t i;

    if (!numbers(size, names, sizeof names / sizeof *names) || !json_is_array(parts)
        || !(json_number_value(json_object_get(size, "step")) > 0))
        return false;
    json_array_foreach(parts, i, part)
        if (!part_is_whole(part)) return false;
    return true;
}

static bool peaks_are_whole(const json_t *peaks)
{
    static const char *const names[] = { "gflops" };
    const json_t *peak;
    size_t i;

    json_array_foreach(peaks, i, peak)
        if (!json_is_string(json_object_get(peak, "level")) || !numbers(peak, names, 1))
            return false;
    return json_is_array(peaks);
}

static int check(const json_t *result, const char *path)
{
    static const char *const counts[] = { "threads", "cores" };
    const json_t *machine = json_object_get(result, "machine");
    const json_t *sizes = json_object_get(result, "sizes"), *size;
    size_t i;

    if (!json_is_string(json_object_get(machine, "processor"))
        || !json_is_string(json_object_get(machine, "instructions"))
        || !numbers(machine, counts, 2))
        return no_result(path, "\"machine\" is missing or not whole");
    if (!json_is_string(json_object_get(result, "backend"))
        || !json_is_string(json_object_get(result, "precision"))
        || !numbers(result, counts, 1) || !peaks_are_whole(json_object_get(result, "peak")))
        return no_result(path, "how it was computed is missing");
    if (!json_array_size(sizes)) return no_result(path, "\"sizes\" is missing or empty");
    json_array_foreach(sizes, i, size)
        if (!size_is_whole(size)) return no_result(path, "a size is not whole");
    return STATUS_OK;
}

int bench_result_read(json_t **result, const char *path)
{
    json_error_t err;
    FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;

    *result = NULL;
    if (!f) return complain(STATUS_INPUT, "%s: %s", path, strerror(errno));
    *result = json_loadf(f, 0, &err);
    if (f != stdin) fclose(f);
    if (!*result)
        return complain(STATUS_INPUT, "%s: line %d: bad JSON: %s", path, err.line, err.text);
    return check(*result, path);
}

const json_t *bench_result_size(const json_t *result, json_int_t size)
{
    const json_t *sizes = json_object_get(result, "sizes"), *one;
    size_t i;

    json_array_foreach(sizes, i, one)
        if (json_number_value(json_object_get(one, "size")) == (double) size) return one;
    return NULL;
}

/* --- Printing ---------------------------------------------------------------------------- */

void bench_result_print_machine(const json_t *result)
{
    const json_t *machine = json_object_get(result, "machine");
    const json_t *peaks = json_object_get(result, "peak"), *peak;
    size_t i;

    printf("machine    %s: %.0f core%s, %.0f thread%s\n", bench_text(machine, "processor"),
           bench_number(machine, "cores"), bench_number(machine, "cores") > 1 ? "s" : "",
           bench_number(machine, "threads"), bench_number(machine, "threads") > 1 ? "s" : "");
    printf("           %s\n", bench_text(machine, "instructions"));
    printf("computing  %s, %.0f thread%s, %s\n", bench_text(result, "backend"),
           bench_number(result, "threads"), bench_number(result, "threads") > 1 ? "s" : "",
           bench_text(result, "precision"));
    printf("peak       ");
    json_array_foreach(peaks, i, peak)
        printf("%s%s %.0f GFLOP/s", i ? ", " : "", bench_text(peak, "level"),
               bench_number(peak, "gflops"));
    puts(i ? "" : "not measured");
}

/* The peak of a level; if it has none, the best of floats. */
static double peak_of_level(const json_t *peaks, const char *level)
{
    const json_t *peak;
    double best = 0;
    size_t i;

    json_array_foreach(peaks, i, peak) {
        const double gflops = bench_number(peak, "gflops");
        if (!strcmp(bench_text(peak, "level"), level)) return gflops;
        if (gflops > best && !strchr(bench_text(peak, "level"), '-')) best = gflops;
    }
    return best;
}

/* What the convolutions' products can reach at most. */
static double peak_of(const json_t *result)
{
    const char *precision = bench_text(result, "precision");
    char level[64];

    snprintf(level, sizeof level, "%.40s%s", bench_text(result, "backend"),
             strcmp(precision, "bf16") ? "" : "-bf16");
    return peak_of_level(json_object_get(result, "peak"), level);
}

/* Milliseconds, and for work that is counted the speed and its share of the peak. */
static void print_way(double seconds, double gflop, double peak)
{
    if (!(seconds > 0)) {
        printf("%27s", "");
        return;
    }
    printf("  %9.3f", 1e3 * seconds);
    if (gflop > 0 && peak > 0)
        printf("  %7.1f %4.0f %%", gflop / seconds, 100 * gflop / seconds / peak);
    else printf("%16s", "");
}

static void print_parts(const json_t *parts, double peak)
{
    static const char *const ways[] = { "forward", "backward" };
    double sum[2] = { 0 };
    const json_t *part;
    size_t i;

    printf("  %-17s  %9s  %7s %6s  %9s  %7s %6s\n", "ms", "forward", "GFLOP/s", "peak",
           "backward", "GFLOP/s", "peak");
    json_array_foreach(parts, i, part) {
        printf("  %-17s", bench_text(part, "name"));
        for (int way = 0; way < 2; way++) {
            const double seconds = bench_number(part, ways[way]);
            print_way(seconds, bench_number(part, "gflop"), peak);
            sum[way] += seconds;
        }
        putchar('\n');
    }
    printf("  %-17s", "all");
    print_way(sum[0], 0, 0);
    print_way(sum[1], 0, 0);
    putchar('\n');
}

void bench_result_print_size(const json_t *result, const json_t *size)
{
    char planned[NUMBER_TEXT], resident[NUMBER_TEXT];
    const double side = bench_number(size, "size");

    printf("\n%.0fx%.0f: %.4f s a step (%.4f to %.4f, median of %.0f), %.2f s to start\n",
           side, side, bench_number(size, "step"), bench_number(size, "fastest"),
           bench_number(size, "slowest"), bench_number(size, "steps"),
           bench_number(size, "start"));
    printf("  memory: %s at the peak, planned %s\n",
           number_bytes(resident, (uint64_t) bench_number(size, "resident")),
           number_bytes(planned, (uint64_t) bench_number(size, "planned")));
    print_parts(json_object_get(size, "parts"), peak_of(result));
}
