/* bench_compare.c - see bench_compare.h. */
#include "bench_compare.h"

#include <string.h>

#include "bench_result.h"
#include "report.h"

/* --- Machines ---------------------------------------------------------------------------- */

static bool same_text(const char *path, const char *what, const json_t *old, const json_t *new)
{
    const char *before = bench_text(old, what), *now = bench_text(new, what);

    if (!strcmp(before, now)) return true;
    warn("%s: made with another %s: %s; now it is %s", path, what, before, now);
    return false;
}

static bool same_number(const char *path, const char *what, const json_t *old,
                        const json_t *new)
{
    const double before = bench_number(old, what), now = bench_number(new, what);

    if (before == now) return true;
    warn("%s: made with %.0f %s; now it is %.0f", path, before, what, now);
    return false;
}

bool bench_compare_machines(const json_t *before, const json_t *now, const char *path)
{
    const json_t *old = json_object_get(before, "machine");
    const json_t *new = json_object_get(now, "machine");
    bool same = same_text(path, "processor", old, new);

    same &= same_number(path, "cores", old, new);
    same &= same_number(path, "threads", before, now);
    same &= same_text(path, "backend", before, now);
    same &= same_text(path, "precision", before, now);
    return same;
}

/* --- Times ------------------------------------------------------------------------------- */

static double ratio(double before, double now)
{
    return before > 0 ? now / before : 0;
}

/* A member that both have, if it is not 0 in either. */
static void print_row(const char *name, double scale, const json_t *old, const json_t *new,
                      const char *member)
{
    const double before = bench_number(old, member), now = bench_number(new, member);

    if (before > 0 && now > 0)
        printf("  %-26s  %10.3f  %10.3f  %6.2f\n", name, scale * before, scale * now,
               ratio(before, now));
}

static const json_t *find_part(const json_t *size, const char *name)
{
    const json_t *parts = json_object_get(size, "parts"), *part;
    size_t i;

    json_array_foreach(parts, i, part)
        if (!strcmp(bench_text(part, "name"), name)) return part;
    return NULL;
}

static void print_parts(const json_t *before, const json_t *now)
{
    const json_t *parts = json_object_get(now, "parts"), *part;
    char name[96];
    size_t i;

    json_array_foreach(parts, i, part) {
        const json_t *old = find_part(before, bench_text(part, "name"));
        snprintf(name, sizeof name, "%.60s forward", bench_text(part, "name"));
        print_row(name, 1e3, old, part, "forward");
        snprintf(name, sizeof name, "%.60s backward", bench_text(part, "name"));
        print_row(name, 1e3, old, part, "backward");
    }
}

void bench_compare_print(const json_t *before, const json_t *now)
{
    const json_t *sizes = json_object_get(now, "sizes"), *size, *old;
    size_t i;

    json_array_foreach(sizes, i, size) {
        const double side = bench_number(size, "size");
        if (!(old = bench_result_size(before, (json_int_t) side))) continue;
        printf("\n%-28s  %10s  %10s  %6s\n", "", "before", "now", "ratio");
        printf("%.0fx%.0f\n", side, side);
        print_row("step, ms", 1e3, old, size, "step");
        print_row("start, ms", 1e3, old, size, "start");
        print_row("memory, MB", 1e-6, old, size, "resident");
        print_parts(old, size);
    }
}

json_t *bench_compare_json(const json_t *before, const json_t *now, bool same_machine)
{
    const json_t *sizes = json_object_get(now, "sizes"), *size, *old;
    json_t *rows = json_array();
    size_t i;

    json_array_foreach(sizes, i, size) {
        const double side = bench_number(size, "size"), step = bench_number(size, "step");
        if (!(old = bench_result_size(before, (json_int_t) side))) continue;
        json_array_append_new(rows, json_pack(
            "{s:I, s:f, s:f, s:f}", "size", (json_int_t) side, "before",
            bench_number(old, "step"), "now", step, "ratio",
            ratio(bench_number(old, "step"), step)));
    }
    return json_pack("{s:b, s:o}", "same-machine", same_machine, "steps", rows);
}

double bench_compare_worst(const json_t *before, const json_t *now)
{
    const json_t *sizes = json_object_get(now, "sizes"), *size;
    double worst = 0;
    size_t i;

    json_array_foreach(sizes, i, size) {
        const double side = bench_number(size, "size");
        const json_t *old = bench_result_size(before, (json_int_t) side);
        const double r = ratio(bench_number(old, "step"), bench_number(size, "step"));
        if (r > worst) worst = r;
    }
    return worst;
}
