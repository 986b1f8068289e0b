/* stand_in.h - a network without its weights: random ones, which take as long to compute. */
#ifndef IMP_STAND_IN_H
#define IMP_STAND_IN_H

#include <impasto/image.h>

#include "model/model.h"

typedef struct imp_stand_in imp_stand_in;

/* A VGG19 with uniform weights of He, Zhang, Ren and Sun's variance (2015), from a seed.
 * Layers of as many inputs share theirs: 16 MB in all.
 * Ownership: the caller owns *out: imp_stand_in_free(). Errors: IMP_ENOMEM. */
imp_status imp_stand_in_new(imp_stand_in **out, imp_error *err);
void imp_stand_in_free(imp_stand_in *stand_in);

/* Owned by the stand-in. */
const imp_model *imp_stand_in_model(const imp_stand_in *stand_in);

/* Noise, as a picture. The caller owns *out: imp_image_free(). Errors: IMP_ENOMEM. */
imp_status imp_stand_in_image(imp_image **out, size_t width, size_t height, uint64_t seed,
                              imp_error *err);

#endif
