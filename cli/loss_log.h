/* loss_log.h - every loss term of every step, as CSV. */
#ifndef IMP_LOSS_LOG_H
#define IMP_LOSS_LOG_H

#include <stdio.h>

#include <impasto/impasto.h>

typedef struct loss_log { const char *path; FILE *file; int styles; } loss_log;

/* Writes the heading; path NULL makes a log that does nothing. With several styles each gets
 * a column of its own besides. A painting that goes on after `step` (0: it begins) keeps the
 * rows up to there, if they are there. Both return an exit status. */
int loss_log_open(loss_log *log, const char *path, const imp_params *params, int styles,
                  int step);
int loss_log_close(loss_log *log);

/* One row, which can be read at once. The losses are those of the picture before the step. */
void loss_log_row(loss_log *log, const imp_params *params, const imp_progress *at);

#endif
