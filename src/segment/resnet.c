/* resnet.c - ResNet (He et al., 2015) with bottlenecks, the last two layers dilated instead of
 * halved, so that features are an eighth of the picture's size. */
#include <stdio.h>

#include "segment/deeplab.h"

static const double EPSILON = 1e-5;

enum { EXPANSION = 4, PREFIX = 32 };

/* One of the four layers of blocks. The first block keeps the dilation of the layer before. */
typedef struct layer {
    int width, blocks, stride, first_dilation, dilation;
} layer;

static int shortcut(imp_graph *g, int from, const layer *l, const char *prefix)
{
    return imp_unit_add(g, &(imp_unit) {
        .from = from, .out_c = EXPANSION * l->width, .kernel = 1, .stride = l->stride,
        .prefix = prefix, .conv = "downsample.0", .norm = "downsample.1", .epsilon = EPSILON,
    });
}

/* Narrow, look around, widen, and add what came in. */
static int bottleneck(imp_graph *g, int from, const layer *l, bool first, const char *prefix)
{
    const int sum = first ? shortcut(g, from, l, prefix) : from;
    const int narrow = imp_unit_add(g, &(imp_unit) {
        .from = from, .out_c = l->width, .kernel = 1, .activation = IMP_ACTIVATION_RELU,
        .prefix = prefix, .conv = "conv1", .norm = "bn1", .epsilon = EPSILON,
    });
    const int around = imp_unit_add(g, &(imp_unit) {
        .from = narrow, .out_c = l->width, .kernel = 3, .stride = first ? l->stride : 1,
        .dilation = first ? l->first_dilation : l->dilation,
        .activation = IMP_ACTIVATION_RELU, .prefix = prefix, .conv = "conv2", .norm = "bn2",
        .epsilon = EPSILON,
    });

    return imp_unit_add(g, &(imp_unit) {
        .from = around, .add = sum, .out_c = EXPANSION * l->width, .kernel = 1,
        .activation = IMP_ACTIVATION_RELU, .prefix = prefix, .conv = "conv3", .norm = "bn3",
        .epsilon = EPSILON,
    });
}

static int add_stem(imp_graph *g)
{
    const int picture = imp_graph_input(g, 3);
    const int stem = imp_unit_add(g, &(imp_unit) {
        .from = picture, .out_c = 64, .kernel = 7, .stride = 2,
        .activation = IMP_ACTIVATION_RELU, .prefix = "backbone", .conv = "conv1",
        .norm = "bn1", .epsilon = EPSILON,
    });

    return imp_graph_max(g, stem, 3, 2, 1);
}

int imp_resnet_add(imp_graph *g, int blocks)
{
    const layer layers[] = {
        { 64, 3, 1, 1, 1 }, { 128, 4, 2, 1, 1 }, { 256, blocks, 1, 1, 2 }, { 512, 3, 1, 2, 4 },
    };
    int node = add_stem(g);

    for (int i = 0; i < 4; i++)
        for (int k = 0; k < layers[i].blocks; k++) {
            char prefix[PREFIX];
            snprintf(prefix, sizeof prefix, "backbone.layer%d.%d", i + 1, k);
            node = bottleneck(g, node, &layers[i], k == 0, prefix);
        }
    return node;
}
