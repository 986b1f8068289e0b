/* view.h - a tensor as it lies in a file: element type, shape and strides over some bytes. */
#ifndef IMP_VIEW_H
#define IMP_VIEW_H

#include <stdint.h>

#include "model/weights.h"

typedef enum imp_dtype {
    IMP_DTYPE_F32, IMP_DTYPE_F16, IMP_DTYPE_BF16, IMP_DTYPE_F64,
    IMP_DTYPE_U8, IMP_DTYPE_I8, IMP_DTYPE_I16, IMP_DTYPE_I32, IMP_DTYPE_I64
} imp_dtype;

/* Element (i, j, ...) stands at offset + i * stride[0] + j * stride[1] + ..., all in elements.
 * Elements may be shared (stride 0, overlapping rows). Numbers are little-endian. */
typedef struct imp_view {
    imp_dtype dtype;
    int n_dims;
    size_t dims[IMP_MAX_DIMS], strides[IMP_MAX_DIMS];
    size_t offset;
} imp_view;

size_t imp_dtype_size(imp_dtype dtype);

/* Sets the strides of a dense tensor. */
void imp_view_make_dense(imp_view *v);

/* The number of elements into *n; false if it overflows. */
bool imp_view_count(const imp_view *v, size_t *n);

/* Whether each element lies within `bytes` bytes. */
bool imp_view_fits(const imp_view *v, size_t bytes);

/* Writes the elements as floats, the last dimension fastest. The view must fit. */
void imp_view_gather(float *out, const imp_view *v, const uint8_t *data);

#endif
