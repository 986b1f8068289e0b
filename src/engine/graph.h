/* graph.h - a network as a graph, forward only: as data, with its weights packed for maps of
 * any size, and planned for one size.
 *
 * A graph is a list of nodes, each of which reads earlier ones; node 0 is the input, the last
 * one the output. Some nodes work where another's output lies, which nobody may read any more
 * then: imp_graph_conv() where it adds, and imp_graph_scale(). What imp_graph_concat() joins
 * is computed where it belongs, so that joining costs nothing. */
#ifndef IMP_GRAPH_H
#define IMP_GRAPH_H

#include "engine/ops.h"

typedef enum imp_node_kind {
    IMP_NODE_INPUT,
    IMP_NODE_CONV,       /* a filter of from[0]; with conv.add over what from[1] holds */
    IMP_NODE_MAX,        /* greatest of windows                                        */
    IMP_NODE_MEAN,       /* a map of one pixel                                         */
    IMP_NODE_SCALE,      /* from[0] times the pixel of from[1], channel by channel     */
    IMP_NODE_RESIZE,     /* from[0] at the size of from[1]                             */
    IMP_NODE_CONCAT      /* the channels of all, one after the other                   */
} imp_node_kind;

enum { IMP_MAX_NODES = 192, IMP_MAX_PARTS = 5, IMP_NODE_NAME = 56 };

typedef struct imp_node {
    imp_node_kind kind;
    int from[IMP_MAX_PARTS], n_from;
    int c;                       /* channels of the output                              */
    imp_conv2d_desc conv;        /* of a filter; a maximum has its kernel, stride, pad  */
    char name[IMP_NODE_NAME];    /* of a filter: what its weights are called            */
    char norm[IMP_NODE_NAME];    /* the batch norm to be folded into it; "": its bias   */
    double epsilon;              /* of that norm                                        */
} imp_node;

typedef struct imp_graph {
    imp_node node[IMP_MAX_NODES];
    int n;
} imp_graph;

/* --- Making a graph: each adds a node and returns its number. ---------------------------- */

int imp_graph_input(imp_graph *g, int channels);

/* The channels are desc->out_c; in_c is filled in, and `add` is the node it adds to, 0 for
 * none. The names are filled in later. */
int imp_graph_conv(imp_graph *g, int from, int add, const imp_conv2d_desc *desc);

/* Windows of side x side every `stride` pixels. */
int imp_graph_max(imp_graph *g, int from, int side, int stride, int pad);
int imp_graph_mean(imp_graph *g, int from);
int imp_graph_scale(imp_graph *g, int from, int factors);
int imp_graph_resize(imp_graph *g, int from, int like);

/* Each part's channels are whole blocks, and nothing works where another part lies. */
int imp_graph_concat(imp_graph *g, const int *parts, int n);

/* --- Weights ----------------------------------------------------------------------------- */

/* The weights of one filter as ops.h wants them, and its bias, valid until the next call. */
typedef imp_status imp_graph_source(void *user, const imp_node *node, const float **weight,
                                    const float **bias, imp_error *err);

typedef struct imp_graph_weights imp_graph_weights;

/* Asks `source` for each filter in order and packs what it gives. The graph must live on.
 * Ownership: the caller owns *out: imp_graph_weights_free(). Errors: the source's,
 * IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_graph_weights_new(imp_graph_weights **out, const imp_ops *ops, const imp_graph *graph,
                      imp_graph_source *source, void *user, imp_error *err);

void imp_graph_weights_free(imp_graph_weights *weights);

/* --- One size ---------------------------------------------------------------------------- */

typedef struct imp_graph_run imp_graph_run;

/* Bytes that imp_graph_run_new() would take for an input of h x w. */
IMP_MUST_CHECK imp_status
imp_graph_run_bytes(uint64_t *bytes, const imp_graph_weights *weights, int h, int w,
                    imp_error *err);

/* All memory is planned and taken, under the number of threads that it is to run with; the
 * weights must live on. Any number of runs may share them, one thread each.
 * Ownership: the caller owns *out: imp_graph_run_free(). Errors: IMP_EINVAL (too small or too
 * large a size), IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_graph_run_new(imp_graph_run **out, const imp_graph_weights *weights, int h, int w,
                  imp_error *err);

void imp_graph_run_free(imp_graph_run *run);

/* The input (planar if it has few channels), for the caller to fill; its memory is used for
 * other things during a run. */
imp_tensor *imp_graph_run_input(imp_graph_run *run);

void imp_graph_run_forward(imp_graph_run *run);

/* Valid until the input is filled again. */
const imp_tensor *imp_graph_run_output(const imp_graph_run *run);

#endif
