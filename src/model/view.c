/* view.c - see view.h: bounds first, then conversion row by row. */
#include "model/view.h"

#include <string.h>

#include "base/memory.h"

size_t imp_dtype_size(imp_dtype dtype)
{
    switch (dtype) {
    case IMP_DTYPE_F64: case IMP_DTYPE_I64: return 8;
    case IMP_DTYPE_F32: case IMP_DTYPE_I32: return 4;
    case IMP_DTYPE_F16: case IMP_DTYPE_BF16: case IMP_DTYPE_I16: return 2;
    case IMP_DTYPE_U8: case IMP_DTYPE_I8: return 1;
    }
    return 1;
}

void imp_view_make_dense(imp_view *v)
{
    size_t step = 1;

    for (int i = v->n_dims - 1; i >= 0; i--) {
        v->strides[i] = step;
        step *= v->dims[i];   /* wraps only where imp_view_count() fails */
    }
}

bool imp_view_count(const imp_view *v, size_t *n)
{
    bool empty = false, fits = true;

    *n = 1;
    for (int i = 0; i < v->n_dims; i++) {
        empty = empty || v->dims[i] == 0;
        fits = fits && imp_mul(n, *n, v->dims[i]);
    }
    if (empty) *n = 0;
    return fits || empty;
}

bool imp_view_fits(const imp_view *v, size_t bytes)
{
    const size_t n_stored = bytes / imp_dtype_size(v->dtype);
    size_t n, last = v->offset, reach;

    if (!imp_view_count(v, &n)) return false;
    if (n == 0) return v->offset <= n_stored;
    for (int i = 0; i < v->n_dims; i++)
        if (!imp_mul(&reach, v->dims[i] - 1, v->strides[i])
            || __builtin_add_overflow(last, reach, &last))
            return false;
    return last < n_stored;
}

/* --- Numbers ----------------------------------------------------------------------------- */

static uint16_t load16(const uint8_t *p)
{
    return (uint16_t) (p[0] | p[1] << 8);
}

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t) load16(p) | (uint32_t) load16(p + 2) << 16;
}

static uint64_t load64(const uint8_t *p)
{
    return (uint64_t) load32(p) | (uint64_t) load32(p + 4) << 32;
}

static float float_of(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

static float double_of(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return (float) d;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float half_of(uint16_t h)
{
    const uint32_t sign = (uint32_t) (h & 0x8000) << 16, exponent = h >> 10 & 31,
                   fraction = h & 1023;
    const float small = (float) fraction * 0x1p-24f;   /* without the hidden bit */

    if (exponent == 0) return sign ? -small : small;
    if (exponent == 31) return float_of(sign | 0x7f800000u | fraction << 13);
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

/* n elements, `step` elements apart. */
static void convert_row(float *out, const uint8_t *in, size_t n, size_t step, imp_dtype dtype)
{
#define EACH(size, value) do { \
        for (size_t i = 0; i < n; i++) { \
            const uint8_t *p = in + i * step * (size); \
            out[i] = (value); \
        } \
    } while (0)

    switch (dtype) {
    case IMP_DTYPE_F32: EACH(4, float_of(load32(p))); break;
    case IMP_DTYPE_F16: EACH(2, half_of(load16(p))); break;
    case IMP_DTYPE_BF16: EACH(2, float_of((uint32_t) load16(p) << 16)); break;
    case IMP_DTYPE_F64: EACH(8, double_of(load64(p))); break;
    case IMP_DTYPE_U8: EACH(1, (float) *p); break;
    case IMP_DTYPE_I8: EACH(1, (float) (int8_t) *p); break;
    case IMP_DTYPE_I16: EACH(2, (float) (int16_t) load16(p)); break;
    case IMP_DTYPE_I32: EACH(4, (float) (int32_t) load32(p)); break;
    case IMP_DTYPE_I64: EACH(8, (float) (int64_t) load64(p)); break;
    }
#undef EACH
}

/* --- Order ------------------------------------------------------------------------------- */

/* Joins neighbouring dimensions that lie as one, so that a dense tensor is a single row. */
static void collapse(imp_view *v)
{
    int n = 0;

    for (int i = 0; i < v->n_dims; i++) {
        if (v->dims[i] == 1) continue;
        if (n > 0 && v->strides[n - 1] == v->dims[i] * v->strides[i]) {
            v->dims[n - 1] *= v->dims[i];
            v->strides[n - 1] = v->strides[i];
        } else {
            v->dims[n] = v->dims[i];
            v->strides[n++] = v->strides[i];
        }
    }
    if (n == 0) v->dims[n] = v->strides[n] = 1, n++;
    v->n_dims = n;
}

/* Steps to the next row: the last dimension but one runs fastest. False after the last row. */
static bool next_row(size_t index[IMP_MAX_DIMS], size_t *at, const imp_view *v)
{
    for (int i = v->n_dims - 2; i >= 0; i--) {
        *at += v->strides[i];
        if (++index[i] < v->dims[i]) return true;
        *at -= index[i] * v->strides[i];
        index[i] = 0;
    }
    return false;
}

void imp_view_gather(float *out, const imp_view *view, const uint8_t *data)
{
    const size_t size = imp_dtype_size(view->dtype);
    size_t index[IMP_MAX_DIMS] = { 0 }, at = view->offset, row, n;
    imp_view v = *view;

    if (!imp_view_count(&v, &n) || n == 0) return;
    collapse(&v);
    row = v.dims[v.n_dims - 1];
    do {
        convert_row(out, data + at * size, row, v.strides[v.n_dims - 1], v.dtype);
        out += row;
    } while (next_row(index, &at, &v));
}
