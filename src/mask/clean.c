/* clean.c - specks and holes taken out of a mask, or all parts but one. See impasto/mask.h.
 *
 * A part goes with its soft edge: from the part the edge is followed downhill, through
 * values that do not rise, as far as it is no part's that stays. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "mask/mask.h"
#include "mask/parts.h"

enum { UNSEEN, STAYS, GOES };

/* One kind at a time: specks as they are, holes with the mask turned over (1 - v). */
typedef struct cleaner {
    const imp_mask *mask;
    bool holes;
    unsigned char *fate;     /* of each pixel                          */
    uint32_t *queue;         /* pixels whose neighbours are to be seen */
    size_t n_queued;
} cleaner;

static float height_at(const cleaner *c, size_t i)
{
    return c->holes ? 1.0f - c->mask->value[i] : c->mask->value[i];
}

static void offer(cleaner *c, size_t from, size_t to)
{
    const float height = height_at(c, to);

    if (c->fate[to] != UNSEEN || !(height > 0.0f) || height > height_at(c, from)) return;
    c->fate[to] = c->fate[from];
    c->queue[c->n_queued++] = (uint32_t) to;
}

/* Each step outwards is taken by all parts in turn, so what lies between two goes to the
 * nearer. */
static void spread(cleaner *c)
{
    const size_t w = c->mask->width, n = w * c->mask->height;

    for (size_t next = 0; next < c->n_queued; next++) {
        const size_t i = c->queue[next], x = i % w;
        if (x) offer(c, i, i - 1);
        if (x + 1 < w) offer(c, i, i + 1);
        if (i >= w) offer(c, i, i - w);
        if (i + w < n) offer(c, i, i + w);
    }
}

/* Pixel i and all that spreads from it. */
static void decide(cleaner *c, size_t i, bool goes)
{
    c->fate[i] = goes ? GOES : STAYS;
    c->queue[c->n_queued++] = (uint32_t) i;
}

static void clean(cleaner *c, const imp_parts *parts, double least)
{
    const size_t n = c->mask->width * c->mask->height;

    c->n_queued = 0;
    for (size_t i = 0; i < n; i++) {
        c->fate[i] = UNSEEN;
        if (imp_is_inside(c->mask->value[i]) != c->holes)
            decide(c, i, (double) parts->area[parts->part[i]] < least);
    }
    spread(c);
    for (size_t i = 0; i < n; i++)
        if (c->fate[i] == GOES) c->mask->value[i] = c->holes ? 1.0f : 0.0f;
}

static imp_status take_memory(cleaner *c, imp_error *err)
{
    const size_t n = c->mask->width * c->mask->height;

    c->fate = imp_alloc(n, sizeof *c->fate);
    c->queue = imp_alloc(n, sizeof *c->queue);
    if (c->fate && c->queue) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory to clean a mask of %zu x %zu", c->mask->width,
                    c->mask->height);
}

imp_status imp_mask_clean(imp_mask *mask, double share, imp_error *err)
{
    const size_t n = mask->width * mask->height;
    cleaner c = { .mask = mask };
    imp_parts parts = { 0 };
    imp_status status = IMP_OK;

    if (!(share >= 0.0 && share <= 1.0))
        return imp_fail(err, IMP_EINVAL, "a share of %g: expected 0..1", share);
    TRY(take_memory(&c, err));
    for (int holes = 0; holes < 2; holes++) {
        TRY(imp_parts_find(&parts, mask->value, mask->width, mask->height, err));
        c.holes = holes;
        clean(&c, &parts, share * (double) n);
        imp_parts_clear(&parts);
    }

done:
    imp_parts_clear(&parts);
    imp_free(c.fate);
    imp_free(c.queue);
    return status;
}

/* What no part's edge leads to goes as well. */
static void leave(cleaner *c, const imp_parts *parts, size_t pixel)
{
    const size_t n = c->mask->width * c->mask->height;

    for (size_t i = 0; i < n; i++)
        if (imp_is_inside(c->mask->value[i]))
            decide(c, i, parts->part[i] != parts->part[pixel]);
    spread(c);
    for (size_t i = 0; i < n; i++)
        if (c->fate[i] != STAYS) c->mask->value[i] = 0;
}

imp_status imp_mask_leave_part(imp_mask *mask, size_t x, size_t y, imp_error *err)
{
    const size_t pixel = y * mask->width + x;
    cleaner c = { .mask = mask };
    imp_parts parts = { 0 };
    imp_status status = IMP_OK;

    if (x >= mask->width || y >= mask->height || !imp_is_inside(mask->value[pixel]))
        return imp_fail(err, IMP_EINVAL, "no part of the mask is at %zu, %zu", x, y);
    TRY(imp_parts_find(&parts, mask->value, mask->width, mask->height, err));
    TRY(take_memory(&c, err));
    leave(&c, &parts, pixel);

done:
    imp_parts_clear(&parts);
    imp_free(c.fate);
    imp_free(c.queue);
    return status;
}
