/* saliency.c - see saliency.h. Two measures, added, times a liking for the middle:
 *
 * - how much brightness and colour must change, at the least, on the way from the border (the
 *   minimum barrier distance by raster scans: Zhang, Sclaroff and others, 2015);
 * - how unlike the colours along the sides it is, by the two most alike of them, so that the
 *   subject may touch one. */
#include "mask/saliency.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "mask/mask.h"
#include "mask/mixture.h"

enum { SCANS = 4, SIDES = 4 };

typedef struct way { float low, high; } way;   /* the least and the most met on a way */

typedef struct study {
    const float *rgb;
    size_t width, height;
    float *barrier, *unlike;      /* the two measures                        */
    float *value;                 /* one of the opponent colours             */
    way *way;                     /* the best from the border to each pixel  */
    float *cost;                  /* SIDES of each pixel                     */
    unsigned char *kind, *part;   /* for mixtures                            */
} study;

/* --- Barriers ---------------------------------------------------------------------------- */

/* Brightness, red against green, yellow against blue. */
static float opponent(const float *rgb, int which)
{
    if (which == 0) return 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
    if (which == 1) return rgb[0] - rgb[1];
    return 0.5f * (rgb[0] + rgb[1]) - rgb[2];
}

static void try_way(way *to, float value, const way *from)
{
    const way longer = { fminf(from->low, value), fmaxf(from->high, value) };

    if (longer.high - longer.low < to->high - to->low) *to = longer;
}

/* One scan, from the top left or from the bottom right. */
static void scan(way *ways, const float *value, size_t w, size_t h, bool forward)
{
    for (size_t k = 0; k < w * h; k++) {
        const size_t i = forward ? k : w * h - 1 - k, x = i % w, y = i / w;
        if (forward ? x > 0 : x + 1 < w)
            try_way(ways + i, value[i], ways + (forward ? i - 1 : i + 1));
        if (forward ? y > 0 : y + 1 < h)
            try_way(ways + i, value[i], ways + (forward ? i - w : i + w));
    }
}

static void add_barriers(study *s, int which)
{
    const size_t w = s->width, h = s->height;

    for (size_t i = 0; i < w * h; i++) {
        const size_t x = i % w, y = i / w;
        const bool border = !x || !y || x + 1 == w || y + 1 == h;
        const float v = s->value[i] = opponent(s->rgb + 3 * i, which);
        s->way[i] = border ? (way) { v, v } : (way) { -1e6f, 1e6f };
    }
    for (int k = 0; k < SCANS; k++) scan(s->way, s->value, w, h, k % 2 == 0);
    for (size_t i = 0; i < w * h; i++) s->barrier[i] += s->way[i].high - s->way[i].low;
}

/* --- Colours along the sides ------------------------------------------------------------- */

/* Pixels within a sixteenth of the way to the opposite side: 1, else 0. */
static void mark_side(study *s, int side)
{
    const size_t w = s->width, h = s->height, deep = (side % 2 ? h : w) / 16 + 1;

    for (size_t i = 0; i < w * h; i++) {
        const size_t x = i % w, y = i / w;
        const size_t away[SIDES] = { x, y, w - 1 - x, h - 1 - y };
        s->kind[i] = away[side] < deep;
    }
}

static void find_cost_of_side(study *s, int side)
{
    const imp_colours colours = { s->rgb, s->kind, s->width * s->height, 1 };
    imp_mixture mixture;

    mark_side(s, side);
    imp_mixture_start(&mixture, s->part, &colours);
    for (size_t i = 0; i < colours.n; i++)
        s->cost[SIDES * i + (size_t) side]
            = (float) imp_mixture_cost(&mixture, s->rgb + 3 * i);
}

static float least_two(const float cost[SIDES])
{
    float least = INFINITY, second = INFINITY;

    for (int k = 0; k < SIDES; k++)
        if (cost[k] < least) {
            second = least;
            least = cost[k];
        } else {
            second = fminf(second, cost[k]);
        }
    return 0.5f * (least + second);
}

static void find_unlike(study *s)
{
    for (int side = 0; side < SIDES; side++) find_cost_of_side(s, side);
    for (size_t i = 0; i < s->width * s->height; i++)
        s->unlike[i] = least_two(s->cost + SIDES * i);
}

/* --- Both -------------------------------------------------------------------------------- */

/* To 0 for the least, 1 for the most. */
static void stretch(float *value, size_t n)
{
    float low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        low = fminf(low, value[i]);
        high = fmaxf(high, value[i]);
    }
    for (size_t i = 0; i < n; i++)
        value[i] = high > low ? (value[i] - low) / (high - low) : 0.0f;
}

/* Falls to 1/e at the middle of each side. */
static float liking(size_t i, size_t w, size_t h)
{
    const float x = 2.0f * ((float) (i % w) + 0.5f) / (float) w - 1.0f;
    const float y = 2.0f * ((float) (i / w) + 0.5f) / (float) h - 1.0f;

    return expf(-x * x - y * y);
}

static bool take_memory(study *s)
{
    const size_t n = s->width * s->height;

    return (s->barrier = imp_alloc(n, sizeof *s->barrier))
           && (s->unlike = imp_alloc(n, sizeof *s->unlike))
           && (s->value = imp_alloc(n, sizeof *s->value))
           && (s->way = imp_alloc(n, sizeof *s->way))
           && (s->cost = imp_alloc(n, SIDES * sizeof *s->cost))
           && (s->kind = imp_alloc(n, 1)) && (s->part = imp_alloc(n, 1));
}

static void give_memory_back(study *s)
{
    imp_free(s->barrier);
    imp_free(s->unlike);
    imp_free(s->value);
    imp_free(s->way);
    imp_free(s->cost);
    imp_free(s->kind);
    imp_free(s->part);
}

imp_status imp_saliency_find(imp_mask **out, const imp_image *image, imp_error *err)
{
    study s = { .rgb = imp_image_rgb_const(image), .width = imp_image_width(image),
                .height = imp_image_height(image) };
    const size_t n = s.width * s.height;
    imp_status status = IMP_OK;

    TRY(imp_mask_new(out, s.width, s.height, err));
    if (!take_memory(&s)) {
        imp_mask_free(*out);
        *out = NULL;
        status = imp_fail(err, IMP_ENOMEM, "no memory to study %zu x %zu pixels", s.width,
                          s.height);
        goto done;
    }
    for (int k = 0; k < 3; k++) add_barriers(&s, k);
    find_unlike(&s);
    stretch(s.barrier, n);
    stretch(s.unlike, n);
    for (size_t i = 0; i < n; i++)
        (*out)->value[i] = (s.barrier[i] + s.unlike[i]) * liking(i, s.width, s.height);
    stretch((*out)->value, n);

done:
    give_memory_back(&s);
    return status;
}
