/* graph.c - see graph.h. Node i runs at moment i; what it makes is alive until the last node
 * that reads it, and plan.h finds room for all of it in one arena. */
#include "engine/graph.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/plan.h"

enum { MAX_SIDE = 1 << 28 };

struct imp_graph_weights {
    const imp_ops *ops;
    const imp_graph *graph;
    imp_conv2d *filter[IMP_MAX_NODES];    /* NULL: no filter */
};

/* A node's output lies in the block of its home, so many channels from its beginning. */
typedef struct stage {
    imp_tensor y;
    int home, offset;
    imp_block y_at, scratch_at;           /* y_at: of a home */
    imp_sized_conv2d *filter;
} stage;

struct imp_graph_run {
    const imp_graph_weights *weights;
    float *arena;
    size_t arena_bytes;
    stage stage[IMP_MAX_NODES];
};

/* --- Making a graph ---------------------------------------------------------------------- */

static int add_node(imp_graph *g, imp_node_kind kind, int c, const int *from, int n_from)
{
    imp_node *node = &g->node[g->n];

    assert(g->n < IMP_MAX_NODES && n_from <= IMP_MAX_PARTS);
    *node = (imp_node) { .kind = kind, .c = c, .n_from = n_from };
    for (int i = 0; i < n_from; i++) node->from[i] = from[i];
    return g->n++;
}

int imp_graph_input(imp_graph *g, int channels)
{
    g->n = 0;
    return add_node(g, IMP_NODE_INPUT, channels, NULL, 0);
}

int imp_graph_conv(imp_graph *g, int from, int add, const imp_conv2d_desc *desc)
{
    const int both[] = { from, add };
    const int node = add_node(g, IMP_NODE_CONV, desc->out_c, both, add > 0 ? 2 : 1);

    g->node[node].conv = *desc;
    g->node[node].conv.in_c = g->node[from].c;
    g->node[node].conv.add = add > 0;
    return node;
}

int imp_graph_max(imp_graph *g, int from, int side, int stride, int pad)
{
    const int node = add_node(g, IMP_NODE_MAX, g->node[from].c, &from, 1);

    g->node[node].conv = (imp_conv2d_desc) { .kernel = side, .stride = stride, .dilation = 1,
                                             .pad = pad };
    return node;
}

int imp_graph_mean(imp_graph *g, int from)
{
    return add_node(g, IMP_NODE_MEAN, g->node[from].c, &from, 1);
}

int imp_graph_scale(imp_graph *g, int from, int factors)
{
    const int both[] = { from, factors };

    return add_node(g, IMP_NODE_SCALE, g->node[from].c, both, 2);
}

int imp_graph_resize(imp_graph *g, int from, int like)
{
    const int both[] = { from, like };

    return add_node(g, IMP_NODE_RESIZE, g->node[from].c, both, 2);
}

int imp_graph_concat(imp_graph *g, const int *parts, int n)
{
    int c = 0;

    for (int i = 0; i < n; i++) c += g->node[parts[i]].c;
    return add_node(g, IMP_NODE_CONCAT, c, parts, n);
}

/* --- Weights ----------------------------------------------------------------------------- */

imp_status imp_graph_weights_new(imp_graph_weights **out, const imp_ops *ops,
                                 const imp_graph *graph, imp_graph_source *source, void *user,
                                 imp_error *err)
{
    imp_graph_weights *weights = imp_alloc(1, sizeof *weights);
    imp_status status = IMP_OK;

    *out = NULL;
    if (!weights) return imp_fail(err, IMP_ENOMEM, "no memory for a network");
    weights->ops = ops;
    weights->graph = graph;
    for (int i = 0; i < graph->n; i++) {
        const imp_node *node = &graph->node[i];
        const float *weight, *bias;
        if (node->kind != IMP_NODE_CONV) continue;
        TRY(source(user, node, &weight, &bias, err));
        TRY(ops->conv2d_new(&weights->filter[i], &node->conv, weight, bias, err));
    }
    *out = weights;
    weights = NULL;
done:
    imp_graph_weights_free(weights);
    return status;
}

void imp_graph_weights_free(imp_graph_weights *weights)
{
    if (!weights) return;
    for (int i = 0; i < weights->graph->n; i++)
        weights->ops->conv2d_free(weights->filter[i]);
    imp_free(weights);
}

/* --- The plan ---------------------------------------------------------------------------- */

static imp_tensor shape_of(const imp_graph_run *run, const imp_node *node)
{
    imp_tensor y = { .c = node->c, .block = node->c < IMP_BLOCK ? 1 : IMP_BLOCK };
    const imp_tensor *x = &run->stage[node->from[0]].y;

    if (node->kind == IMP_NODE_RESIZE) x = &run->stage[node->from[1]].y;
    y.h = node->kind == IMP_NODE_MEAN ? 1 : x->h;
    y.w = node->kind == IMP_NODE_MEAN ? 1 : x->w;
    if (node->kind == IMP_NODE_CONV || node->kind == IMP_NODE_MAX) {
        y.h = imp_conv2d_side(&node->conv, x->h);
        y.w = imp_conv2d_side(&node->conv, x->w);
    }
    return y;
}

static imp_status plan_shapes(imp_graph_run *run, int h, int w, imp_error *err)
{
    const imp_graph *g = run->weights->graph;

    run->stage[0].y = (imp_tensor) { NULL, g->node[0].c, h, w,
                                     g->node[0].c < IMP_BLOCK ? 1 : IMP_BLOCK };
    for (int i = 0; i < g->n; i++) {
        const imp_tensor *y = &run->stage[i].y;
        if (i > 0) run->stage[i].y = shape_of(run, &g->node[i]);
        if (y->h < 1 || y->w < 1)
            return imp_fail(err, IMP_EINVAL, "a picture of %dx%d is too small for the "
                            "network: choose a larger size", w, h);
        if (y->h > MAX_SIDE || y->w > MAX_SIDE)
            return imp_fail(err, IMP_EINVAL, "a picture of %dx%d is too large: choose a "
                            "smaller size", w, h);
    }
    return IMP_OK;
}

/* The node whose output this one's takes the place of, or -1. */
static int in_place_of(const imp_node *node)
{
    return node->kind == IMP_NODE_SCALE ? node->from[0]
           : node->kind == IMP_NODE_CONV && node->conv.add ? node->from[1] : -1;
}

/* Where each output lies. Nobody reads what another node has worked over. */
static void plan_homes(imp_graph_run *run)
{
    const imp_graph *g = run->weights->graph;
    stage *s = run->stage;

    for (int i = 0; i < g->n; i++) {
        const int before = in_place_of(&g->node[i]);
        s[i].home = before >= 0 ? s[before].home : i;
    }
    for (int i = 0, offset = 0; i < g->n; i++, offset = 0)
        for (int k = 0; g->node[i].kind == IMP_NODE_CONCAT && k < g->node[i].n_from; k++) {
            stage *part = &s[g->node[i].from[k]];
            assert(part->home == g->node[i].from[k] && part->y.c % IMP_BLOCK == 0);
            part->home = i;
            part->offset = offset;
            offset += part->y.c;
        }
}

/* The output is the caller's after the last moment; the input before the first. */
static void plan_lifetimes(imp_graph_run *run)
{
    const imp_graph *g = run->weights->graph;
    stage *s = run->stage;

    for (int i = g->n - 1; i >= 0; i--) s[s[i].home].y_at.first = i;
    for (int i = 0; i < g->n; i++) {
        imp_block_keep(&s[s[i].home].y_at, i);
        for (int k = 0; k < g->node[i].n_from; k++)
            imp_block_keep(&s[s[g->node[i].from[k]].home].y_at, i);
    }
}

static imp_status plan_filters(imp_graph_run *run, imp_error *err)
{
    const imp_graph_weights *weights = run->weights;
    const imp_graph *g = weights->graph;
    imp_status status = IMP_OK;

    for (int i = 0; i < g->n; i++) {
        const imp_tensor *x = &run->stage[g->node[i].from[0]].y;
        stage *s = &run->stage[i];
        if (!weights->filter[i]) continue;
        TRY(weights->ops->sized_new(&s->filter, weights->filter[i], x->h, x->w, err));
        s->scratch_at = (imp_block) { weights->ops->sized_scratch(s->filter), i, i, 0 };
    }
done:
    return status;
}

static imp_status plan_arena(imp_graph_run *run, imp_error *err)
{
    imp_block *blocks[2 * IMP_MAX_NODES];
    const int n = run->weights->graph->n;
    bool fits = true;

    plan_homes(run);
    plan_lifetimes(run);
    for (int i = 0; i < n; i++) {
        stage *s = &run->stage[i];
        fits = fits && imp_plan_round(&s->scratch_at.bytes)
               && (s->home != i || imp_plan_tensor(&s->y_at.bytes, &s->y));
        blocks[2 * i] = &s->y_at;
        blocks[2 * i + 1] = &s->scratch_at;
    }
    if (!fits || !imp_plan_place(blocks, (size_t) (2 * n), &run->arena_bytes))
        return imp_fail(err, IMP_ENOMEM, "a picture of %dx%d needs more memory than there can "
                        "be: choose a smaller size", run->stage[0].y.w, run->stage[0].y.h);
    return IMP_OK;
}

/* Everything but the arena itself. */
static imp_status plan_run(imp_graph_run **out, const imp_graph_weights *weights, int h, int w,
                           imp_error *err)
{
    imp_graph_run *run = imp_alloc(1, sizeof *run);
    imp_status status = IMP_OK;

    *out = NULL;
    if (!run) return imp_fail(err, IMP_ENOMEM, "no memory for a network");
    run->weights = weights;
    TRY(plan_shapes(run, h, w, err));
    TRY(plan_filters(run, err));
    TRY(plan_arena(run, err));
    *out = run;
    run = NULL;
done:
    imp_graph_run_free(run);
    return status;
}

imp_status imp_graph_run_bytes(uint64_t *bytes, const imp_graph_weights *weights, int h, int w,
                               imp_error *err)
{
    imp_graph_run *run;
    const imp_status status = plan_run(&run, weights, h, w, err);

    *bytes = status == IMP_OK ? sizeof *run + (uint64_t) run->arena_bytes : 0;
    imp_graph_run_free(run);
    return status;
}

imp_status imp_graph_run_new(imp_graph_run **out, const imp_graph_weights *weights, int h,
                             int w, imp_error *err)
{
    imp_status status = IMP_OK;
    imp_graph_run *run;

    *out = NULL;
    TRY(plan_run(&run, weights, h, w, err));
    if (!(run->arena = weights->ops->alloc(run->arena_bytes / sizeof(float)))) {
        status = imp_fail(err, IMP_ENOMEM, "no memory for a network over %dx%d pixels (%zu "
                          "bytes): choose a smaller size", w, h, run->arena_bytes);
        goto done;
    }
    for (int i = 0; i < weights->graph->n; i++) {
        stage *s = &run->stage[i];
        const size_t offset = (size_t) s->offset * imp_tensor_pixels(&s->y);
        s->y.data = run->arena + run->stage[s->home].y_at.offset / sizeof(float) + offset;
    }
    *out = run;
    run = NULL;
done:
    imp_graph_run_free(run);
    return status;
}

void imp_graph_run_free(imp_graph_run *run)
{
    if (!run) return;
    for (int i = 0; i < run->weights->graph->n; i++)
        run->weights->ops->sized_free(run->stage[i].filter);
    if (run->arena) run->weights->ops->free(run->arena);
    imp_free(run);
}

/* --- Running it -------------------------------------------------------------------------- */

imp_tensor *imp_graph_run_input(imp_graph_run *run)
{
    return &run->stage[0].y;
}

const imp_tensor *imp_graph_run_output(const imp_graph_run *run)
{
    return &run->stage[run->weights->graph->n - 1].y;
}

static void run_node(imp_graph_run *run, int i)
{
    const imp_node *node = &run->weights->graph->node[i];
    const imp_ops *ops = run->weights->ops;
    stage *s = &run->stage[i];
    const imp_tensor *x = &run->stage[node->from[0]].y;

    switch (node->kind) {
    case IMP_NODE_INPUT: case IMP_NODE_CONCAT: break;
    case IMP_NODE_CONV:
        ops->sized_run(s->filter, &s->y, x, run->arena + s->scratch_at.offset / sizeof(float));
        break;
    case IMP_NODE_MAX:
        ops->window_max(&s->y, x, node->conv.kernel, node->conv.stride, node->conv.pad);
        break;
    case IMP_NODE_MEAN:
        ops->fill(s->y.data, 0, imp_tensor_floats(&s->y));
        ops->channel_means(s->y.data, x, NULL, (double) imp_tensor_pixels(x));
        break;
    case IMP_NODE_SCALE:
        ops->scale_channels(&s->y, run->stage[node->from[1]].y.data);
        break;
    case IMP_NODE_RESIZE: ops->resize_bilinear(&s->y, x); break;
    }
}

void imp_graph_run_forward(imp_graph_run *run)
{
    for (int i = 1; i < run->weights->graph->n; i++) run_node(run, i);
}
