/* network.h - a network as data, and one pass through it to the taps and back.
 *
 * A network is a table of layers in order. A tap is a layer whose output somebody wants: after
 * "relu4_2", or before the rectifier, "conv4_2". Nothing past the deepest tap is computed. */
#ifndef IMP_NETWORK_H
#define IMP_NETWORK_H

#include "engine/ops.h"

typedef enum imp_layer_kind { IMP_LAYER_CONV, IMP_LAYER_RELU, IMP_LAYER_POOL } imp_layer_kind;

typedef struct imp_layer {
    imp_layer_kind kind;
    const char *name;        /* "conv1_1", "relu1_1", "pool1" */
    int in_c, out_c;
} imp_layer;

typedef struct imp_network {
    const char *name;
    const imp_layer *layer;
    int n_layers;
    int in_c;
} imp_network;

extern const imp_network imp_vgg19;

/* The index of a layer by name, -1 if there is none. */
int imp_network_find(const imp_network *net, const char *name);

/* How many pixels a side must have for each pooling up to that layer to leave one. */
int imp_network_least_side(const imp_network *net, int layer);

/* How a pass is to run. */
typedef struct imp_pass_desc {
    const imp_network *network;
    int h, w;                            /* of the input */
    imp_pooling pooling;
    imp_padding padding;                 /* of the first convolution */
    int taps[2 * IMP_MAX_LAYERS];        /* layer indices, in any order, no repeats */
    int n_taps;
    bool backward;                       /* gradients will be wanted */
    imp_precision precision;             /* of the convolutions' products */
} imp_pass_desc;

/* The weights of one convolution, on the host: OIHW and one bias an output channel. False if
 * the model has none of that name. */
typedef bool imp_weight_source(void *user, const char *layer, const float **weight,
                               const float **bias, int *out_c, int *in_c, int *kernel);

/* A pass for one size: all memory planned and taken, nothing allocated afterwards. */
typedef struct imp_pass imp_pass;

/* Bytes that imp_pass_new() would take, all in all. This and the making depend on the number
 * of threads that imp_threads_use() has set: set what the pass is to run with. Errors:
 * IMP_EINVAL (the picture is too small for the deepest tap: says the least size). */
imp_status imp_pass_bytes(uint64_t *bytes, const imp_ops *ops, const imp_pass_desc *desc,
                          imp_error *err);

/* Ownership: the caller owns *out: imp_pass_free(). The weights are copied.
 * Errors: IMP_EINVAL as above, IMP_EFORMAT (a convolution the source lacks), IMP_ENOMEM. */
imp_status imp_pass_new(imp_pass **out, const imp_ops *ops, const imp_pass_desc *desc,
                        imp_weight_source *source, void *user, imp_error *err);

void imp_pass_free(imp_pass *pass);

/* The input (planar, in_c x h x w, in the network's convention), for the caller to fill. */
imp_tensor *imp_pass_input(imp_pass *pass);

void imp_pass_forward(imp_pass *pass);

/* The output of the tap with index i in desc->taps, valid from a forward pass to the next
 * one, or until the backward pass has asked for the tap's gradient and got it. */
const imp_tensor *imp_pass_tap(const imp_pass *pass, int i);

/* The shape of a tap before any pass exists: data is NULL. */
imp_tensor imp_pass_tap_shape(const imp_pass_desc *desc, int i);

/* Called once a tap, deepest first, on the way back: adds the gradient of the loss with
 * respect to this tap's output to *grad, which already holds what came from deeper layers. */
typedef void imp_tap_gradient(void *user, int tap, const imp_tensor *output, imp_tensor *grad);

/* Back from the taps to the input; the result, the gradient with respect to the input, is
 * owned by the pass and valid until the next call. */
const imp_tensor *imp_pass_backward(imp_pass *pass, imp_tap_gradient *add, void *user);

/* What a pass is made of: stages, each a layer or a convolution with what is fused to it. */
typedef struct imp_stage_info {
    char name[48];           /* "conv1_2+relu+pool"; "input" and "pad" before all layers     */
    imp_tensor shape;        /* of its output; data is NULL                                  */
    double flop;             /* multiplications and additions of the direct convolution, one */
                             /* direction; 0 if it is none                                   */
} imp_stage_info;

/* The stages of a pass; stage 0 is the input, which takes no time. */
int imp_pass_stages(const imp_pass *pass);
void imp_pass_stage_info(const imp_pass *pass, int i, imp_stage_info *info);

/* From now on each stage's seconds are added to seconds[2 i] on the way forward and to
 * seconds[2 i + 1] on the way back, what imp_tap_gradient takes not counted. The array is
 * lent, 2 imp_pass_stages() long; NULL: no clock is read. */
void imp_pass_time(imp_pass *pass, double *seconds);

#endif
