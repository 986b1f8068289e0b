/* tiles.h - how a network looks at a picture that memory is too short for: by tiles of one
 * size that overlap, and that begin where the whole picture's places are. */
#ifndef IMP_TILES_H
#define IMP_TILES_H

#include "engine/graph.h"

typedef struct imp_tiles {
    int w, h;                  /* of the picture                                  */
    int stride;                /* pixels from one place of the output to the next */
    int tile_w, tile_h;        /* the last ones may reach out of the picture      */
    int across, down;
} imp_tiles;

/* Tiles that can be run in `room` bytes, split along their longer side no more often than that
 * takes; one alone is the whole picture.
 * Errors: IMP_ENOMEM (not even small ones), and those of imp_graph_run_bytes(). */
IMP_MUST_CHECK imp_status
imp_tiles_fit(imp_tiles *tiles, const imp_graph_weights *weights, int w, int h, int stride,
              uint64_t room, imp_error *err);

/* Where tile i of n begins along a side. */
int imp_tiles_begin(int side, int tile, int stride, int i, int n);

/* How much a place of a tile counts, i of n along a side: less towards the tile's edge. */
float imp_tiles_weight(int i, int n);

#endif
