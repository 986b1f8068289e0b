/* bench_compare.h - two results of impasto bench side by side. */
#ifndef IMP_BENCH_COMPARE_H
#define IMP_BENCH_COMPARE_H

#include <jansson.h>
#include <stdbool.h>

/* Warns of what makes the two hard to compare: another machine, other threads ... True if
 * nothing does. `path` is the earlier one's. */
bool bench_compare_machines(const json_t *before, const json_t *now, const char *path);

/* Prints what both have, with the ratio of now to before. */
void bench_compare_print(const json_t *before, const json_t *now);

/* The whole steps' times and ratios as JSON, to be owned by the caller. */
json_t *bench_compare_json(const json_t *before, const json_t *now, bool same_machine);

/* The largest ratio of two steps' times of one size, now to before; 0 if no size is in
 * both. */
double bench_compare_worst(const json_t *before, const json_t *now);

#endif
