/* saliency.h - where a picture differs from its borders. */
#ifndef IMP_SALIENCY_H
#define IMP_SALIENCY_H

#include <impasto/mask.h>

/* How much each pixel stands out, the most of them 1. Meant for small pictures, some hundred
 * pixels wide. *out has the picture's size. Ownership: the caller owns *out: imp_mask_free().
 * Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_saliency_find(imp_mask **out, const imp_image *image, imp_error *err);

#endif
