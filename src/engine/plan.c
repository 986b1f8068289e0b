/* plan.c - see plan.h. */
#include "engine/plan.h"

#include <stdint.h>

#include "base/memory.h"

bool imp_plan_round(size_t *bytes)
{
    if (*bytes > SIZE_MAX - IMP_ALIGN) return false;
    *bytes = (*bytes + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN;
    return true;
}

bool imp_plan_tensor(size_t *bytes, const imp_tensor *t)
{
    const size_t channels = imp_tensor_blocks(t) * (size_t) t->block;

    return imp_mul(bytes, channels * sizeof(float), (size_t) t->h)
           && imp_mul(bytes, *bytes, (size_t) t->w) && imp_plan_round(bytes);
}

/* Sorts by size, the largest first; equals keep their order. */
static void sort(imp_block **blocks, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        imp_block *b = blocks[i];
        size_t k = i;
        for (; k > 0 && blocks[k - 1]->bytes < b->bytes; k--) blocks[k] = blocks[k - 1];
        blocks[k] = b;
    }
}

static bool in_the_way(const imp_block *a, const imp_block *b)
{
    return a->first <= b->last && b->first <= a->last
           && a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

/* The lowest offset that is free of the n blocks placed so far. */
static bool place(imp_block *b, imp_block *const *placed, size_t n)
{
    bool moved = true;

    b->offset = 0;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < n; i++)
            if (in_the_way(b, placed[i])) {
                b->offset = placed[i]->offset + placed[i]->bytes;
                if (b->offset > SIZE_MAX - b->bytes) return false;
                moved = true;
            }
    }
    return true;
}

bool imp_plan_place(imp_block **blocks, size_t n, size_t *total)
{
    *total = 0;
    sort(blocks, n);
    for (size_t i = 0; i < n && blocks[i]->bytes; i++) {
        if (!place(blocks[i], blocks, i)) return false;
        const size_t end = blocks[i]->offset + blocks[i]->bytes;
        if (*total < end) *total = end;
    }
    return true;
}
