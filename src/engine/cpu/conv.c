/* conv.c - the methods of a convolution, whatever its kind, and what follows one whose kind
 * leaves it undone. */
#include "engine/cpu/conv.h"

imp_status imp_conv_new(imp_conv **out, const imp_conv_kind *const *kinds,
                        const imp_conv_desc *desc, const float *weight, const float *bias,
                        imp_error *err)
{
    while (!(*kinds)->fits(desc)) kinds++;
    return (*kinds)->make(out, desc, weight, bias, err);
}

void imp_conv_free(imp_conv *conv)
{
    if (conv) conv->kind->free(conv);
}

size_t imp_conv_scratch(const imp_conv *conv)
{
    return conv->kind->scratch(conv);
}

size_t imp_conv_bytes(const imp_conv *conv)
{
    return conv->kind->bytes(conv);
}

void imp_conv_forward(const imp_conv *conv, imp_tensor *y, imp_gate *mask, const imp_tensor *x,
                      void *scratch)
{
    conv->kind->forward(conv, y, mask, x, scratch);
}

void imp_conv_backward(const imp_conv *conv, imp_tensor *dx, const imp_tensor *dy,
                       const imp_gate *mask, void *scratch)
{
    conv->kind->backward(conv, dx, dy, mask, scratch);
}

imp_tensor imp_conv_plane(const imp_conv_desc *d, float *data)
{
    const int more = 2 * d->pad - d->kernel + 1;

    return (imp_tensor) { data, d->out_c, d->h + more, d->w + more,
                          d->out_c < IMP_BLOCK ? 1 : IMP_BLOCK };
}

size_t imp_conv_plane_bytes(const imp_conv_desc *d)
{
    const imp_tensor z = imp_conv_plane(d, NULL);

    return d->pool || (d->relu && d->backward) ? imp_tensor_floats(&z) * sizeof(float) : 0;
}

/* --- Rectifier and pooling --------------------------------------------------------------- */

enum { B = IMP_BLOCK };

/* The number of a pixel among all those of a blocked map. */
static size_t pixel(const imp_tensor *t, int block, int y, int x)
{
    return ((size_t) block * (size_t) t->h + (size_t) y) * (size_t) t->w + (size_t) x;
}

static float *at(const imp_tensor *t, int block, int y, int x)
{
    return t->data + pixel(t, block, y, x) * B;
}

static imp_gate positive(const float *v)
{
    unsigned bits = 0;

    for (int i = 0; i < B; i++) bits |= (unsigned) (v[i] > 0) << i;
    return (imp_gate) bits;
}

static void rectify_row(imp_tensor *y, imp_gate *mask, const imp_tensor *z, int block, int row)
{
    for (int x = 0; x < z->w; x++) {
        const float *from = at(z, block, row, x);
        float *to = at(y, block, row, x);
        if (mask) mask[pixel(z, block, row, x)] = positive(from);
        #pragma omp simd
        for (int i = 0; i < B; i++) to[i] = from[i] > 0 ? from[i] : 0;
    }
}

/* Whose gradient passes: the first of a window's greatest, if that is positive. */
static void greatest(imp_gate bits[4], float (*v)[B], const float *most)
{
    unsigned taken = 0;

    for (int q = 0; q < 4; q++) {
        unsigned equal = 0;
        for (int i = 0; i < B; i++) equal |= (unsigned) (v[q][i] >= most[i]) << i;
        bits[q] = (imp_gate) (positive(v[q]) & equal & ~taken);
        taken |= bits[q];
    }
}

/* The four pixels of a window to one, and their bits. */
static void pool_window(float *restrict to, imp_gate bits[4], float (*v)[B], imp_pooling kind)
{
    if (kind == IMP_POOL_AVERAGE) {
        for (int i = 0; i < B; i++) to[i] = 0.25f * (v[0][i] + v[1][i] + v[2][i] + v[3][i]);
        for (int q = 0; q < 4; q++) bits[q] = positive(v[q]);
        return;
    }
    for (int i = 0; i < B; i++) {
        const float top = v[0][i] > v[1][i] ? v[0][i] : v[1][i];
        const float low = v[2][i] > v[3][i] ? v[2][i] : v[3][i];
        to[i] = top > low ? top : low;
    }
    greatest(bits, v, to);
}

/* One row of y. */
static void pool_row(const imp_conv_desc *d, imp_tensor *y, imp_gate *mask,
                     const imp_tensor *z, int block, int row)
{
    for (int x = 0; x < y->w; x++) {
        imp_gate bits[4];
        float v[4][B];
        for (int q = 0; q < 4; q++) {
            const float *from = at(z, block, 2 * row + q / 2, 2 * x + q % 2);
            for (int i = 0; i < B; i++) v[q][i] = from[i] > 0 ? from[i] : 0;
        }
        pool_window(at(y, block, row, x), bits, v, d->pooling);
        for (int q = 0; mask && q < 4; q++)
            mask[pixel(z, block, 2 * row + q / 2, 2 * x + q % 2)] = bits[q];
    }
}

/* What pooling drops of z: an odd last column, an odd last row. */
static void clear_dropped(imp_gate *mask, const imp_tensor *y, const imp_tensor *z, int block)
{
    for (int row = 0; row < z->h; row++)
        for (int x = row < 2 * y->h ? 2 * y->w : 0; x < z->w; x++)
            mask[pixel(z, block, row, x)] = 0;
}

void imp_conv_finish(const imp_conv_desc *desc, imp_tensor *y, imp_gate *mask,
                     const imp_tensor *z)
{
    const int n_blocks = (int) imp_tensor_blocks(z), rows = y->h;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int block = 0; block < n_blocks; block++)
        for (int row = 0; row < rows; row++)
            if (desc->pool) pool_row(desc, y, mask, z, block, row);
            else rectify_row(y, mask, z, block, row);
    for (int block = 0; desc->pool && mask && block < n_blocks; block++)
        clear_dropped(mask, y, z, block);
}

void imp_conv_spread(const imp_conv_desc *desc, imp_tensor *dz, const imp_tensor *dy,
                     const imp_gate *mask)
{
    const int n_blocks = (int) imp_tensor_blocks(dz), rows = dz->h, shift = desc->pool ? 1 : 0;
    const float scale = desc->pool && desc->pooling == IMP_POOL_AVERAGE ? 0.25f : 1;

    #pragma omp parallel for schedule(static) collapse(2)
    for (int block = 0; block < n_blocks; block++)
        for (int row = 0; row < rows; row++)
            for (int x = 0; x < dz->w; x++) {
                /* What pooling drops lies past the end of dy, and its bits are 0. */
                const float *from = at(dy, block, imp_least(row >> shift, dy->h - 1),
                                       imp_least(x >> shift, dy->w - 1));
                const unsigned bits = mask[pixel(dz, block, row, x)];
                float *to = at(dz, block, row, x);
                for (int i = 0; i < B; i++) to[i] = bits >> i & 1 ? scale * from[i] : 0;
            }
}
