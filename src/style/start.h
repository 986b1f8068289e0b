/* start.h - the picture that the optimisation starts from. */
#ifndef IMP_START_H
#define IMP_START_H

#include <impasto/style.h>

/* params->init_weight of what params->init names, the rest of the content. `content` and
 * `style` have their final sizes; `init` (IMP_INIT_IMAGE only) is resized to the content's.
 * CONTENT: the photograph. STYLE: normal noise with the mean and covariance of the painting's
 * colours. NOISE: uniform in [0, 1]. GREY: the mean colour of photographs, with normal noise
 * of a thousandth of a file's smallest step. All noise follows from params->seed alone.
 * Ownership: the caller owns *out. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_start_image(imp_image **out, const imp_params *params, const imp_image *content,
                const imp_image *style, const imp_image *init, imp_error *err);

/* What a larger size begins with: `small`, painted from `small_photo`, enlarged to the size of
 * `photo`, with params->detail of what is in `photo` and not in `small_photo` enlarged: what a
 * small picture cannot show, as in the lowest level of a Laplacian pyramid (Burt and Adelson
 * 1983). Ownership: the caller owns *out. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_start_larger(imp_image **out, const imp_params *params, const imp_image *small,
                 const imp_image *small_photo, const imp_image *photo, imp_error *err);

#endif
