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

#endif
