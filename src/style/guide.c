/* guide.c - see guide.h. */
#include "style/guide.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

typedef float join(float a, float b);

static float sum(float a, float b) { return a + b; }

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The least or the most of each value and its eight neighbours. */
static imp_status spread(imp_mask **out, const imp_mask *mask, join *better, imp_error *err)
{
    const size_t w = imp_mask_width(mask), h = imp_mask_height(mask);
    const imp_status status = imp_mask_new(out, w, h, err);
    const float *from = imp_mask_values_const(mask);
    float *to = status == IMP_OK ? imp_mask_values(*out) : NULL;

    for (size_t y = 0; to && y < h; y++)
        for (size_t x = 0; x < w; x++) {
            float best = from[y * w + x];
            for (size_t v = y ? y - 1 : 0; v < smaller(y + 2, h); v++)
                for (size_t u = x ? x - 1 : 0; u < smaller(x + 2, w); u++)
                    best = better(best, from[v * w + u]);
            to[y * w + x] = best;
        }
    return status;
}

/* Two by two values joined and multiplied; an odd last row or column is dropped. */
static imp_status halve(imp_mask **out, const imp_mask *mask, join *two, float by,
                        imp_error *err)
{
    const size_t w = imp_mask_width(mask), half = w / 2, h = imp_mask_height(mask) / 2;
    const imp_status status = imp_mask_new(out, half, h, err);
    const float *from = imp_mask_values_const(mask);
    float *to = status == IMP_OK ? imp_mask_values(*out) : NULL;

    for (size_t y = 0; to && y < h; y++)
        for (size_t x = 0; x < half; x++) {
            const float *a = from + 2 * y * w + 2 * x, *b = a + w;
            to[y * half + x] = by * two(two(a[0], a[1]), two(b[0], b[1]));
        }
    return status;
}

/* What a layer makes of *mask, which it replaces. */
static imp_status through(imp_mask **mask, imp_layer_kind kind, imp_guide rule, imp_error *err)
{
    join *better = rule == IMP_GUIDE_INSIDE ? fminf : fmaxf;
    imp_status status = IMP_OK;
    imp_mask *next = NULL;

    if (kind == IMP_LAYER_POOL && rule == IMP_GUIDE_SIMPLE)
        status = halve(&next, *mask, sum, 0.25f, err);
    else if (kind == IMP_LAYER_POOL)
        status = halve(&next, *mask, better, 1, err);
    else if (kind == IMP_LAYER_CONV && rule != IMP_GUIDE_SIMPLE)
        status = spread(&next, *mask, better, err);
    if (status != IMP_OK || !next) return status;
    imp_mask_free(*mask);
    *mask = next;
    return IMP_OK;
}

static int deepest(const int *layers, int n)
{
    int most = -1;

    for (int i = 0; i < n; i++)
        if (layers[i] > most) most = layers[i];
    return most;
}

static imp_status copy(imp_mask **out, const imp_mask *mask, imp_error *err)
{
    return imp_mask_resize(out, mask, imp_mask_width(mask), imp_mask_height(mask), err);
}

imp_status imp_guide_carry(imp_mask *guide[], const imp_mask *mask, const imp_network *net,
                           const int *layers, int n, imp_guide rule, imp_error *err)
{
    imp_status status = IMP_OK;
    imp_mask *now = NULL;

    for (int i = 0; i < n; i++) guide[i] = NULL;
    TRY(copy(&now, mask, err));
    for (int l = 0; l <= deepest(layers, n); l++) {
        TRY(through(&now, net->layer[l].kind, rule, err));
        for (int i = 0; i < n; i++)
            if (layers[i] == l) TRY(copy(&guide[i], now, err));
    }
done:
    imp_mask_free(now);
    return status;
}
