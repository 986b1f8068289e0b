/* onednn.c - convolutions and filters by oneDNN; every dnnl_ call of the library is here.
 *
 * Both directions are forward convolutions: the gradient with respect to the input is one of
 * dy, with the weights turned round and their channels exchanged. So both have their weights
 * transformed once, which oneDNN's own backward primitives would do in each call.
 *
 * Written for oneDNN 2.6. Version 3 has no winograd algorithm, no *_desc_init(), and
 * descriptors behind pointers: tensor_desc(), describe() and md_of() are where the two
 * differ. */
#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <omp.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/cpu/conv.h"
#include "engine/cpu/level.h"
#include "engine/cpu/onednn.h"

#if DNNL_VERSION_MAJOR != 2
#error "oneDNN 2 is needed: configure with -Donednn=disabled, or adapt the places named above"
#endif

/* A forward convolution over maps of one size. */
typedef struct shape {
    imp_conv2d_desc filter;
    int h, w;                                  /* of the input */
} shape;

/* One direction of a convolution, or a filter. The scratch holds, in this order, the input and
 * the output where the primitive wants them laid out otherwise, and the primitive's own
 * workspace. */
typedef struct direction {
    shape shape;                               /* of this direction's forward convolution  */
    dnnl_primitive_desc_t pd;
    dnnl_primitive_t conv;
    dnnl_primitive_t reorder_in, reorder_out;  /* NULL: taken as it is                     */
    dnnl_primitive_t reorder_add;              /* of what a filter adds to, before it      */
    dnnl_memory_t src, dst;                    /* the caller's tensors                     */
    dnnl_memory_t in, out, workspace;          /* in the scratch                           */
    dnnl_memory_t weights, bias;
    float *packed, *packed_bias;
    size_t in_bytes, out_bytes, workspace_bytes, packed_bytes, bias_bytes;
} direction;

/* The primitive rectifies; masks and pooling come after it. The scratch begins with z where it
 * is pooled, on the way back with its gradient: z_bytes of it. */
typedef struct dnn_conv {
    imp_conv base;
    imp_conv_desc desc;
    int threads;                               /* what the primitives were made for        */
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    direction forward, backward;
    size_t z_bytes;
} dnn_conv;

/* Hands a failure on to the `done` label of the caller. */
#define DNN(call) do { if ((code = (call)) != dnnl_success) goto done; } while (0)

/* --- Descriptions ------------------------------------------------------------------------ */

static dnnl_format_tag_t tag_of(int channels)
{
    return channels < IMP_BLOCK ? dnnl_nchw : dnnl_nChw16c;
}

static dnnl_status_t tensor_desc(dnnl_memory_desc_t *md, int c, int h, int w,
                                 dnnl_format_tag_t tag)
{
    const dnnl_dims_t dims = { 1, c, h, w };

    return dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32, tag);
}

static dnnl_status_t input_desc(dnnl_memory_desc_t *md, const shape *s, dnnl_format_tag_t tag)
{
    return tensor_desc(md, s->filter.in_c, s->h, s->w, tag);
}

static dnnl_status_t output_desc(dnnl_memory_desc_t *md, const shape *s,
                                 dnnl_format_tag_t tag)
{
    const imp_conv2d_desc *d = &s->filter;

    return tensor_desc(md, d->out_c, imp_conv2d_side(d, s->h), imp_conv2d_side(d, s->w), tag);
}

/* As the caller has them, or (any_layout) as oneDNN likes them. */
static dnnl_status_t weights_desc(dnnl_memory_desc_t *md, const imp_conv2d_desc *d,
                                  bool any_layout)
{
    const dnnl_dims_t full = { d->out_c, d->in_c, d->kernel, d->kernel };
    const dnnl_dims_t depthwise = { d->out_c, 1, 1, d->kernel, d->kernel };
    const dnnl_format_tag_t any = dnnl_format_tag_any;

    if (d->depthwise)
        return dnnl_memory_desc_init_by_tag(md, 5, depthwise, dnnl_f32,
                                            any_layout ? any : dnnl_goihw);
    return dnnl_memory_desc_init_by_tag(md, 4, full, dnnl_f32, any_layout ? any : dnnl_oihw);
}

static dnnl_status_t bias_desc(dnnl_memory_desc_t *md, const imp_conv2d_desc *d)
{
    const dnnl_dims_t dims = { d->out_c };

    return dnnl_memory_desc_init_by_tag(md, 1, dims, dnnl_f32, dnnl_a);
}

static dnnl_status_t append_activation(dnnl_post_ops_t post, imp_activation activation)
{
    dnnl_status_t code = dnnl_success;

    switch (activation) {
    case IMP_ACTIVATION_NONE: break;
    case IMP_ACTIVATION_RELU:
        return dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, 0, 0);
    case IMP_ACTIVATION_HARD_SWISH:
        return dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_hardswish, 0, 0);
    case IMP_ACTIVATION_HARD_SIGMOID:
        DNN(dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_linear, 1.0f / 6, 0.5f));
        return dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_clip, 0, 1);
    }
done:
    return code;
}

static dnnl_status_t conv_attr(dnnl_primitive_attr_t *attr, const imp_conv2d_desc *d)
{
    dnnl_status_t code;
    dnnl_post_ops_t post = NULL;

    *attr = NULL;
    DNN(dnnl_primitive_attr_create(attr));
    DNN(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user));
    DNN(dnnl_post_ops_create(&post));
    if (d->add) DNN(dnnl_post_ops_append_sum(post, 1));
    DNN(append_activation(post, d->activation));
    DNN(dnnl_primitive_attr_set_post_ops(*attr, post));
done:
    if (post) dnnl_post_ops_destroy(post);
    return code;
}

/* A way to compute it: with the maps as they are, or (any_layout) as oneDNN likes them; with
 * weights laid out as the caller has them ready, or (any_weights) as oneDNN likes them. */
typedef struct way {
    dnnl_alg_kind_t algorithm;
    bool any_layout, any_weights;
} way;

/* What the caller has: a bias, weights laid out so (NULL: not laid out yet). */
typedef struct given {
    bool bias;
    const dnnl_memory_desc_t *weights;
} given;

static dnnl_status_t describe(dnnl_primitive_desc_t *pd, const shape *s, const given *g,
                              const way *by, dnnl_engine_t engine)
{
    const imp_conv2d_desc *d = &s->filter;
    const dnnl_dims_t strides = { d->stride, d->stride }, pads = { d->pad, d->pad };
    const dnnl_dims_t dilates = { d->dilation - 1, d->dilation - 1 };
    dnnl_status_t code;
    dnnl_memory_desc_t x, y, w, b;
    dnnl_convolution_desc_t conv;
    dnnl_primitive_attr_t attr = NULL;

    *pd = NULL;
    DNN(input_desc(&x, s, by->any_layout ? dnnl_format_tag_any : tag_of(d->in_c)));
    DNN(output_desc(&y, s, by->any_layout ? dnnl_format_tag_any : tag_of(d->out_c)));
    DNN(weights_desc(&w, d, true));
    if (g->weights && !by->any_weights) w = *g->weights;
    DNN(bias_desc(&b, d));
    DNN(conv_attr(&attr, d));
    DNN(dnnl_dilated_convolution_forward_desc_init(&conv, dnnl_forward_inference,
                                                   by->algorithm, &x, &w,
                                                   g->bias ? &b : NULL, &y, strides, dilates,
                                                   pads, pads));
    DNN(dnnl_primitive_desc_create(pd, &conv, attr, engine, NULL));
done:
    if (attr) dnnl_primitive_attr_destroy(attr);
    return code;
}

/* Whether oneDNN would compute it by plain loops, a thousand times slower. */
static bool is_reference(dnnl_primitive_desc_t pd)
{
    const char *name = "";

    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
    return !strncmp(name, "ref", 3);
}

/* The first of n ways that is none of plain loops, or if there is none any. */
static dnnl_status_t choose(dnnl_primitive_desc_t *pd, const shape *s, const given *g,
                            const way *ways, size_t n, dnnl_engine_t engine)
{
    static const way last = { dnnl_convolution_auto, true, true };

    for (size_t i = 0; i < n; i++) {
        if (describe(pd, s, g, &ways[i], engine)) continue;
        if (!is_reference(*pd)) return dnnl_success;
        dnnl_primitive_desc_destroy(*pd);
    }
    return describe(pd, s, g, &last, engine);
}

/* Winograd's way, 2.5 times faster than direct and as exact (2e-6), needs AVX-512; the layout
 * is kept where that is possible. */
static dnnl_status_t choose_conv(dnnl_primitive_desc_t *pd, const shape *s, bool has_bias,
                                 dnnl_engine_t engine)
{
    static const way ways[] = {
        { dnnl_convolution_winograd, false, true }, { dnnl_convolution_auto, false, true },
        { dnnl_convolution_winograd, true, true },
    };
    const given g = { .bias = has_bias };

    return choose(pd, s, &g, ways, sizeof ways / sizeof *ways, engine);
}

static const dnnl_memory_desc_t *md_of(const direction *dir, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(dir->pd, what, 0);
}

static size_t room_for(const dnnl_memory_desc_t *md)
{
    return (dnnl_memory_desc_get_size(md) + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN;
}

/* Works out all sizes once the primitive is chosen; takes no memory for them. */
static dnnl_status_t plan_direction(direction *dir, bool has_bias)
{
    const shape *s = &dir->shape;
    dnnl_status_t code;
    dnnl_memory_desc_t x, y, b;

    DNN(input_desc(&x, s, tag_of(s->filter.in_c)));
    DNN(output_desc(&y, s, tag_of(s->filter.out_c)));
    DNN(bias_desc(&b, &s->filter));
    dir->packed_bytes = room_for(md_of(dir, dnnl_query_weights_md));
    dir->bias_bytes = has_bias ? room_for(&b) : 0;
    dir->workspace_bytes = room_for(md_of(dir, dnnl_query_scratchpad_md));
    if (!dnnl_memory_desc_equal(&x, md_of(dir, dnnl_query_src_md)))
        dir->in_bytes = room_for(md_of(dir, dnnl_query_src_md));
    if (!dnnl_memory_desc_equal(&y, md_of(dir, dnnl_query_dst_md)))
        dir->out_bytes = room_for(md_of(dir, dnnl_query_dst_md));
done:
    return code;
}

/* The same for a direction of a convolution, whose primitive it chooses. */
static dnnl_status_t plan_conv_direction(direction *dir, const shape *s, bool has_bias,
                                         dnnl_engine_t engine)
{
    dnnl_status_t code;

    dir->shape = *s;
    DNN(choose_conv(&dir->pd, s, has_bias, engine));
    DNN(plan_direction(dir, has_bias));
done:
    return code;
}

/* --- Making one -------------------------------------------------------------------------- */

static dnnl_status_t make_reorder(dnnl_primitive_t *reorder, const dnnl_memory_desc_t *from,
                                  const dnnl_memory_desc_t *to, dnnl_engine_t engine)
{
    dnnl_status_t code;
    dnnl_primitive_desc_t pd = NULL;

    DNN(dnnl_reorder_primitive_desc_create(&pd, from, engine, to, engine, NULL));
    DNN(dnnl_primitive_create(reorder, pd));
done:
    dnnl_primitive_desc_destroy(pd);
    return code;
}

static dnnl_status_t copy_over(dnnl_primitive_t reorder, dnnl_stream_t stream,
                               dnnl_memory_t from, dnnl_memory_t to)
{
    const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

    return dnnl_primitive_execute(reorder, stream, 2, args);
}

/* Weights from one layout into another, in memory that is there. */
static dnnl_status_t relay(float *to, const dnnl_memory_desc_t *to_md, const float *from,
                           const dnnl_memory_desc_t *from_md, dnnl_engine_t engine,
                           dnnl_stream_t stream)
{
    dnnl_status_t code;
    dnnl_memory_t source = NULL, target = NULL;
    dnnl_primitive_t reorder = NULL;

    DNN(dnnl_memory_create(&source, from_md, engine, (float *) from));   /* only read */
    DNN(dnnl_memory_create(&target, to_md, engine, to));
    DNN(make_reorder(&reorder, from_md, to_md, engine));
    DNN(copy_over(reorder, stream, source, target));
    DNN(dnnl_stream_wait(stream));
done:
    dnnl_primitive_destroy(reorder);
    dnnl_memory_destroy(source);
    dnnl_memory_destroy(target);
    return code;
}

/* Weights into new memory with the layout that the primitive wants. */
static dnnl_status_t pack_weights(direction *dir, const float *weight,
                                  const dnnl_memory_desc_t *md, dnnl_engine_t engine,
                                  dnnl_stream_t stream)
{
    const dnnl_memory_desc_t *wanted = md_of(dir, dnnl_query_weights_md);
    dnnl_status_t code = dnnl_out_of_memory;

    if (!(dir->packed = imp_alloc(1, dir->packed_bytes))) goto done;
    DNN(relay(dir->packed, wanted, weight, md, engine, stream));
    DNN(dnnl_memory_create(&dir->weights, wanted, engine, dir->packed));
done:
    return code;
}

/* The primitive's view of a bias. */
static dnnl_status_t view_bias(direction *dir, float *bias, dnnl_engine_t engine)
{
    dnnl_status_t code;
    dnnl_memory_desc_t md;

    DNN(bias_desc(&md, &dir->shape.filter));
    DNN(dnnl_memory_create(&dir->bias, &md, engine, bias));
done:
    return code;
}

static dnnl_status_t pack_bias(direction *dir, const dnn_conv *conv, const float *bias)
{
    if (!(dir->packed_bias = imp_alloc(1, dir->bias_bytes))) return dnnl_out_of_memory;
    memcpy(dir->packed_bias, bias, (size_t) dir->shape.filter.out_c * sizeof *bias);
    return view_bias(dir, dir->packed_bias, conv->engine);
}

/* The caller's tensors, and where they differ the primitive's. */
static dnnl_status_t make_memories(direction *dir, dnnl_engine_t engine)
{
    const imp_conv2d_desc *d = &dir->shape.filter;
    const dnnl_memory_desc_t *in = md_of(dir, dnnl_query_src_md);
    const dnnl_memory_desc_t *out = md_of(dir, dnnl_query_dst_md);
    dnnl_status_t code;
    dnnl_memory_desc_t x, y;

    DNN(input_desc(&x, &dir->shape, tag_of(d->in_c)));
    DNN(output_desc(&y, &dir->shape, tag_of(d->out_c)));
    DNN(dnnl_memory_create(&dir->src, &x, engine, DNNL_MEMORY_NONE));
    DNN(dnnl_memory_create(&dir->dst, &y, engine, DNNL_MEMORY_NONE));
    DNN(dnnl_memory_create(&dir->workspace, md_of(dir, dnnl_query_scratchpad_md), engine,
                           DNNL_MEMORY_NONE));
    if (dir->in_bytes) {
        DNN(dnnl_memory_create(&dir->in, in, engine, DNNL_MEMORY_NONE));
        DNN(make_reorder(&dir->reorder_in, &x, in, engine));
    }
    if (dir->out_bytes) {
        DNN(dnnl_memory_create(&dir->out, out, engine, DNNL_MEMORY_NONE));
        DNN(make_reorder(&dir->reorder_out, out, &y, engine));
        if (d->add) DNN(make_reorder(&dir->reorder_add, &y, out, engine));
    }
done:
    return code;
}

/* The weights are those of this direction's forward convolution. */
static dnnl_status_t make_direction(direction *dir, const dnn_conv *conv, const float *weight,
                                    const float *bias)
{
    dnnl_status_t code;
    dnnl_memory_desc_t plain;

    DNN(weights_desc(&plain, &dir->shape.filter, false));
    DNN(pack_weights(dir, weight, &plain, conv->engine, conv->stream));
    if (bias) DNN(pack_bias(dir, conv, bias));
    DNN(make_memories(dir, conv->engine));
    DNN(dnnl_primitive_create(&dir->conv, dir->pd));
done:
    return code;
}

static shape forward_shape(const imp_conv_desc *d)
{
    return (shape) {
        .filter = {
            .in_c = d->in_c, .out_c = d->out_c, .kernel = d->kernel, .stride = 1,
            .dilation = 1, .pad = d->pad,
            .activation = d->relu ? IMP_ACTIVATION_RELU : IMP_ACTIVATION_NONE,
        },
        .h = d->h, .w = d->w,
    };
}

/* The forward convolution that takes gradients back. */
static shape backward_shape(const imp_conv_desc *d)
{
    const shape forward = forward_shape(d);

    return (shape) {
        .filter = {
            .in_c = d->out_c, .out_c = d->in_c, .kernel = d->kernel, .stride = 1,
            .dilation = 1, .pad = d->kernel - 1 - d->pad,
        },
        .h = imp_conv2d_side(&forward.filter, d->h),
        .w = imp_conv2d_side(&forward.filter, d->w),
    };
}

/* The forward direction's weights (OIHW) turned round, I and O exchanged. */
static float *turn_weights(const imp_conv_desc *d, const float *weight)
{
    const size_t taps = (size_t) d->kernel * (size_t) d->kernel;
    const size_t outs = (size_t) d->out_c, ins = (size_t) d->in_c;
    float *turned = imp_alloc(outs * ins * taps, sizeof *turned);

    for (size_t o = 0; turned && o < outs; o++)
        for (size_t i = 0; i < ins; i++)
            for (size_t t = 0; t < taps; t++)
                turned[(i * outs + o) * taps + taps - 1 - t] = *weight++;
    return turned;
}

/* The way back, from the weights as conv_new() was given them. */
static dnnl_status_t make_backward(dnn_conv *conv, const float *weight)
{
    float *turned = turn_weights(&conv->desc, weight);
    const dnnl_status_t code = turned ? make_direction(&conv->backward, conv, turned, NULL)
                                      : dnnl_out_of_memory;

    imp_free(turned);
    return code;
}

static imp_status failed(dnnl_status_t code, const shape *s, imp_error *err)
{
    const imp_conv2d_desc *d = &s->filter;

    if (code == dnnl_out_of_memory)
        return imp_fail(err, IMP_ENOMEM, "no memory for a convolution of %d to %d channels "
                        "over %dx%d pixels", d->in_c, d->out_c, s->w, s->h);
    return imp_fail(err, IMP_EUNSUPPORTED, "oneDNN cannot do a convolution of %d to %d "
                    "channels over %dx%d pixels (status %d): use backend \"c\"", d->in_c,
                    d->out_c, s->w, s->h, (int) code);
}

static const imp_conv_kind kind;

static void free_conv(imp_conv *base);

/* Takes no memory but for the primitives' descriptions. */
static dnnl_status_t plan_conv(dnn_conv *conv)
{
    const imp_conv_desc *d = &conv->desc;
    const shape there = forward_shape(d), back = backward_shape(d);
    dnnl_status_t code;

    conv->z_bytes = imp_conv_plane_bytes(d);
    DNN(dnnl_engine_create(&conv->engine, dnnl_cpu, 0));
    DNN(dnnl_stream_create(&conv->stream, conv->engine, dnnl_stream_default_flags));
    DNN(plan_conv_direction(&conv->forward, &there, true, conv->engine));
    if (d->backward) DNN(plan_conv_direction(&conv->backward, &back, false, conv->engine));
done:
    return code;
}

static imp_status conv_new(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                           const float *bias, imp_error *err)
{
    const shape forward = forward_shape(desc);
    dnnl_status_t code = dnnl_out_of_memory;
    dnn_conv *conv;

    *out = NULL;
    if (desc->precision != IMP_PRECISION_FP32)
        return imp_fail(err, IMP_EUNSUPPORTED, "backend \"onednn\" computes in fp32 only: "
                        "choose another backend, or precision fp32");
    if (!(conv = imp_alloc(1, sizeof *conv))) goto done;
    conv->base.kind = &kind;
    conv->desc = *desc;
    conv->threads = omp_get_max_threads();
    DNN(plan_conv(conv));
    if (weight) {
        DNN(make_direction(&conv->forward, conv, weight, bias));
        if (desc->backward) DNN(make_backward(conv, weight));
    }
    *out = &conv->base;
    conv = NULL;
done:
    if (conv) free_conv(&conv->base);
    return code ? failed(code, &forward, err) : IMP_OK;
}

static void free_direction(direction *dir)
{
    const dnnl_primitive_t primitives[] = { dir->conv, dir->reorder_in, dir->reorder_out,
                                            dir->reorder_add };
    const dnnl_memory_t memories[] = { dir->src, dir->dst, dir->in, dir->out, dir->workspace,
                                       dir->weights, dir->bias };

    for (size_t i = 0; i < sizeof primitives / sizeof *primitives; i++)
        dnnl_primitive_destroy(primitives[i]);
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        dnnl_memory_destroy(memories[i]);
    dnnl_primitive_desc_destroy(dir->pd);
    imp_free(dir->packed);
    imp_free(dir->packed_bias);
}

static void free_conv(imp_conv *base)
{
    dnn_conv *conv = (dnn_conv *) base;

    free_direction(&conv->forward);
    free_direction(&conv->backward);
    if (conv->stream) dnnl_stream_destroy(conv->stream);
    if (conv->engine) dnnl_engine_destroy(conv->engine);
    imp_free(conv);
}

static size_t scratch_of(const direction *dir)
{
    return dir->in_bytes + dir->out_bytes + dir->workspace_bytes;
}

static size_t scratch_bytes(const imp_conv *base)
{
    const dnn_conv *conv = (const dnn_conv *) base;
    const size_t forward = scratch_of(&conv->forward), backward = scratch_of(&conv->backward);

    return conv->z_bytes + (forward > backward ? forward : backward);
}

static size_t own_bytes(const imp_conv *base)
{
    const dnn_conv *conv = (const dnn_conv *) base;
    const direction *f = &conv->forward, *b = &conv->backward;
    const size_t own = (sizeof *conv + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN;

    return own + f->packed_bytes + f->bias_bytes + b->packed_bytes;
}

/* --- Running it -------------------------------------------------------------------------- */

static dnnl_status_t execute(const direction *dir, dnnl_stream_t stream, float *y, float *x,
                             char *scratch)
{
    const dnnl_exec_arg_t args[] = {
        { DNNL_ARG_SRC, dir->in ? dir->in : dir->src },
        { DNNL_ARG_DST, dir->out ? dir->out : dir->dst },
        { DNNL_ARG_WEIGHTS, dir->weights }, { DNNL_ARG_SCRATCHPAD, dir->workspace },
        { DNNL_ARG_BIAS, dir->bias },
    };
    dnnl_status_t code;

    DNN(dnnl_memory_set_data_handle(dir->src, x));
    DNN(dnnl_memory_set_data_handle(dir->dst, y));
    if (dir->in) DNN(dnnl_memory_set_data_handle(dir->in, scratch));
    if (dir->out) DNN(dnnl_memory_set_data_handle(dir->out, scratch + dir->in_bytes));
    DNN(dnnl_memory_set_data_handle(dir->workspace, scratch + dir->in_bytes + dir->out_bytes));
    if (dir->in) DNN(copy_over(dir->reorder_in, stream, dir->src, dir->in));
    if (dir->reorder_add) DNN(copy_over(dir->reorder_add, stream, dir->dst, dir->out));
    DNN(dnnl_primitive_execute(dir->conv, stream, dir->bias ? 5 : 4, args));
    if (dir->out) DNN(copy_over(dir->reorder_out, stream, dir->out, dir->dst));
    DNN(dnnl_stream_wait(stream));
done:
    return code;
}

/* Runs with the threads it was made for. False: no memory for oneDNN's list of arguments. */
static bool run(const direction *dir, dnnl_stream_t stream, int threads, imp_tensor *y,
                const imp_tensor *x, char *scratch)
{
    const int before = imp_threads_use(threads);
    const bool done = !execute(dir, stream, y->data, x->data, scratch);

    imp_threads_use(before);
    return done;
}

static bool run_conv(const dnn_conv *conv, const direction *dir, imp_tensor *y,
                     const imp_tensor *x, char *scratch)
{
    return run(dir, conv->stream, conv->threads, y, x, scratch + conv->z_bytes);
}

/* An operation cannot fail: what is not a number the painter notices. */
static void fail(imp_tensor *result)
{
    imp_fill_c(result->data, NAN, imp_tensor_floats(result));
}

static void forward(const imp_conv *base, imp_tensor *y, imp_gate *mask, const imp_tensor *x,
                    void *scratch)
{
    const dnn_conv *conv = (const dnn_conv *) base;
    imp_tensor z = imp_conv_plane(&conv->desc, conv->desc.pool ? scratch : y->data);

    if (!run_conv(conv, &conv->forward, &z, x, scratch)) fail(y);
    else if (mask || conv->desc.pool) imp_conv_finish(&conv->desc, y, mask, &z);
}

static void backward(const imp_conv *base, imp_tensor *dx, const imp_tensor *dy,
                     const imp_gate *mask, void *scratch)
{
    const dnn_conv *conv = (const dnn_conv *) base;
    imp_tensor dz = imp_conv_plane(&conv->desc, conv->desc.relu ? scratch : dy->data);

    if (conv->desc.relu) imp_conv_spread(&conv->desc, &dz, dy, mask);
    if (!run_conv(conv, &conv->backward, dx, &dz, scratch)) fail(dx);
}

/* --- Filters ----------------------------------------------------------------------------- */

/* The weights' layout is what oneDNN likes for maps of some size; for others it takes it too,
 * or they are laid out once more. */
struct imp_conv2d {
    imp_conv2d_desc desc;
    dnnl_engine_t engine;
    dnnl_memory_desc_t md;       /* of the weights */
    float *weight, *bias;
};

struct imp_sized_conv2d {
    const imp_conv2d *filter;
    dnnl_stream_t stream;        /* its own: filters are shared by threads */
    int threads;                 /* what the primitive was made for        */
    direction dir;
};

enum { SOME_SIDE = 64 };         /* of a filter's output, when its weights are laid out */

/* Not Winograd's way, whose weights are several times as large. */
static dnnl_status_t choose_conv2d(dnnl_primitive_desc_t *pd, const shape *s,
                                   const dnnl_memory_desc_t *weights, dnnl_engine_t engine)
{
    static const way ways[] = {
        { dnnl_convolution_direct, false, false }, { dnnl_convolution_direct, false, true },
        { dnnl_convolution_direct, true, false }, { dnnl_convolution_direct, true, true },
    };
    const given g = { .bias = true, .weights = weights };

    return choose(pd, s, &g, ways, sizeof ways / sizeof *ways, engine);
}

/* The side of a map of which the filter makes about SOME_SIDE. */
static int some_side(const imp_conv2d_desc *d)
{
    return SOME_SIDE * d->stride + d->dilation * (d->kernel - 1) - 2 * d->pad;
}

static dnnl_status_t fill_conv2d(imp_conv2d *f, const shape *s, const float *weight,
                                 const float *bias)
{
    const size_t bias_bytes = (size_t) s->filter.out_c * sizeof *bias;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_stream_t stream = NULL;
    dnnl_status_t code;
    dnnl_memory_desc_t plain;

    DNN(dnnl_engine_create(&f->engine, dnnl_cpu, 0));
    DNN(dnnl_stream_create(&stream, f->engine, dnnl_stream_default_flags));
    DNN(choose_conv2d(&pd, s, NULL, f->engine));
    f->md = *dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    f->weight = imp_alloc(1, room_for(&f->md));
    f->bias = imp_alloc(1, bias_bytes);
    code = dnnl_out_of_memory;
    if (!f->weight || !f->bias) goto done;
    memcpy(f->bias, bias, bias_bytes);
    DNN(weights_desc(&plain, &s->filter, false));
    DNN(relay(f->weight, &f->md, weight, &plain, f->engine, stream));
done:
    dnnl_primitive_desc_destroy(pd);
    if (stream) dnnl_stream_destroy(stream);
    return code;
}

imp_status imp_onednn_conv2d_new(imp_conv2d **out, const imp_conv2d_desc *desc,
                                 const float *weight, const float *bias, imp_error *err)
{
    const shape s = { *desc, some_side(desc), some_side(desc) };
    imp_conv2d *f = imp_alloc(1, sizeof *f);
    dnnl_status_t code = dnnl_out_of_memory;

    *out = NULL;
    if (!f) goto done;
    f->desc = *desc;
    DNN(fill_conv2d(f, &s, weight, bias));
    *out = f;
    f = NULL;
done:
    imp_onednn_conv2d_free(f);
    return code ? failed(code, &s, err) : IMP_OK;
}

void imp_onednn_conv2d_free(imp_conv2d *f)
{
    if (!f) return;
    if (f->engine) dnnl_engine_destroy(f->engine);
    imp_free(f->weight);
    imp_free(f->bias);
    imp_free(f);
}

/* The filter's own weights, or others if the primitive cannot do with their layout. */
static dnnl_status_t take_weights(direction *dir, const imp_conv2d *f, dnnl_stream_t stream)
{
    if (!dnnl_memory_desc_equal(&f->md, md_of(dir, dnnl_query_weights_md)))
        return pack_weights(dir, f->weight, &f->md, f->engine, stream);
    return dnnl_memory_create(&dir->weights, &f->md, f->engine, f->weight);
}

static dnnl_status_t fill_sized(imp_sized_conv2d *sized)
{
    const imp_conv2d *f = sized->filter;
    direction *dir = &sized->dir;
    dnnl_status_t code;

    DNN(dnnl_stream_create(&sized->stream, f->engine, dnnl_stream_default_flags));
    DNN(choose_conv2d(&dir->pd, &dir->shape, &f->md, f->engine));
    DNN(plan_direction(dir, true));
    DNN(take_weights(dir, f, sized->stream));
    DNN(view_bias(dir, f->bias, f->engine));
    DNN(make_memories(dir, f->engine));
    DNN(dnnl_primitive_create(&dir->conv, dir->pd));
done:
    return code;
}

imp_status imp_onednn_sized_new(imp_sized_conv2d **out, const imp_conv2d *filter, int h, int w,
                                imp_error *err)
{
    const shape s = { filter->desc, h, w };
    imp_sized_conv2d *sized = imp_alloc(1, sizeof *sized);
    dnnl_status_t code = dnnl_out_of_memory;

    *out = NULL;
    if (!sized) goto done;
    sized->filter = filter;
    sized->threads = omp_get_max_threads();
    sized->dir.shape = s;
    DNN(fill_sized(sized));
    *out = sized;
    sized = NULL;
done:
    imp_onednn_sized_free(sized);
    return code ? failed(code, &s, err) : IMP_OK;
}

void imp_onednn_sized_free(imp_sized_conv2d *sized)
{
    if (!sized) return;
    free_direction(&sized->dir);
    if (sized->stream) dnnl_stream_destroy(sized->stream);
    imp_free(sized);
}

size_t imp_onednn_sized_scratch(const imp_sized_conv2d *sized)
{
    return scratch_of(&sized->dir);
}

void imp_onednn_sized_run(const imp_sized_conv2d *sized, imp_tensor *y, const imp_tensor *x,
                          void *scratch)
{
    if (!run(&sized->dir, sized->stream, sized->threads, y, x, scratch)) fail(y);
}

/* --- The table --------------------------------------------------------------------------- */

/* In no list of kinds to choose from. */
static const imp_conv_kind kind = {
    .free = free_conv, .scratch = scratch_bytes, .bytes = own_bytes, .forward = forward,
    .backward = backward,
};

const imp_ops imp_ops_onednn = {
    .name = "onednn",
    .conv_new = conv_new,
    IMP_OPS_CONV_BY_KIND,
    IMP_ONEDNN_CONV2D,
    IMP_LEVEL_GRAM,
    IMP_LEVEL_REST,
};
