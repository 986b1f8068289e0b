/* estimate.h - how long a job will take: a short trial, here and now, and then arithmetic. */
#ifndef IMP_ESTIMATE_H
#define IMP_ESTIMATE_H

#include "style/objective.h"
#include "style/schedule.h"

/* Sets stages[0..n).seconds: what each stage, coarsest first, takes from pictures and weights
 * to its last step. They are those of `job`, whose pictures may have any size and whose model
 * may be NULL: random weights then stand in. Tries the objective and the optimiser on the
 * pictures, at the job's own shape but a fraction of its size, for about a fifth of a second;
 * what is neither small nor quick it extends in proportion to the pixels. It takes less memory
 * than the job would.
 * Call it under the number of threads that the job is to run with. Errors: as
 * imp_objective_new(). */
imp_status imp_estimate_seconds(imp_stage *stages, int n, const imp_objective_desc *job,
                                imp_error *err);

#endif
