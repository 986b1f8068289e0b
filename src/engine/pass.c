/* pass.c - one pass through a network: planned, then run without taking memory.
 *
 * The layers up to the deepest tap become stages 0, 1, ... n - 1, stage 0 being the input and
 * stage 1 its padding if that is an operation of its own. A convolution takes the rectifier
 * and the pooling after it into its stage where nobody wants to see what is between them.
 * Stage s runs forward at moment s and backward at moment 2 n - s. Each tensor is alive from
 * the moment that makes it to the last one that reads it, and plan.h finds room for all of
 * them in one arena. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/network.h"
#include "engine/plan.h"

enum { KERNEL = 3, MAX_SIDE = 1 << 28 };

typedef enum stage_kind {
    STAGE_INPUT, STAGE_PAD, STAGE_CONV, STAGE_RELU, STAGE_POOL
} stage_kind;

typedef struct stage {
    stage_kind kind;
    const imp_layer *layer;        /* the first one; NULL for the input and its padding    */
    bool relu, pool;               /* what a convolution does besides                      */
    int tap;                       /* index in desc->taps, or -1                           */
    imp_conv *conv;
    imp_tensor y, g;               /* output, and the gradient with respect to it          */
    imp_gate *mask;                /* of a convolution with a rectifier and a way back     */
    imp_block y_at, g_at, mask_at; /* their places; g's is that of stage g_stage           */
    imp_block scratch_at[2];       /* by direction                                         */
    int g_stage;
} stage;

enum { BLOCKS_PER_STAGE = 5 };
enum { FORWARD, BACKWARD };

struct imp_pass {
    const imp_ops *ops;
    imp_pass_desc desc;
    float *arena;
    size_t arena_bytes;
    double *seconds;               /* lent, [stage][direction]; NULL: nobody wants to know */
    int n;
    stage stage[];
};

/* --- Shapes ------------------------------------------------------------------------------ */

static imp_tensor tensor(int c, int h, int w)
{
    return (imp_tensor) { NULL, c, h, w, c < IMP_BLOCK ? 1 : IMP_BLOCK };
}

/* The output of a layer for an input of h x w; each pooling halves the sides. */
static imp_tensor layer_shape(const imp_network *net, int layer, int h, int w)
{
    for (int i = 0; i <= layer; i++)
        if (net->layer[i].kind == IMP_LAYER_POOL) h /= 2, w /= 2;
    return tensor(net->layer[layer].out_c, h, w);
}

imp_tensor imp_pass_tap_shape(const imp_pass_desc *desc, int i)
{
    return layer_shape(desc->network, desc->taps[i], desc->h, desc->w);
}

static int deepest(const imp_pass_desc *desc)
{
    int layer = -1;

    for (int i = 0; i < desc->n_taps; i++)
        if (desc->taps[i] > layer) layer = desc->taps[i];
    return layer;
}

static int tap_of(const imp_pass_desc *desc, int layer)
{
    for (int i = 0; i < desc->n_taps; i++)
        if (desc->taps[i] == layer) return i;
    return -1;
}

static imp_status check_desc(const imp_pass_desc *desc, imp_error *err)
{
    const imp_network *net = desc->network;
    int least;

    if (desc->n_taps < 1)
        return imp_fail(err, IMP_EINVAL, "%s: no layer to look at", net->name);
    for (int i = 0; i < desc->n_taps; i++)
        if (desc->taps[i] < 0 || desc->taps[i] >= net->n_layers
            || tap_of(desc, desc->taps[i]) != i)
            return imp_fail(err, IMP_EINVAL, "%s: layer %d is unknown or asked for twice",
                            net->name, desc->taps[i]);
    least = imp_network_least_side(net, deepest(desc));
    if (desc->w < least || desc->h < least)
        return imp_fail(err, IMP_EINVAL, "a picture of %dx%d is too small for layer %s, which "
                        "needs %d pixels a side: choose a larger size or earlier layers",
                        desc->w, desc->h, net->layer[deepest(desc)].name, least);
    if (desc->w > MAX_SIDE || desc->h > MAX_SIDE)
        return imp_fail(err, IMP_EINVAL, "a picture of %dx%d is too large: choose a smaller "
                        "size", desc->w, desc->h);
    return IMP_OK;
}

/* --- Stages ------------------------------------------------------------------------------ */

static stage *add_stage(imp_pass *pass, stage_kind kind, const imp_layer *layer, imp_tensor y)
{
    stage *s = &pass->stage[pass->n];

    *s = (stage) { .kind = kind, .layer = layer, .tap = -1, .y = y, .g = y,
                   .g_stage = pass->n };
    pass->n++;
    return s;
}

static stage_kind kind_of(const imp_layer *layer)
{
    switch (layer->kind) {
    case IMP_LAYER_CONV: return STAGE_CONV;
    case IMP_LAYER_RELU: return STAGE_RELU;
    case IMP_LAYER_POOL: break;
    }
    return STAGE_POOL;
}

/* The last layer of the stage that begins with layer i. None passes the deepest, a tap. */
static int last_of_stage(const imp_pass_desc *d, int i)
{
    const imp_layer *layer = d->network->layer;

    if (layer[i].kind != IMP_LAYER_CONV || layer[i].out_c < IMP_BLOCK || tap_of(d, i) >= 0
        || layer[i + 1].kind != IMP_LAYER_RELU)
        return i;
    if (tap_of(d, i + 1) >= 0 || layer[i + 2].kind != IMP_LAYER_POOL
        || d->pooling == IMP_POOL_L2)
        return i + 1;
    return i + 2;
}

static void add_stages(imp_pass *pass)
{
    const imp_pass_desc *d = &pass->desc;
    const imp_network *net = d->network;

    add_stage(pass, STAGE_INPUT, NULL, tensor(net->in_c, d->h, d->w));
    if (d->padding == IMP_PAD_REPLICATE)
        add_stage(pass, STAGE_PAD, NULL, tensor(net->in_c, d->h + 2, d->w + 2));
    for (int i = 0, last; i <= deepest(d); i = last + 1) {
        const imp_layer *layer = &net->layer[i];
        last = last_of_stage(d, i);
        stage *s = add_stage(pass, kind_of(layer), layer, layer_shape(net, last, d->h, d->w));
        s->tap = tap_of(d, last);
        s->relu = last > i;
        s->pool = last > i + 1;
    }
    for (int s = pass->n - 2; s >= 0; s--)   /* a rectifier's backward works in place */
        if (pass->stage[s + 1].kind == STAGE_RELU)
            pass->stage[s].g_stage = pass->stage[s + 1].g_stage;
}

static imp_conv_desc conv_desc(const imp_pass *pass, const stage *s)
{
    const stage *before = s - 1;

    return (imp_conv_desc) {
        .in_c = s->layer->in_c, .out_c = s->layer->out_c, .h = before->y.h, .w = before->y.w,
        .kernel = KERNEL, .pad = before->kind == STAGE_PAD ? 0 : KERNEL / 2, .relu = s->relu,
        .pool = s->pool, .pooling = pass->desc.pooling, .backward = pass->desc.backward,
        .precision = pass->desc.precision,
    };
}

/* A stage's first layer's output, which another one may be fused to. */
static imp_tensor plane_of(const imp_pass *pass, const stage *s)
{
    const imp_pass_desc *d = &pass->desc;

    return layer_shape(d->network, (int) (s->layer - d->network->layer), d->h, d->w);
}

/* The weights of one convolution, which must have the shape that the table says. */
static imp_status find_weights(const float **weight, const float **bias,
                               const imp_layer *layer, imp_weight_source *source, void *user,
                               imp_error *err)
{
    int out_c, in_c, kernel;

    if (!source(user, layer->name, weight, bias, &out_c, &in_c, &kernel))
        return imp_fail(err, IMP_EFORMAT, "%s: the model has no such convolution; use a model "
                        "that reaches so far, or layers before it", layer->name);
    if (out_c != layer->out_c || in_c != layer->in_c || kernel != KERNEL)
        return imp_fail(err, IMP_EFORMAT, "%s: the model's weights are %d x %d x %d x %d, not "
                        "%d x %d x %d x %d", layer->name, out_c, in_c, kernel, kernel,
                        layer->out_c, layer->in_c, KERNEL, KERNEL);
    return IMP_OK;
}

/* source NULL: convolutions that only know their sizes. */
static imp_status make_convs(imp_pass *pass, imp_weight_source *source, void *user,
                             imp_error *err)
{
    imp_status status = IMP_OK;

    for (int s = 0; s < pass->n; s++) {
        stage *st = &pass->stage[s];
        const float *weight = NULL, *bias = NULL;
        if (st->kind != STAGE_CONV) continue;
        const imp_conv_desc desc = conv_desc(pass, st);
        if (source) TRY(find_weights(&weight, &bias, st->layer, source, user, err));
        TRY(pass->ops->conv_new(&st->conv, &desc, weight, bias, err));
    }
done:
    return status;
}

/* --- The plan ---------------------------------------------------------------------------- */

/* When each output is read for the last time. The input is the caller's all the while. */
static void plan_outputs(imp_pass *pass)
{
    const bool backward = pass->desc.backward;
    const int n = pass->n;

    for (int s = 0; s < n; s++) {
        stage *st = &pass->stage[s];
        const int back = backward ? 2 * n - s : n;
        st->y_at.first = st->y_at.last = s;
        if (s > 0) imp_block_keep(&st[-1].y_at, s);
        if (st->kind == STAGE_INPUT || st->tap >= 0) imp_block_keep(&st->y_at, back);
        if (backward && st->kind == STAGE_RELU) imp_block_keep(&st->y_at, back);
        if (backward && st->kind == STAGE_POOL && pass->desc.pooling != IMP_POOL_AVERAGE) {
            imp_block_keep(&st->y_at, back);
            imp_block_keep(&st[-1].y_at, back);
        }
    }
}

/* The gradient at stage s is begun by the stage after it and read by stage s. */
static void plan_gradients(imp_pass *pass)
{
    const int n = pass->n;

    for (int s = n - 1; s >= 0; s--) {
        imp_block *g = &pass->stage[pass->stage[s].g_stage].g_at;
        if (pass->stage[s].g_stage == s) g->first = s == n - 1 ? n + 1 : 2 * n - s - 1;
        imp_block_keep(g, 2 * n - s);
    }
}

/* A bit for each float of the plane. */
static bool mask_bytes(size_t *bytes, const imp_tensor *plane)
{
    const bool fits = imp_plan_tensor(bytes, plane);

    *bytes /= IMP_BLOCK * sizeof(float) / sizeof(imp_gate);
    return fits && imp_plan_round(bytes);
}

/* The bytes of the tensors that a stage owns, its mask, and its convolution's scratch. */
static bool plan_sizes(imp_pass *pass, int s)
{
    const bool backward = pass->desc.backward;
    const int n = pass->n;
    stage *st = &pass->stage[s];
    size_t scratch = st->conv ? pass->ops->conv_scratch(st->conv) : 0;

    if (!imp_plan_round(&scratch)) return false;
    st->scratch_at[FORWARD] = (imp_block) { .bytes = scratch, .first = s, .last = s };
    st->scratch_at[BACKWARD] = (imp_block) { .bytes = backward ? scratch : 0,
                                             .first = 2 * n - s, .last = 2 * n - s };
    st->mask_at = (imp_block) { .first = s, .last = 2 * n - s };
    if (backward && st->relu) {
        const imp_tensor plane = plane_of(pass, st);
        if (!mask_bytes(&st->mask_at.bytes, &plane)) return false;
    }
    return imp_plan_tensor(&st->y_at.bytes, &st->y)
           && (!backward || st->g_stage != s || imp_plan_tensor(&st->g_at.bytes, &st->g));
}

static imp_status plan_arena(imp_pass *pass, imp_error *err)
{
    imp_block **blocks = imp_alloc((size_t) pass->n * BLOCKS_PER_STAGE, sizeof *blocks);
    bool fits = true;

    if (!blocks) return imp_fail(err, IMP_ENOMEM, "no memory for a plan");
    for (int s = 0; s < pass->n; s++) {
        stage *st = &pass->stage[s];
        imp_block *const own[BLOCKS_PER_STAGE] = {
            &st->y_at, &st->g_at, &st->mask_at, &st->scratch_at[FORWARD],
            &st->scratch_at[BACKWARD]
        };
        memcpy(blocks + s * BLOCKS_PER_STAGE, own, sizeof own);
        fits = fits && plan_sizes(pass, s);
    }
    plan_outputs(pass);
    plan_gradients(pass);
    fits = fits && imp_plan_place(blocks, (size_t) pass->n * BLOCKS_PER_STAGE,
                                  &pass->arena_bytes);
    imp_free(blocks);
    return fits ? IMP_OK
                : imp_fail(err, IMP_ENOMEM, "a picture of %dx%d needs more memory than there "
                           "can be: choose a smaller size", pass->desc.w, pass->desc.h);
}

static size_t pass_size(const imp_pass_desc *desc)
{
    return sizeof(imp_pass) + (size_t) (deepest(desc) + 3) * sizeof(stage);
}

/* Everything but the arena itself. */
static imp_status plan_pass(imp_pass **out, const imp_ops *ops, const imp_pass_desc *desc,
                            imp_weight_source *source, void *user, imp_error *err)
{
    imp_status status = IMP_OK;
    imp_pass *pass = NULL;

    *out = NULL;
    TRY(check_desc(desc, err));
    pass = imp_alloc(1, pass_size(desc));
    if (!pass) {
        status = imp_fail(err, IMP_ENOMEM, "no memory for a pass");
        goto done;
    }
    pass->ops = ops;
    pass->desc = *desc;
    add_stages(pass);
    TRY(make_convs(pass, source, user, err));
    TRY(plan_arena(pass, err));
    *out = pass;
    pass = NULL;
done:
    imp_pass_free(pass);
    return status;
}

imp_status imp_pass_bytes(uint64_t *bytes, const imp_ops *ops, const imp_pass_desc *desc,
                          imp_error *err)
{
    imp_pass *pass;
    size_t own = pass_size(desc);
    const imp_status status = plan_pass(&pass, ops, desc, NULL, NULL, err);

    if (status != IMP_OK) return status;
    imp_plan_round(&own);
    *bytes = own + (uint64_t) pass->arena_bytes;
    for (int s = 0; s < pass->n; s++)
        if (pass->stage[s].conv) *bytes += ops->conv_bytes(pass->stage[s].conv);
    imp_pass_free(pass);
    return IMP_OK;
}

/* --- Making one -------------------------------------------------------------------------- */

static float *at(const imp_pass *pass, const imp_block *b)
{
    return pass->arena + b->offset / sizeof(float);
}

imp_status imp_pass_new(imp_pass **out, const imp_ops *ops, const imp_pass_desc *desc,
                        imp_weight_source *source, void *user, imp_error *err)
{
    imp_status status = IMP_OK;
    imp_pass *pass;

    *out = NULL;
    TRY(plan_pass(&pass, ops, desc, source, user, err));
    if (!(pass->arena = ops->alloc(pass->arena_bytes / sizeof(float)))) {
        status = imp_fail(err, IMP_ENOMEM, "no memory for a pass over %dx%d pixels (%zu "
                          "bytes): choose a smaller size", desc->w, desc->h,
                          pass->arena_bytes);
        goto done;
    }
    for (int s = 0; s < pass->n; s++) {
        stage *st = &pass->stage[s];
        st->y.data = at(pass, &st->y_at);
        st->g.data = at(pass, &pass->stage[st->g_stage].g_at);
        if (st->mask_at.bytes) st->mask = (imp_gate *) (void *) at(pass, &st->mask_at);
    }
    *out = pass;
    pass = NULL;
done:
    imp_pass_free(pass);
    return status;
}

void imp_pass_free(imp_pass *pass)
{
    if (!pass) return;
    for (int s = 0; s < pass->n; s++) pass->ops->conv_free(pass->stage[s].conv);
    if (pass->arena) pass->ops->free(pass->arena);
    imp_free(pass);
}

imp_tensor *imp_pass_input(imp_pass *pass)
{
    return &pass->stage[0].y;
}

const imp_tensor *imp_pass_tap(const imp_pass *pass, int i)
{
    for (int s = 0; s < pass->n; s++)
        if (pass->stage[s].tap == i) return &pass->stage[s].y;
    return NULL;
}

/* --- What it does ------------------------------------------------------------------------ */

int imp_pass_stages(const imp_pass *pass)
{
    return pass->n;
}

void imp_pass_stage_info(const imp_pass *pass, int i, imp_stage_info *info)
{
    const stage *s = &pass->stage[i];

    *info = (imp_stage_info) { .shape = s->y };
    info->shape.data = NULL;
    snprintf(info->name, sizeof info->name, "%s%s%s",
             s->layer ? s->layer->name : s->kind == STAGE_PAD ? "pad" : "input",
             s->relu ? "+relu" : "", s->pool ? "+pool" : "");
    if (s->kind == STAGE_CONV) {
        const imp_tensor z = plane_of(pass, s);
        info->flop = 2.0 * KERNEL * KERNEL * s->layer->in_c * s->layer->out_c * z.h * z.w;
    }
}

void imp_pass_time(imp_pass *pass, double *seconds)
{
    pass->seconds = seconds;
}

/* --- Running it -------------------------------------------------------------------------- */

static void stage_forward(const imp_pass *pass, stage *st)
{
    const imp_ops *ops = pass->ops;
    const imp_tensor *x = &st[-1].y;

    switch (st->kind) {
    case STAGE_INPUT: break;
    case STAGE_PAD: ops->pad_replicate(&st->y, x); break;
    case STAGE_CONV:
        ops->conv_forward(st->conv, &st->y, st->mask, x, at(pass, &st->scratch_at[FORWARD]));
        break;
    case STAGE_RELU: ops->relu(&st->y, x); break;
    case STAGE_POOL: ops->pool(pass->desc.pooling, &st->y, x); break;
    }
}

static void stage_backward(const imp_pass *pass, stage *st)
{
    const imp_ops *ops = pass->ops;
    imp_tensor *dx = &st[-1].g;

    switch (st->kind) {
    case STAGE_INPUT: break;
    case STAGE_PAD: ops->pad_replicate_backward(dx, &st->g); break;
    case STAGE_CONV:
        ops->conv_backward(st->conv, dx, &st->g, st->mask,
                           at(pass, &st->scratch_at[BACKWARD]));
        break;
    case STAGE_RELU: ops->relu_backward(&st->g, &st->y); break;
    case STAGE_POOL:
        ops->pool_backward(pass->desc.pooling, dx, &st->g, &st->y, &st[-1].y);
        break;
    }
}

static void run_stage(const imp_pass *pass, stage *st, int direction)
{
    const double start = pass->seconds ? imp_clock() : 0;

    if (direction == FORWARD) stage_forward(pass, st);
    else stage_backward(pass, st);
    if (pass->seconds)
        pass->seconds[2 * (st - pass->stage) + direction] += imp_clock() - start;
}

void imp_pass_forward(imp_pass *pass)
{
    for (int s = 1; s < pass->n; s++) run_stage(pass, &pass->stage[s], FORWARD);
}

const imp_tensor *imp_pass_backward(imp_pass *pass, imp_tap_gradient *add, void *user)
{
    stage *last = &pass->stage[pass->n - 1];

    assert(pass->desc.backward);
    pass->ops->fill(last->g.data, 0, imp_tensor_floats(&last->g));
    for (stage *st = last; st > pass->stage; st--) {
        if (st->tap >= 0) add(user, st->tap, &st->y, &st->g);
        run_stage(pass, st, BACKWARD);
    }
    return &pass->stage[0].g;
}
