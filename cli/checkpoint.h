/* checkpoint.h - what a broken-off painting goes on from: --checkpoint and --resume. */
#ifndef IMP_CHECKPOINT_H
#define IMP_CHECKPOINT_H

#include "job.h"
#include "progress.h"

/* Is there a file to go on from, and can one be written? Returns an exit status. */
int checkpoint_can(const options *o);

/* The painter, at its first step or at that of the file. */
imp_status checkpoint_painter(imp_painter **out, const job *j, imp_error *err);

/* Where the painter stands, told if it is not at the beginning. Returns an exit status. */
int checkpoint_find_place(const job *j, progress *told, imp_progress *at);

/* Writes one. False if that was not possible, which has been said. */
bool checkpoint_write(const job *j, int step);

/* The picture is done. */
void checkpoint_remove(const job *j);

#endif
