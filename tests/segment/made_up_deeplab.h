/* made_up_deeplab.h - weights for DeepLabV3 that follow from the tensors' names, the same ones
 * as tests/reference/deeplab.py makes up. */
#ifndef IMP_MADE_UP_DEEPLAB_H
#define IMP_MADE_UP_DEEPLAB_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "model/weights.h"
#include "segment/deeplab.h"

static inline uint64_t made_up_hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325u;

    for (; *text; text++) value = (value ^ (unsigned char) *text) * 0x100000001b3u;
    return value;
}

static inline bool made_up_ends(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);

    return n >= m && !strcmp(name + n - m, ending);
}

static inline void made_up_limits(double *low, double *high, const imp_named_tensor *t)
{
    *low = -0.3, *high = 0.3;
    if (t->n_dims == 4) {
        *high = sqrt(6 / (double) (t->dims[1] * t->dims[2] * t->dims[3]));
        *low = -*high;
    } else if (made_up_ends(t->name, "bn3.weight")) {
        *low = 0.1, *high = 0.3;
    } else if (made_up_ends(t->name, ".weight")) {
        *low = 0.45, *high = 1.4;
    } else if (made_up_ends(t->name, ".running_var")) {
        *low = 0.5, *high = 1.5;
    }
}

/* Adds a tensor to a table that has room for it. */
static inline void made_up_add(imp_weights *w, const char *of, const char *part,
                               const size_t *dims, int n_dims)
{
    imp_named_tensor *t = &w->item[w->n++];
    imp_random random;
    double low, high;
    size_t n;

    snprintf(t->name, sizeof t->name, "%s.%s", of, part);
    t->n_dims = n_dims;
    memcpy(t->dims, dims, (size_t) n_dims * sizeof *dims);
    n = imp_named_tensor_size(t);
    t->data = imp_alloc(n, sizeof *t->data);
    made_up_limits(&low, &high, t);
    random.state = made_up_hash(t->name);
    for (size_t i = 0; i < n; i++) {
        const double u = (double) (imp_random_u64(&random) >> 40) * 0x1p-24;
        t->data[i] = (float) (low + (high - low) * u);
    }
}

enum { MADE_UP_ROOM = 8 };   /* tensors that a test may add */

/* All that the network wants, but for the auxiliary head. Free with imp_weights_free(). */
static inline imp_weights *made_up_deeplab(const imp_deeplab *network, int classes)
{
    static const char *const norm_parts[] = { "weight", "bias", "running_mean",
                                              "running_var" };
    imp_weights *w = imp_alloc(1, sizeof *w);
    imp_graph *g = imp_alloc(1, sizeof *g);

    network->build(g, classes);
    w->item = imp_alloc(5 * (size_t) g->n + MADE_UP_ROOM, sizeof *w->item);
    for (int i = 0; i < g->n; i++) {
        const imp_node *node = &g->node[i];
        const imp_conv2d_desc *d = &node->conv;
        const size_t outs = (size_t) d->out_c, kernel = (size_t) d->kernel;
        const size_t dims[4] = { outs, d->depthwise ? 1 : (size_t) d->in_c, kernel, kernel };
        if (node->kind != IMP_NODE_CONV) continue;
        made_up_add(w, node->name, "weight", dims, 4);
        if (!node->norm[0]) made_up_add(w, node->name, "bias", &outs, 1);
        for (size_t k = 0; node->norm[0] && k < 4; k++)
            made_up_add(w, node->norm, norm_parts[k], &outs, 1);
    }
    imp_free(g);
    return w;
}

#endif
