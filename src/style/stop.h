/* stop.h - when a size has been painted enough. */
#ifndef IMP_STOP_H
#define IMP_STOP_H

#include "style/archive.h"

enum { IMP_STOP_WINDOW = 20 };   /* evaluations that are looked back on */

/* The least losses so far, of the last evaluations. Zeroed: none yet. */
typedef struct imp_stop {
    double least[IMP_STOP_WINDOW];
    int n;                        /* evaluations told */
} imp_stop;

/* Tells of one more loss. True if the least one has come down by less than `share` of itself
 * since IMP_STOP_WINDOW evaluations ago; never if share is 0. The least loss, and not the
 * newest, because a line search tries bad points as well and Adam's loss goes up and down. */
bool imp_stop_now(imp_stop *stop, double loss, double share);

/* Its state, either way. */
void imp_stop_visit(imp_stop *stop, imp_archive *archive);

#endif
