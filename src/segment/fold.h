/* fold.h - the weights of a graph out of a table of tensors, batch norms folded into the
 * filters before them. */
#ifndef IMP_FOLD_H
#define IMP_FOLD_H

#include "engine/graph.h"
#include "model/weights.h"

/* Whether each tensor that the graph wants is there with its shape, and no other; `name` is
 * the file's. Errors: IMP_EFORMAT names the first that is missing, misshapen or too many. */
IMP_MUST_CHECK imp_status
imp_fold_check(const imp_graph *graph, const imp_weights *w, const char *name, imp_error *err);

/* A table being used up: filters are folded where they lie, and freed at the next call. */
typedef struct imp_fold {
    imp_weights *weights;      /* checked; emptied bit by bit */
    imp_named_tensor *last;    /* what the latest call gave   */
    float *bias;               /* IMP_FOLD_MOST of them       */
} imp_fold;

enum { IMP_FOLD_MOST = 4096 }; /* outputs of a filter, at most */

/* An imp_graph_source; `user` is an imp_fold. */
imp_status imp_fold_source(void *user, const imp_node *node, const float **weight,
                           const float **bias, imp_error *err);

#endif
