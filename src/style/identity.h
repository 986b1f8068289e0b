/* identity.h - what a job is known by: what it is painted from, how, and by what. */
#ifndef IMP_IDENTITY_H
#define IMP_IDENTITY_H

#include <impasto/style.h>

#include "style/archive.h"

/* Pictures and masks by their check sums; 0: there is none. */
typedef struct imp_identity {
    const imp_context *ctx;
    const imp_model *model;
    const imp_params *params;
    const imp_inputs *inputs;    /* their numbers: the pictures need not stay */
    uint64_t photo, init, content, keep;
    struct { uint64_t painting, region, source; } style[IMP_MAX_STYLES];
} imp_identity;

/* All four must outlive it. */
imp_identity imp_identity_of(const imp_context *ctx, const imp_model *model,
                             const imp_inputs *inputs, const imp_params *params);

/* Writes it, or reads that of another job: if the two are not the same the archive's status
 * becomes IMP_EINVAL, and the message says what the difference is. */
void imp_identity_visit(const imp_identity *own, imp_archive *archive, imp_error *err);

#endif
