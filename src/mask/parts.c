/* parts.c - see parts.h. A forest over the pixels (Hoshen and Kopelman, 1976): each points to
 * one before it of the same part, the first to itself. */
#include "mask/parts.h"

#include "base/error.h"
#include "base/memory.h"

static uint32_t root(uint32_t *part, uint32_t i)
{
    while (part[i] != i) i = part[i] = part[part[i]];
    return i;
}

static void join(uint32_t *part, size_t i, size_t j)
{
    const uint32_t a = root(part, (uint32_t) i), b = root(part, (uint32_t) j);

    if (a < b) part[b] = a;
    else part[a] = b;
}

/* With those of its neighbours that have been seen before it. */
static void join_neighbours(uint32_t *part, const float *value, size_t w, size_t i)
{
    const size_t x = i % w;
    const bool inside = imp_is_inside(value[i]), below = i >= w;

    if (x && imp_is_inside(value[i - 1]) == inside) join(part, i, i - 1);
    if (below && imp_is_inside(value[i - w]) == inside) join(part, i, i - w);
    if (!inside || !below) return;
    if (x && imp_is_inside(value[i - w - 1])) join(part, i, i - w - 1);
    if (x + 1 < w && imp_is_inside(value[i - w + 1])) join(part, i, i - w + 1);
}

imp_status imp_parts_find(imp_parts *parts, const float *value, size_t width, size_t height,
                          imp_error *err)
{
    const size_t n = width * height;

    *parts = (imp_parts) { 0 };
    if (n > UINT32_MAX)
        return imp_fail(err, IMP_ELIMIT, "a mask of %zu x %zu is too large to be cleaned",
                        width, height);
    if (!(parts->part = imp_alloc(n, sizeof *parts->part))
        || !(parts->area = imp_alloc(n, sizeof *parts->area)))
        return imp_fail(err, IMP_ENOMEM, "no memory to find the parts of %zu x %zu pixels",
                        width, height);
    for (size_t i = 0; i < n; i++) {
        parts->part[i] = (uint32_t) i;
        join_neighbours(parts->part, value, width, i);
    }
    for (size_t i = 0; i < n; i++)
        parts->area[parts->part[i] = root(parts->part, (uint32_t) i)]++;
    return IMP_OK;
}

void imp_parts_clear(imp_parts *parts)
{
    imp_free(parts->part);
    imp_free(parts->area);
    *parts = (imp_parts) { 0 };
}
