/* deeplab.h - DeepLabV3 as graphs, node by node as torchvision builds them and with its names
 * for the weights. */
#ifndef IMP_DEEPLAB_H
#define IMP_DEEPLAB_H

#include "engine/graph.h"

typedef struct imp_deeplab {
    const char *name;          /* "DeepLabV3-ResNet101"                                   */
    const char *mark;          /* a tensor that this one has and those after it have not  */
    int stride;                /* pixels of the picture for one of the features           */
    void (*build)(imp_graph *g, int classes);
} imp_deeplab;

/* The i-th network, NULL past the last one. */
const imp_deeplab *imp_deeplab_known(size_t i);

/* A convolution, with its batch norm, what is added, and its activation; what is 0 of stride
 * and dilation counts as 1. Padding keeps the size but for the stride. */
typedef struct imp_unit {
    int from, add;             /* add: 0 for nothing */
    int out_c, kernel, stride, dilation;
    bool depthwise;
    imp_activation activation;
    const char *prefix, *conv, *norm;   /* "backbone", "conv1", "bn1"; norm NULL: a bias */
    double epsilon;
} imp_unit;

int imp_unit_add(imp_graph *g, const imp_unit *unit);

/* The backbones; each gives the node of its features. `blocks`: of ResNet's third layer. */
int imp_resnet_add(imp_graph *g, int blocks);
int imp_mobilenet_v3_add(imp_graph *g);

#endif
