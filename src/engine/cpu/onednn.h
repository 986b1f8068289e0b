/* onednn.h - the table whose convolutions oneDNN computes, and filters that it computes. */
#ifndef IMP_ONEDNN_H
#define IMP_ONEDNN_H

#include "engine/ops.h"

extern const imp_ops imp_ops_onednn;

/* Filters for any table whose memory is the processor's. */
imp_status imp_onednn_conv2d_new(imp_conv2d **out, const imp_conv2d_desc *desc,
                                 const float *weight, const float *bias, imp_error *err);
void imp_onednn_conv2d_free(imp_conv2d *filter);
imp_status imp_onednn_sized_new(imp_sized_conv2d **out, const imp_conv2d *filter, int h, int w,
                                imp_error *err);
void imp_onednn_sized_free(imp_sized_conv2d *sized);
size_t imp_onednn_sized_scratch(const imp_sized_conv2d *sized);
void imp_onednn_sized_run(const imp_sized_conv2d *sized, imp_tensor *y, const imp_tensor *x,
                          void *scratch);

/* These in a table. */
#define IMP_ONEDNN_CONV2D \
    .conv2d_new = imp_onednn_conv2d_new, .conv2d_free = imp_onednn_conv2d_free, \
    .sized_new = imp_onednn_sized_new, .sized_free = imp_onednn_sized_free, \
    .sized_scratch = imp_onednn_sized_scratch, .sized_run = imp_onednn_sized_run

#endif
