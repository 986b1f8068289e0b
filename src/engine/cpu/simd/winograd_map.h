/* winograd_map.h - one call of a Winograd convolution: the maps that it reads and writes, and
 * the steps from tiles of them to planes and back. */
#ifndef IMP_WINOGRAD_MAP_H
#define IMP_WINOGRAD_MAP_H

#include "engine/cpu/simd/winograd.h"

/* How one direction is cut up; sizes in floats. */
typedef struct imp_wino_plan {
    const imp_wino_tile *tile;
    const imp_wino_bf16 *half;   /* products in bf16; NULL: in float                   */
    int in_c, out_c;
    int words;                   /* of input channels: in_c, or pairs of bf16          */
    int tiles_y, tiles_x;
    bool by_tiles;
    int block;                   /* tiles transformed at a time                        */
    int chunk;                   /* panels multiplied at a time                        */
    size_t v_plane, u_plane, m_plane;
    size_t shared, own;          /* scratch of all threads together, and of each one   */
} imp_wino_plan;

typedef struct imp_wino_job {
    const imp_wino_plan *plan;
    const float *weight, *bias;  /* bias NULL: none                                    */
    int h, w;                    /* of the convolution's plane, to which masks belong  */
    imp_tensor x;                /* the map that is read ...                           */
    const imp_gate *pass;        /* ... where these bits say so; NULL: all of it       */
    int shift;                   /* 1: x is pooled, one value for 2 x 2 pixels; else 0 */
    imp_tensor y;                /* the map that is written, pooled with `pool`        */
    imp_gate *mask;              /* NULL: none wanted                                  */
    bool relu, pool, average, stream;
    float *shared, *own;
} imp_wino_job;

/* n tiles from `first` on of the blocks of words from..to, as tiles 0 .. of v. */
void IMP_SIMD(imp_wino_input)(const imp_wino_job *j, float *v, int first, int n, int from,
                              int to);

/* n tiles from `first` on of the panels from..to, which lie as panels 0 .. in m. */
void IMP_SIMD(imp_wino_output)(const imp_wino_job *j, const float *m, int first, int n,
                               int from, int to);

#endif
