/* gram_reference.h - Gram matrices and their gradient for any map, in plain C. */
#ifndef IMP_GRAM_REFERENCE_H
#define IMP_GRAM_REFERENCE_H

#include "engine/ops.h"

void imp_gram_reference(float *g, const imp_tensor *x, const imp_part *part, double scale);
void imp_gram_backward_reference(imp_tensor *dx, const float *d, const float *s,
                                 const imp_tensor *x, const imp_part *part, double scale);

#endif
