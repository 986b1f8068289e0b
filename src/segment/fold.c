/* fold.c - see fold.h. */
#include "segment/fold.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { SHAPE_TEXT = 96 };

/* --- Checking ---------------------------------------------------------------------------- */

/* Of one check: which tensors have been asked for. */
typedef struct inventory {
    const imp_weights *weights;
    bool *asked;
    const char *name;
    imp_error *err;
} inventory;

static const char *shape_text(char text[SHAPE_TEXT], const size_t *dims, int n)
{
    size_t at = (size_t) snprintf(text, SHAPE_TEXT, "%s", n ? "" : "a number");

    for (int i = 0; i < n && at < SHAPE_TEXT; i++)
        at += (size_t) snprintf(text + at, SHAPE_TEXT - at, "%s%zu", i ? " x " : "", dims[i]);
    return text;
}

static bool same_shape(const imp_named_tensor *t, const size_t *dims, int n)
{
    return t->n_dims == n && !memcmp(t->dims, dims, (size_t) n * sizeof *dims);
}

static imp_status want(inventory *in, const char *of, const char *part, const size_t *dims,
                       int n)
{
    char name[IMP_TENSOR_NAME], is[SHAPE_TEXT], wanted[SHAPE_TEXT];
    const imp_named_tensor *t;

    snprintf(name, sizeof name, "%s.%s", of, part);
    if (!(t = imp_weights_find(in->weights, name)))
        return imp_fail(in->err, IMP_EFORMAT, "%s: tensor %s is missing; fetch or save the "
                        "weights again", in->name, name);
    in->asked[t - in->weights->item] = true;
    if (!same_shape(t, dims, n))
        return imp_fail(in->err, IMP_EFORMAT, "%s: tensor %s is %s, not %s; these are the "
                        "weights of another network", in->name, name,
                        shape_text(is, t->dims, t->n_dims), shape_text(wanted, dims, n));
    return IMP_OK;
}

static imp_status want_node(inventory *in, const imp_node *node)
{
    static const char *const norm_parts[] = { "weight", "bias", "running_mean",
                                              "running_var" };
    const imp_conv2d_desc *d = &node->conv;
    const size_t kernel = (size_t) d->kernel, outs = (size_t) d->out_c;
    const size_t dims[4] = { outs, d->depthwise ? 1 : (size_t) d->in_c, kernel, kernel };
    imp_status status = IMP_OK;

    TRY(want(in, node->name, "weight", dims, 4));
    if (!node->norm[0]) TRY(want(in, node->name, "bias", &outs, 1));
    for (size_t i = 0; node->norm[0] && i < sizeof norm_parts / sizeof *norm_parts; i++)
        TRY(want(in, node->norm, norm_parts[i], &outs, 1));
done:
    return status;
}

imp_status imp_fold_check(const imp_graph *graph, const imp_weights *w, const char *name,
                          imp_error *err)
{
    inventory in = { w, imp_alloc(w->n, sizeof *in.asked), name, err };
    imp_status status = IMP_OK;

    if (!in.asked) return imp_fail(err, IMP_ENOMEM, "%s: no memory to check it", name);
    for (int i = 0; i < graph->n; i++)
        if (graph->node[i].kind == IMP_NODE_CONV) TRY(want_node(&in, &graph->node[i]));
    for (size_t i = 0; i < w->n && status == IMP_OK; i++)
        if (!in.asked[i])
            status = imp_fail(err, IMP_EFORMAT, "%s: tensor %s belongs to no part of the "
                              "network; these are the weights of another one", name,
                              w->item[i].name);
done:
    imp_free(in.asked);
    return status;
}

/* --- Folding ----------------------------------------------------------------------------- */

static imp_named_tensor *part_of(const imp_fold *fold, const char *of, const char *part)
{
    char name[IMP_TENSOR_NAME];
    const imp_named_tensor *t;

    snprintf(name, sizeof name, "%s.%s", of, part);
    t = imp_weights_find(fold->weights, name);
    return &fold->weights->item[t - fold->weights->item];
}

/* norm(w x) = weight (w x - mean) / sqrt(var + epsilon) + bias. */
static void fold_norm(const imp_fold *fold, const imp_node *node, imp_named_tensor *filter)
{
    const float *scale = part_of(fold, node->norm, "weight")->data;
    const float *shift = part_of(fold, node->norm, "bias")->data;
    const float *mean = part_of(fold, node->norm, "running_mean")->data;
    const float *variance = part_of(fold, node->norm, "running_var")->data;
    const size_t outs = filter->dims[0], each = imp_named_tensor_size(filter) / outs;

    for (size_t o = 0; o < outs; o++) {
        const double factor = (double) scale[o] / sqrt((double) variance[o] + node->epsilon);
        float *w = filter->data + o * each;
        for (size_t i = 0; i < each; i++) w[i] = (float) (factor * (double) w[i]);
        fold->bias[o] = (float) ((double) shift[o] - factor * (double) mean[o]);
    }
}

imp_status imp_fold_source(void *user, const imp_node *node, const float **weight,
                           const float **bias, imp_error *err)
{
    imp_fold *fold = user;

    (void) err;
    assert(node->conv.out_c <= IMP_FOLD_MOST);
    if (fold->last) {
        imp_free(fold->last->data);
        fold->last->data = NULL;
    }
    fold->last = part_of(fold, node->name, "weight");
    *weight = fold->last->data;
    *bias = fold->bias;
    if (node->norm[0]) fold_norm(fold, node, fold->last);
    else *bias = part_of(fold, node->name, "bias")->data;
    return IMP_OK;
}
