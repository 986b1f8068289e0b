/* deeplab.c - see deeplab.h; the head, which looks at features from near and far (ASPP). */
#include "segment/deeplab.h"

#include <stdio.h>

static const double EPSILON = 1e-5;

enum { WIDTH = 256 };   /* channels throughout the head */

int imp_unit_add(imp_graph *g, const imp_unit *u)
{
    const int dilation = u->dilation ? u->dilation : 1;
    const imp_conv2d_desc desc = {
        .out_c = u->out_c, .kernel = u->kernel, .stride = u->stride ? u->stride : 1,
        .dilation = dilation, .pad = dilation * (u->kernel - 1) / 2, .depthwise = u->depthwise,
        .activation = u->activation,
    };
    const int i = imp_graph_conv(g, u->from, u->add, &desc);
    imp_node *node = &g->node[i];

    snprintf(node->name, sizeof node->name, "%s.%s", u->prefix, u->conv);
    if (u->norm) snprintf(node->norm, sizeof node->norm, "%s.%s", u->prefix, u->norm);
    node->epsilon = u->epsilon;
    return i;
}

/* What the head is made of. */
static int head_unit(imp_graph *g, int from, int kernel, int dilation, const char *prefix,
                     const char *conv, const char *norm)
{
    return imp_unit_add(g, &(imp_unit) {
        .from = from, .out_c = WIDTH, .kernel = kernel, .dilation = dilation,
        .activation = IMP_ACTIVATION_RELU, .prefix = prefix, .conv = conv, .norm = norm,
        .epsilon = EPSILON,
    });
}

static int add_aspp(imp_graph *g, int features)
{
    static const char *const prefixes[] = {
        "classifier.0.convs.1", "classifier.0.convs.2", "classifier.0.convs.3",
    };
    static const int rates[] = { 12, 24, 36 };
    int part[5], mean;

    part[0] = head_unit(g, features, 1, 1, "classifier.0.convs.0", "0", "1");
    for (int i = 0; i < 3; i++)
        part[1 + i] = head_unit(g, features, 3, rates[i], prefixes[i], "0", "1");
    mean = imp_graph_mean(g, features);
    mean = head_unit(g, mean, 1, 1, "classifier.0.convs.4", "1", "2");
    part[4] = imp_graph_resize(g, mean, features);
    return head_unit(g, imp_graph_concat(g, part, 5), 1, 1, "classifier.0.project", "0", "1");
}

static void add_head(imp_graph *g, int features, int classes)
{
    const int near_and_far = add_aspp(g, features);
    const int last = head_unit(g, near_and_far, 3, 1, "classifier", "1", "2");

    imp_unit_add(g, &(imp_unit) {
        .from = last, .out_c = classes, .kernel = 1, .prefix = "classifier", .conv = "4",
    });
}

static void build_resnet101(imp_graph *g, int classes)
{
    add_head(g, imp_resnet_add(g, 23), classes);
}

static void build_resnet50(imp_graph *g, int classes)
{
    add_head(g, imp_resnet_add(g, 6), classes);
}

static void build_mobilenet(imp_graph *g, int classes)
{
    add_head(g, imp_mobilenet_v3_add(g), classes);
}

static const imp_deeplab known[] = {
    { "DeepLabV3-ResNet101", "backbone.layer3.22.conv1.weight", 8, build_resnet101 },
    { "DeepLabV3-ResNet50", "backbone.layer3.5.conv1.weight", 8, build_resnet50 },
    { "DeepLabV3-MobileNetV3-Large", "backbone.16.0.weight", 16, build_mobilenet },
};

const imp_deeplab *imp_deeplab_known(size_t i)
{
    return i < sizeof known / sizeof *known ? &known[i] : NULL;
}
