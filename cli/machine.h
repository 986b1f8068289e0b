/* machine.h - the options that say how to compute, as a context. */
#ifndef IMP_MACHINE_H
#define IMP_MACHINE_H

#include "options.h"

/* Returns an exit status; the caller frees *ctx. */
int machine_context(imp_context **ctx, const options *o);

#endif
