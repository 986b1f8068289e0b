/* stand_in.c - see stand_in.h. */
#include "style/stand_in.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "engine/network.h"

enum { MAX_TENSORS = 64, KERNEL = 3, TAPS = KERNEL * KERNEL };

struct imp_stand_in {
    imp_model model;
    imp_weights weights;
    imp_named_tensor item[MAX_TENSORS];
    float *of_inputs[MAX_TENSORS];   /* the weights of the layers that share them */
    int inputs[MAX_TENSORS], n_shared;
    float *bias;                     /* zeros, of every layer                     */
};

/* The most outputs that a convolution of the network has, among those with `in_c` inputs; of
 * all if that is 0. */
static int most_outputs(int in_c)
{
    int most = 0;

    for (int i = 0; i < imp_vgg19.n_layers; i++) {
        const imp_layer *l = &imp_vgg19.layer[i];
        if (l->kind == IMP_LAYER_CONV && (!in_c || l->in_c == in_c) && l->out_c > most)
            most = l->out_c;
    }
    return most;
}

/* NULL if there is no memory. */
static float *shared_weights(imp_stand_in *s, int in_c)
{
    const size_t n = (size_t) most_outputs(in_c) * (size_t) in_c * TAPS;
    const double range = sqrt(3 * 2.0 / (TAPS * in_c));   /* variance: range^2 / 3 */
    imp_random random = { (uint64_t) in_c };
    float *w;

    for (int i = 0; i < s->n_shared; i++)
        if (s->inputs[i] == in_c) return s->of_inputs[i];
    if (!(w = imp_alloc(n, sizeof *w))) return NULL;
    for (size_t i = 0; i < n; i++)
        w[i] = (float) (range * (2 * imp_random_uniform(&random) - 1));
    s->inputs[s->n_shared] = in_c;
    return s->of_inputs[s->n_shared++] = w;
}

static bool add_layer(imp_stand_in *s, const imp_layer *l)
{
    imp_named_tensor *weight = &s->item[s->weights.n++], *bias = &s->item[s->weights.n++];

    *weight = (imp_named_tensor) {
        .n_dims = 4, .dims = { (size_t) l->out_c, (size_t) l->in_c, KERNEL, KERNEL },
        .data = shared_weights(s, l->in_c),
    };
    *bias = (imp_named_tensor) {
        .n_dims = 1, .dims = { (size_t) l->out_c }, .data = s->bias,
    };
    snprintf(weight->name, sizeof weight->name, "%s.weight", l->name);
    snprintf(bias->name, sizeof bias->name, "%s.bias", l->name);
    return weight->data;
}

static bool fill(imp_stand_in *s)
{
    static char name[] = "random weights";

    s->weights.item = s->item;
    snprintf(s->weights.sha256, sizeof s->weights.sha256, "%064d", 0);
    s->model = (imp_model) { name, IMP_CONVENTION_CAFFE, &s->weights };
    s->bias = imp_alloc((size_t) most_outputs(0), sizeof *s->bias);
    for (int i = 0; i < imp_vgg19.n_layers; i++)
        if (imp_vgg19.layer[i].kind == IMP_LAYER_CONV && !add_layer(s, &imp_vgg19.layer[i]))
            return false;
    return s->bias;
}

imp_status imp_stand_in_new(imp_stand_in **out, imp_error *err)
{
    imp_stand_in *s = *out = imp_alloc(1, sizeof *s);

    if (s && fill(s)) return IMP_OK;
    imp_stand_in_free(s);
    *out = NULL;
    return imp_fail(err, IMP_ENOMEM, "no memory for random weights");
}

void imp_stand_in_free(imp_stand_in *s)
{
    if (!s) return;
    for (int i = 0; i < s->n_shared; i++) imp_free(s->of_inputs[i]);
    imp_free(s->bias);
    imp_free(s);
}

const imp_model *imp_stand_in_model(const imp_stand_in *s)
{
    return &s->model;
}

imp_status imp_stand_in_image(imp_image **out, size_t width, size_t height, uint64_t seed,
                              imp_error *err)
{
    imp_random random = { seed };
    const imp_status status = imp_image_new(out, width, height, false, err);
    float *rgb = status == IMP_OK ? imp_image_rgb(*out) : NULL;

    for (size_t i = 0; rgb && i < 3 * width * height; i++)
        rgb[i] = (float) imp_random_uniform(&random);
    return status;
}
