/* tiles.c - see tiles.h. */
#include "segment/tiles.h"

#include "base/error.h"

/* A quarter of each tile is the next one's too; a tile much smaller than what the network was
 * trained on sees too little around it. */
enum { OVERLAP = 4, LEAST = 192, RAMP = 8 };

enum { PIXEL_BYTES = 3 * sizeof(float) };   /* of the tile itself, beside the network */

static int round_up(int n, int unit)
{
    return (n + unit - 1) / unit * unit;
}

/* The side of n tiles that cover a side of the picture. */
static int tile_side(int side, int n, int stride)
{
    if (n == 1) return side;
    return round_up((OVERLAP * side + OVERLAP * n - n) / (OVERLAP * n - n + 1), stride);
}

static bool can_split(int tile)
{
    return tile > LEAST;
}

imp_status imp_tiles_fit(imp_tiles *tiles, const imp_graph_weights *weights, int w, int h,
                         int stride, uint64_t room, imp_error *err)
{
    imp_tiles t = { .w = w, .h = h, .stride = stride, .across = 1, .down = 1 };
    imp_status status = IMP_OK;
    uint64_t bytes;

    for (;;) {
        t.tile_w = tile_side(w, t.across, stride);
        t.tile_h = tile_side(h, t.down, stride);
        TRY(imp_graph_run_bytes(&bytes, weights, t.tile_h, t.tile_w, err));
        bytes += PIXEL_BYTES * (uint64_t) t.tile_w * (uint64_t) t.tile_h;
        if (bytes <= room) break;
        if (!can_split(t.tile_w) && !can_split(t.tile_h))
            return imp_fail(err, IMP_ENOMEM, "memory is too short for the network even tile "
                            "by tile: %llu MiB more are needed; allow more, or take a smaller "
                            "network", (unsigned long long) ((bytes - room) >> 20) + 1);
        if (t.tile_w >= t.tile_h) t.across++;
        else t.down++;
    }
    *tiles = t;
done:
    return status;
}

int imp_tiles_begin(int side, int tile, int stride, int i, int n)
{
    return n == 1 ? 0 : round_up(side - tile, stride) / stride * i / (n - 1) * stride;
}

float imp_tiles_weight(int i, int n)
{
    const int near = i + 1 < n - i ? i + 1 : n - i;

    return (float) (near < RAMP ? near : RAMP);
}
