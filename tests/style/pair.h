/* pair.h - the inputs of most tests: one photograph, one painting. */
#ifndef PAIR_H
#define PAIR_H

#include <impasto/style.h>

#define PAIR(photo, painting) ((const imp_inputs[]) { imp_inputs_of((photo), (painting)) })

/* The same started from a picture. */
static inline imp_inputs pair_from(const imp_image *photo, const imp_image *painting,
                                   const imp_image *init)
{
    imp_inputs inputs = imp_inputs_of(photo, painting);

    inputs.init = init;
    return inputs;
}

#define PAIR_FROM(photo, painting, init) \
    ((const imp_inputs[]) { pair_from((photo), (painting), (init)) })

#endif
