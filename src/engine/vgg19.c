/* vgg19.c - the convolutions of VGG19 (Simonyan and Zisserman, arXiv 1409.1556, column E). */
#include "engine/network.h"

#define CONV(id, in, out) \
    { IMP_LAYER_CONV, "conv" id, in, out }, { IMP_LAYER_RELU, "relu" id, out, out }
#define POOL(id, c) { IMP_LAYER_POOL, "pool" id, c, c }

static const imp_layer layers[] = {
    CONV("1_1", 3, 64), CONV("1_2", 64, 64), POOL("1", 64),
    CONV("2_1", 64, 128), CONV("2_2", 128, 128), POOL("2", 128),
    CONV("3_1", 128, 256), CONV("3_2", 256, 256), CONV("3_3", 256, 256), CONV("3_4", 256, 256),
    POOL("3", 256),
    CONV("4_1", 256, 512), CONV("4_2", 512, 512), CONV("4_3", 512, 512), CONV("4_4", 512, 512),
    POOL("4", 512),
    CONV("5_1", 512, 512), CONV("5_2", 512, 512), CONV("5_3", 512, 512), CONV("5_4", 512, 512),
    POOL("5", 512),
};

const imp_network imp_vgg19 = { "vgg19", layers, sizeof layers / sizeof *layers, 3 };
