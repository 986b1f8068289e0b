/* bench_result.h - what a benchmark found, as JSON: printed, kept in files, compared. */
#ifndef IMP_BENCH_RESULT_H
#define IMP_BENCH_RESULT_H

#include <impasto/bench.h>

#include <jansson.h>

/* The machine and how it computes, with no sizes yet; measures the peaks. The caller owns it:
 * json_decref(). NULL if there is no memory. */
json_t *bench_result_new(const imp_context *ctx, imp_precision precision);

void bench_result_add(json_t *result, const imp_bench_params *params, const imp_bench *bench);

/* A result of before, from a file. Returns an exit status: something that is no result is
 * refused here, so that everything that bench_result_new() writes can be relied on. */
int bench_result_read(json_t **result, const char *path);

/* The result of one size, NULL if there is none. Owned by the result. */
const json_t *bench_result_size(const json_t *result, json_int_t size);

/* A member of a result or of a part of it; 0 and NULL if it is not there. */
double bench_number(const json_t *object, const char *name);
const char *bench_text(const json_t *object, const char *name);

/* For people, on standard output. */
void bench_result_print_machine(const json_t *result);
void bench_result_print_size(const json_t *result, const json_t *size);

#endif
