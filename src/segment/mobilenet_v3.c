/* mobilenet_v3.c - MobileNetV3-Large (Howard et al., 2019), its last blocks dilated instead of
 * halved, so that features are a sixteenth of the picture's size. */
#include <stdio.h>

#include "segment/deeplab.h"

static const double EPSILON = 1e-3;

enum { PREFIX = 40, NAME = 16, LAST = 960 };

/* A block widens, filters each channel by itself, weighs the channels (`excite`) and narrows;
 * where sizes allow, what came in is added. */
typedef struct block {
    int kernel, width, out_c;
    bool excite, swish;
    int stride, dilation;
    bool sum;
} block;

static const block blocks[] = {
    { 3, 16, 16, false, false, 1, 1, true },    { 3, 64, 24, false, false, 2, 1, false },
    { 3, 72, 24, false, false, 1, 1, true },    { 5, 72, 40, true, false, 2, 1, false },
    { 5, 120, 40, true, false, 1, 1, true },    { 5, 120, 40, true, false, 1, 1, true },
    { 3, 240, 80, false, true, 2, 1, false },   { 3, 200, 80, false, true, 1, 1, true },
    { 3, 184, 80, false, true, 1, 1, true },    { 3, 184, 80, false, true, 1, 1, true },
    { 3, 480, 112, true, true, 1, 1, false },   { 3, 672, 112, true, true, 1, 1, true },
    { 5, 672, 160, true, true, 1, 2, false },   { 5, 960, 160, true, true, 1, 2, true },
    { 5, 960, 160, true, true, 1, 2, true },
};

enum { BLOCKS = sizeof blocks / sizeof *blocks };

/* A quarter of the channels, to the nearest eight and not much less. */
static int squeezed(int width)
{
    const int quarter = width / 4, rounded = (quarter + 4) / 8 * 8;

    return 10 * rounded < 9 * quarter ? rounded + 8 : rounded;
}

/* A unit with its norm, numbered as torchvision numbers what a block consists of. */
static int numbered(imp_graph *g, imp_unit unit, const char *prefix, int number)
{
    char conv[NAME], norm[NAME];

    snprintf(conv, sizeof conv, "%d.0", number);
    snprintf(norm, sizeof norm, "%d.1", number);
    unit.prefix = prefix;
    unit.conv = conv;
    unit.norm = norm;
    unit.epsilon = EPSILON;
    return imp_unit_add(g, &unit);
}

/* Each channel times a number that follows from the means of all. */
static int excite(imp_graph *g, int from, int width, const char *prefix, int number)
{
    const int mean = imp_graph_mean(g, from);
    char first[NAME], second[NAME];
    int squeeze, factors;

    snprintf(first, sizeof first, "%d.fc1", number);
    snprintf(second, sizeof second, "%d.fc2", number);
    squeeze = imp_unit_add(g, &(imp_unit) {
        .from = mean, .out_c = squeezed(width), .kernel = 1,
        .activation = IMP_ACTIVATION_RELU, .prefix = prefix, .conv = first,
    });
    factors = imp_unit_add(g, &(imp_unit) {
        .from = squeeze, .out_c = width, .kernel = 1,
        .activation = IMP_ACTIVATION_HARD_SIGMOID, .prefix = prefix, .conv = second,
    });
    return imp_graph_scale(g, from, factors);
}

static int add_block(imp_graph *g, int from, const block *b, const char *prefix)
{
    const imp_activation activation = b->swish ? IMP_ACTIVATION_HARD_SWISH
                                               : IMP_ACTIVATION_RELU;
    int node = from, number = 0;

    if (b->width != g->node[from].c)
        node = numbered(g, (imp_unit) {
            .from = node, .out_c = b->width, .kernel = 1, .activation = activation,
        }, prefix, number++);
    node = numbered(g, (imp_unit) {
        .from = node, .out_c = b->width, .kernel = b->kernel, .stride = b->stride,
        .dilation = b->dilation, .depthwise = true, .activation = activation,
    }, prefix, number++);
    if (b->excite) node = excite(g, node, b->width, prefix, number++);
    return numbered(g, (imp_unit) {
        .from = node, .add = b->sum ? from : 0, .out_c = b->out_c, .kernel = 1,
    }, prefix, number);
}

int imp_mobilenet_v3_add(imp_graph *g)
{
    const int picture = imp_graph_input(g, 3);
    int node = numbered(g, (imp_unit) {
        .from = picture, .out_c = 16, .kernel = 3, .stride = 2,
        .activation = IMP_ACTIVATION_HARD_SWISH,
    }, "backbone", 0);

    for (int i = 0; i < BLOCKS; i++) {
        char prefix[PREFIX];
        snprintf(prefix, sizeof prefix, "backbone.%d.block", i + 1);
        node = add_block(g, node, &blocks[i], prefix);
    }
    return numbered(g, (imp_unit) {
        .from = node, .out_c = LAST, .kernel = 1, .activation = IMP_ACTIVATION_HARD_SWISH,
    }, "backbone", BLOCKS + 1);
}
