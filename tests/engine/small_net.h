/* small_net.h - networks of few channels with seeded weights, what the tests of passes run:
 * one whose channels are no multiples of 16 throughout, and one of the same layers whose
 * channels the fast kinds of convolution take. */
#ifndef IMP_TEST_SMALL_NET_H
#define IMP_TEST_SMALL_NET_H

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "engine/network.h"

enum { CONV1, RELU1, CONV2, RELU2, POOL1, CONV3, RELU3, POOL2, CONV4, RELU4, N_LAYERS };

static const imp_layer small_layers[N_LAYERS] = {
    { IMP_LAYER_CONV, "conv1", 3, 16 }, { IMP_LAYER_RELU, "relu1", 16, 16 },
    { IMP_LAYER_CONV, "conv2", 16, 20 }, { IMP_LAYER_RELU, "relu2", 20, 20 },
    { IMP_LAYER_POOL, "pool1", 20, 20 },
    { IMP_LAYER_CONV, "conv3", 20, 32 }, { IMP_LAYER_RELU, "relu3", 32, 32 },
    { IMP_LAYER_POOL, "pool2", 32, 32 },
    { IMP_LAYER_CONV, "conv4", 32, 24 }, { IMP_LAYER_RELU, "relu4", 24, 24 },
};

static const imp_network small_net = { "small", small_layers, N_LAYERS, 3 };

static const imp_layer wide_layers[N_LAYERS] = {
    { IMP_LAYER_CONV, "conv1", 3, 32 }, { IMP_LAYER_RELU, "relu1", 32, 32 },
    { IMP_LAYER_CONV, "conv2", 32, 64 }, { IMP_LAYER_RELU, "relu2", 64, 64 },
    { IMP_LAYER_POOL, "pool1", 64, 64 },
    { IMP_LAYER_CONV, "conv3", 64, 32 }, { IMP_LAYER_RELU, "relu3", 32, 32 },
    { IMP_LAYER_POOL, "pool2", 32, 32 },
    { IMP_LAYER_CONV, "conv4", 32, 64 }, { IMP_LAYER_RELU, "relu4", 64, 64 },
};

static const imp_network wide_net = { "wide", wide_layers, N_LAYERS, 3 };

/* Weights of one network, by layer. */
typedef struct test_weights {
    const imp_network *net;
    float *weight[64], *bias[64];
    int ends_before;         /* the first layer that is missing; 0: none */
} test_weights;

/* Normal, of a deviation that keeps the activations' size. */
static inline float *test_numbers(size_t n, double deviation, uint64_t seed)
{
    imp_random r = { seed };
    float *v = imp_alloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++) v[i] = (float) (deviation * imp_random_normal(&r));
    return v;
}

static inline test_weights make_weights(const imp_network *net)
{
    test_weights w = { .net = net };

    for (int i = 0; i < net->n_layers; i++) {
        const imp_layer *l = &net->layer[i];
        if (l->kind != IMP_LAYER_CONV) continue;
        w.weight[i] = test_numbers((size_t) (9 * l->in_c * l->out_c),
                                   sqrt(2.0 / (9 * l->in_c)), (uint64_t) i + 1);
        w.bias[i] = test_numbers((size_t) l->out_c, 0.2, (uint64_t) i + 100);
    }
    return w;
}

static inline void free_weights(test_weights *w)
{
    for (int i = 0; i < w->net->n_layers; i++) {
        imp_free(w->weight[i]);
        imp_free(w->bias[i]);
    }
}

/* An imp_weight_source. */
static inline bool find_weights(void *user, const char *layer, const float **weight,
                                const float **bias, int *out_c, int *in_c, int *kernel)
{
    const test_weights *w = user;
    const int i = imp_network_find(w->net, layer);

    if (i < 0 || (w->ends_before && i >= w->ends_before)) return false;
    *weight = w->weight[i];
    *bias = w->bias[i];
    *out_c = w->net->layer[i].out_c;
    *in_c = w->net->layer[i].in_c;
    *kernel = 3;
    return true;
}

#endif
