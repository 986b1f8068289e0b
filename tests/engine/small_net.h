/* small_net.h - networks of few channels with seeded weights, what the tests of passes run:
 * one whose channels are no multiples of 16 throughout, and one of the same layers whose
 * channels the fast kinds of convolution take. */
#ifndef IMP_TEST_SMALL_NET_H
#define IMP_TEST_SMALL_NET_H

#include <math.h>
#include <string.h>

#include "engine/network.h"
#include "numbers.h"

enum { CONV1, RELU1, CONV2, RELU2, POOL1, CONV3, RELU3, POOL2, CONV4, RELU4, N_LAYERS };

/* By the channels of its four convolutions. */
#define LAYERS(c1, c2, c3, c4) { \
    { IMP_LAYER_CONV, "conv1", 3, c1 }, { IMP_LAYER_RELU, "relu1", c1, c1 }, \
    { IMP_LAYER_CONV, "conv2", c1, c2 }, { IMP_LAYER_RELU, "relu2", c2, c2 }, \
    { IMP_LAYER_POOL, "pool1", c2, c2 }, \
    { IMP_LAYER_CONV, "conv3", c2, c3 }, { IMP_LAYER_RELU, "relu3", c3, c3 }, \
    { IMP_LAYER_POOL, "pool2", c3, c3 }, \
    { IMP_LAYER_CONV, "conv4", c3, c4 }, { IMP_LAYER_RELU, "relu4", c4, c4 }, \
}

static const imp_layer small_layers[N_LAYERS] = LAYERS(16, 20, 32, 24);
static const imp_layer wide_layers[N_LAYERS] = LAYERS(32, 64, 32, 64);

static const imp_network small_net = { "small", small_layers, N_LAYERS, 3 };
static const imp_network wide_net = { "wide", wide_layers, N_LAYERS, 3 };

/* Weights of one network, by layer. */
typedef struct test_weights {
    const imp_network *net;
    float *weight[64], *bias[64];
    int ends_before;         /* the first layer that is missing; 0: none */
} test_weights;

/* Of a deviation that keeps the activations' size. */
static inline test_weights make_weights(const imp_network *net)
{
    test_weights w = { .net = net };

    for (int i = 0; i < net->n_layers; i++) {
        const imp_layer *l = &net->layer[i];
        if (l->kind != IMP_LAYER_CONV) continue;
        w.weight[i] = kernel_numbers((size_t) (9 * l->in_c * l->out_c), (uint64_t) i + 1,
                                     sqrt(2.0 / (9 * l->in_c)));
        w.bias[i] = kernel_numbers((size_t) l->out_c, (uint64_t) i + 100, 0.2);
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
