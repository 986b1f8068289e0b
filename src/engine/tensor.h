/* tensor.h - feature maps: channels x height x width in one of two layouts. */
#ifndef IMP_TENSOR_H
#define IMP_TENSOR_H

#include <stddef.h>

/* Channels lie in blocks of `block`: element (ch, y, x) stands at
 * ((ch / block * h + y) * w + x) * block + ch % block. Block 1 is planar (pictures), block 16
 * (IMP_BLOCK) is what convolutions like (oneDNN's nChw16c). Channels that only fill the last
 * block up are always zero, so elementwise work may run over all imp_tensor_floats().
 * `data` is an address in the backend's memory: only the backend's operations follow it. */
typedef struct imp_tensor {
    float *data;
    int c, h, w, block;
} imp_tensor;

enum { IMP_BLOCK = 16 };

/* Blocks of channels, the last of which may be filled up. */
static inline size_t imp_tensor_blocks(const imp_tensor *t)
{
    return ((size_t) t->c + (size_t) t->block - 1) / (size_t) t->block;
}

static inline size_t imp_tensor_pixels(const imp_tensor *t)
{
    return (size_t) t->h * (size_t) t->w;
}

/* Floats that the tensor occupies, filling included. */
static inline size_t imp_tensor_floats(const imp_tensor *t)
{
    return imp_tensor_blocks(t) * (size_t) t->block * imp_tensor_pixels(t);
}

/* Where element (ch, y, x) stands. */
static inline size_t imp_tensor_index(const imp_tensor *t, int ch, int y, int x)
{
    const size_t b = (size_t) t->block, c = (size_t) ch;
    return ((c / b * (size_t) t->h + (size_t) y) * (size_t) t->w + (size_t) x) * b + c % b;
}

#endif
