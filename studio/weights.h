/* weights.h - the weights of a job, which may be changed while it is painted: as they stand in
 * the job, as JSON, and changed by a request. */
#ifndef STUDIO_WEIGHTS_H
#define STUDIO_WEIGHTS_H

#include <jansson.h>

#include "studio/store.h"

/* Those that the job has. IMP_EINVAL if its settings are not understood. */
IMP_MUST_CHECK imp_status weights_of(imp_loss_weights *out, const job *j, imp_error *err);

/* Puts them into the job. Errors: as weights_of(), IMP_EINVAL (out of range), IMP_ENOMEM; the
 * job is then as it was. */
IMP_MUST_CHECK imp_status weights_set(job *j, const imp_loss_weights *w, imp_error *err);

/* {"params": {"content-weight": ..., ...}, "styles": [{"weight": ...}, ...]}. */
json_t *weights_json(const imp_loss_weights *w, int styles);

/* The same as text, and back. NULL: no memory; the caller frees it. */
char *weights_text(const imp_loss_weights *w, int styles);
bool weights_from_text(imp_loss_weights *w, int styles, const char *text);

/* What was changed of them after a step of its painting, in their order: [{"step": 60,
 * "weight": "content-weight", "from": 5, "to": 3}, ...], "style 1" for that of a style. The
 * caller frees *out. IMP_EINVAL as weights_of(), IMP_EIO, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
weights_changes(json_t **out, store *s, const job *j, imp_error *err);

/* What such an object has of them takes the place of those there are. IMP_EINVAL: it has
 * something else. Either may be NULL. */
IMP_MUST_CHECK imp_status weights_change(imp_loss_weights *w, int styles, const json_t *params,
                                         const json_t *list, imp_error *err);

#endif
