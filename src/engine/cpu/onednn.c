/* onednn.c - convolutions by oneDNN; every dnnl_ call of the library is here.
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

/* One direction of a convolution. The scratch holds, in this order, the input and the output
 * where the primitive wants them laid out otherwise, and the primitive's own workspace. */
typedef struct direction {
    imp_conv_desc desc;                        /* of this direction's forward convolution  */
    dnnl_primitive_desc_t pd;
    dnnl_primitive_t conv;
    dnnl_primitive_t reorder_in, reorder_out;  /* NULL: taken as it is                     */
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

static int out_side(int in, const imp_conv_desc *d)
{
    return in + 2 * d->pad - d->kernel + 1;
}

static dnnl_status_t input_desc(dnnl_memory_desc_t *md, const imp_conv_desc *d,
                                dnnl_format_tag_t tag)
{
    return tensor_desc(md, d->in_c, d->h, d->w, tag);
}

static dnnl_status_t output_desc(dnnl_memory_desc_t *md, const imp_conv_desc *d,
                                 dnnl_format_tag_t tag)
{
    return tensor_desc(md, d->out_c, out_side(d->h, d), out_side(d->w, d), tag);
}

static dnnl_status_t weights_desc(dnnl_memory_desc_t *md, const imp_conv_desc *d,
                                  dnnl_format_tag_t tag)
{
    const dnnl_dims_t dims = { d->out_c, d->in_c, d->kernel, d->kernel };

    return dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32, tag);
}

static dnnl_status_t bias_desc(dnnl_memory_desc_t *md, const imp_conv_desc *d)
{
    const dnnl_dims_t dims = { d->out_c };

    return dnnl_memory_desc_init_by_tag(md, 1, dims, dnnl_f32, dnnl_a);
}

static dnnl_status_t conv_attr(dnnl_primitive_attr_t *attr, bool relu)
{
    dnnl_status_t code;
    dnnl_post_ops_t post = NULL;

    *attr = NULL;
    DNN(dnnl_primitive_attr_create(attr));
    DNN(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user));
    if (relu) {
        DNN(dnnl_post_ops_create(&post));
        DNN(dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, 0, 0));
        DNN(dnnl_primitive_attr_set_post_ops(*attr, post));
    }
done:
    if (post) dnnl_post_ops_destroy(post);
    return code;
}

/* A way to compute it: with the tensors as they are, or (any_layout) as oneDNN likes them. */
static dnnl_status_t describe(dnnl_primitive_desc_t *pd, const imp_conv_desc *d, bool has_bias,
                              dnnl_alg_kind_t algorithm, bool any_layout, dnnl_engine_t engine)
{
    const dnnl_dims_t strides = { 1, 1 }, pads = { d->pad, d->pad };
    dnnl_status_t code;
    dnnl_memory_desc_t x, y, w, b;
    dnnl_convolution_desc_t conv;
    dnnl_primitive_attr_t attr = NULL;

    *pd = NULL;
    DNN(input_desc(&x, d, any_layout ? dnnl_format_tag_any : tag_of(d->in_c)));
    DNN(output_desc(&y, d, any_layout ? dnnl_format_tag_any : tag_of(d->out_c)));
    DNN(weights_desc(&w, d, dnnl_format_tag_any));
    DNN(bias_desc(&b, d));
    DNN(conv_attr(&attr, d->relu));
    DNN(dnnl_convolution_forward_desc_init(&conv, dnnl_forward_inference, algorithm, &x, &w,
                                           has_bias ? &b : NULL, &y, strides, pads, pads));
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

/* The fastest way there is: Winograd's, 2.5 times faster than direct and as exact (2e-6),
 * needs AVX-512; the layout is kept where that is possible. */
static dnnl_status_t choose(dnnl_primitive_desc_t *pd, const imp_conv_desc *d, bool has_bias,
                            dnnl_engine_t engine)
{
    static const struct { dnnl_alg_kind_t algorithm; bool any_layout; } ways[] = {
        { dnnl_convolution_winograd, false }, { dnnl_convolution_auto, false },
        { dnnl_convolution_winograd, true },
    };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (describe(pd, d, has_bias, ways[i].algorithm, ways[i].any_layout, engine)) continue;
        if (!is_reference(*pd)) return dnnl_success;
        dnnl_primitive_desc_destroy(*pd);
    }
    return describe(pd, d, has_bias, dnnl_convolution_auto, true, engine);
}

static const dnnl_memory_desc_t *md_of(const direction *dir, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(dir->pd, what, 0);
}

static size_t room_for(const dnnl_memory_desc_t *md)
{
    return (dnnl_memory_desc_get_size(md) + IMP_ALIGN - 1) / IMP_ALIGN * IMP_ALIGN;
}

/* Chooses the primitive and works out all sizes; takes no memory for them. */
static dnnl_status_t plan_direction(direction *dir, const imp_conv_desc *desc, bool has_bias,
                                    dnnl_engine_t engine)
{
    dnnl_status_t code;
    dnnl_memory_desc_t x, y, b;

    dir->desc = *desc;
    DNN(choose(&dir->pd, desc, has_bias, engine));
    DNN(input_desc(&x, desc, tag_of(desc->in_c)));
    DNN(output_desc(&y, desc, tag_of(desc->out_c)));
    DNN(bias_desc(&b, desc));
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

/* Weights (OIHW) into the layout that the primitive wants. */
static dnnl_status_t pack_weights(direction *dir, const dnn_conv *conv, float *weight)
{
    const dnnl_memory_desc_t *wanted = md_of(dir, dnnl_query_weights_md);
    dnnl_status_t code = dnnl_out_of_memory;
    dnnl_memory_t plain = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_memory_desc_t md;

    if (!(dir->packed = imp_alloc(1, dir->packed_bytes))) goto done;
    DNN(weights_desc(&md, &dir->desc, dnnl_oihw));
    DNN(dnnl_memory_create(&plain, &md, conv->engine, weight));
    DNN(dnnl_memory_create(&dir->weights, wanted, conv->engine, dir->packed));
    DNN(make_reorder(&reorder, &md, wanted, conv->engine));
    DNN(copy_over(reorder, conv->stream, plain, dir->weights));
    DNN(dnnl_stream_wait(conv->stream));
done:
    dnnl_primitive_destroy(reorder);
    dnnl_memory_destroy(plain);
    return code;
}

static dnnl_status_t pack_bias(direction *dir, const dnn_conv *conv, const float *bias)
{
    dnnl_status_t code = dnnl_out_of_memory;
    dnnl_memory_desc_t md;

    if (!(dir->packed_bias = imp_alloc(1, dir->bias_bytes))) goto done;
    memcpy(dir->packed_bias, bias, (size_t) dir->desc.out_c * sizeof *bias);
    DNN(bias_desc(&md, &dir->desc));
    DNN(dnnl_memory_create(&dir->bias, &md, conv->engine, dir->packed_bias));
done:
    return code;
}

/* The caller's tensors, and where they differ the primitive's. */
static dnnl_status_t make_memories(direction *dir, dnnl_engine_t engine)
{
    const imp_conv_desc *d = &dir->desc;
    const dnnl_memory_desc_t *in = md_of(dir, dnnl_query_src_md);
    const dnnl_memory_desc_t *out = md_of(dir, dnnl_query_dst_md);
    dnnl_status_t code;
    dnnl_memory_desc_t x, y;

    DNN(input_desc(&x, d, tag_of(d->in_c)));
    DNN(output_desc(&y, d, tag_of(d->out_c)));
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
    }
done:
    return code;
}

static dnnl_status_t make_direction(direction *dir, const dnn_conv *conv, float *weight,
                                    const float *bias)
{
    dnnl_status_t code;

    DNN(pack_weights(dir, conv, weight));
    if (bias) DNN(pack_bias(dir, conv, bias));
    DNN(make_memories(dir, conv->engine));
    DNN(dnnl_primitive_create(&dir->conv, dir->pd));
done:
    return code;
}

/* The forward convolution that takes gradients back. */
static imp_conv_desc backward_desc(const imp_conv_desc *d)
{
    return (imp_conv_desc) {
        .in_c = d->out_c, .out_c = d->in_c, .h = out_side(d->h, d), .w = out_side(d->w, d),
        .kernel = d->kernel, .pad = d->kernel - 1 - d->pad,
    };
}

/* A copy of the forward direction's weights (OIHW), or turned round with I and O exchanged. */
static float *copy_weights(const imp_conv_desc *d, const float *weight, bool turned)
{
    const size_t taps = (size_t) d->kernel * (size_t) d->kernel;
    const size_t outs = (size_t) d->out_c, ins = (size_t) d->in_c;
    float *copy = imp_alloc(outs * ins * taps, sizeof *copy);

    if (copy && !turned) memcpy(copy, weight, outs * ins * taps * sizeof *copy);
    if (!copy || !turned) return copy;
    for (size_t o = 0; o < outs; o++)
        for (size_t i = 0; i < ins; i++)
            for (size_t t = 0; t < taps; t++)
                copy[(i * outs + o) * taps + taps - 1 - t] = weight[(o * ins + i) * taps + t];
    return copy;
}

/* Fills the direction in, from the weights as conv_new() was given them. */
static dnnl_status_t fill_direction(direction *dir, const dnn_conv *conv,
                                    const imp_conv_desc *desc, const float *weight,
                                    const float *bias)
{
    float *own = copy_weights(desc, weight, !bias);
    const dnnl_status_t code = own ? make_direction(dir, conv, own, bias) : dnnl_out_of_memory;

    imp_free(own);
    return code;
}

static imp_status failed(dnnl_status_t code, const imp_conv_desc *d, imp_error *err)
{
    if (code == dnnl_out_of_memory)
        return imp_fail(err, IMP_ENOMEM, "no memory for a convolution of %d to %d channels "
                        "over %dx%d pixels", d->in_c, d->out_c, d->w, d->h);
    return imp_fail(err, IMP_EUNSUPPORTED, "oneDNN cannot do a convolution of %d to %d "
                    "channels over %dx%d pixels (status %d): use backend \"c\"", d->in_c,
                    d->out_c, d->w, d->h, (int) code);
}

static const imp_conv_kind kind;

static void free_conv(imp_conv *base);

/* Takes no memory but for the primitives' descriptions. */
static dnnl_status_t plan_conv(dnn_conv *conv)
{
    const imp_conv_desc *d = &conv->desc, back = backward_desc(d);
    dnnl_status_t code;

    conv->z_bytes = imp_conv_plane_bytes(d);
    DNN(dnnl_engine_create(&conv->engine, dnnl_cpu, 0));
    DNN(dnnl_stream_create(&conv->stream, conv->engine, dnnl_stream_default_flags));
    DNN(plan_direction(&conv->forward, d, true, conv->engine));
    if (d->backward) DNN(plan_direction(&conv->backward, &back, false, conv->engine));
done:
    return code;
}

static imp_status conv_new(imp_conv **out, const imp_conv_desc *desc, const float *weight,
                           const float *bias, imp_error *err)
{
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
        DNN(fill_direction(&conv->forward, conv, desc, weight, bias));
        if (desc->backward) DNN(fill_direction(&conv->backward, conv, desc, weight, NULL));
    }
    *out = &conv->base;
    conv = NULL;
done:
    if (conv) free_conv(&conv->base);
    return code ? failed(code, desc, err) : IMP_OK;
}

static void free_direction(direction *dir)
{
    const dnnl_primitive_t primitives[] = { dir->conv, dir->reorder_in, dir->reorder_out };
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
    DNN(dnnl_primitive_execute(dir->conv, stream, dir->bias ? 5 : 4, args));
    if (dir->out) DNN(copy_over(dir->reorder_out, stream, dir->out, dir->dst));
    DNN(dnnl_stream_wait(stream));
done:
    return code;
}

/* Runs with the threads it was made for. False: no memory for oneDNN's list of arguments. */
static bool run(const dnn_conv *conv, const direction *dir, imp_tensor *y, const imp_tensor *x,
                char *scratch)
{
    const int before = imp_threads_use(conv->threads);
    const bool done = !execute(dir, conv->stream, y->data, x->data, scratch + conv->z_bytes);

    imp_threads_use(before);
    return done;
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

    if (!run(conv, &conv->forward, &z, x, scratch)) fail(y);
    else if (mask || conv->desc.pool) imp_conv_finish(&conv->desc, y, mask, &z);
}

static void backward(const imp_conv *base, imp_tensor *dx, const imp_tensor *dy,
                     const imp_gate *mask, void *scratch)
{
    const dnn_conv *conv = (const dnn_conv *) base;
    imp_tensor dz = imp_conv_plane(&conv->desc, conv->desc.relu ? scratch : dy->data);

    if (conv->desc.relu) imp_conv_spread(&conv->desc, &dz, dy, mask);
    if (!run(conv, &conv->backward, dx, &dz, scratch)) fail(dx);
}

/* In no list of kinds to choose from. */
static const imp_conv_kind kind = {
    .free = free_conv, .scratch = scratch_bytes, .bytes = own_bytes, .forward = forward,
    .backward = backward,
};

const imp_ops imp_ops_onednn = {
    .name = "onednn",
    .conv_new = conv_new,
    IMP_OPS_CONV_BY_KIND,
    IMP_LEVEL_GRAM,
    IMP_LEVEL_REST,
};
