/* segmenter.h - the inside of a segmenter and of what it finds. */
#ifndef IMP_SEGMENTER_H
#define IMP_SEGMENTER_H

#include <impasto/segment.h>

#include "model/weights.h"
#include "segment/deeplab.h"

struct imp_segmenter {
    const imp_context *ctx;
    const imp_deeplab *network;
    imp_graph graph;
    imp_graph_weights *weights;
};

/* Makes one of the tensors of a file of that name, which are used up: free the table then.
 * See imp_segmenter_new(). */
IMP_MUST_CHECK imp_status
imp_segmenter_from(imp_segmenter **out, const imp_context *ctx, imp_weights *weights,
                   const char *name, imp_error *err);

/* What was found in a picture of width x height: for each of h x w places spread evenly over
 * it the logits of all classes. */
struct imp_segmentation {
    size_t width, height;
    int h, w;
    float *logits;             /* [h][w][IMP_CLASSES] */
};

/* Without logits yet, which are 0. The caller owns *out. */
IMP_MUST_CHECK imp_status
imp_segmentation_new(imp_segmentation **out, size_t width, size_t height, int h, int w,
                     imp_error *err);

#endif
