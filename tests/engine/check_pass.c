/* check_pass.c - a whole pass, forward and back, against the same network in double; the plan;
 * what is refused. With --bench [SIDE [BACKEND]] it times steps of VGG19 up to relu5_1. */
#include "heap.h"

#include "check.h"

#include "base/clock.h"
#include "small_net.h"

static imp_error err;

enum { MAX_TAPS = N_LAYERS };

/* Relative L2. Some ten roundings of 6e-8 where convolutions are direct; the Winograd kernels
 * of the fast levels are good to 1e-5 a layer. Half as much again on the way back. */
static const double FORWARD_TOLERANCE = 2e-5, GRADIENT_TOLERANCE = 5e-5;

/* --- The network in double --------------------------------------------------------------- */

/* The outputs of the layers up to the deepest tap, and the gradients with respect to them. */
typedef struct maps {
    map input, padded, layer[N_LAYERS];
    map d_input, d_padded, d_layer[N_LAYERS];
    int n;
} maps;

static maps new_maps(const imp_pass_desc *d)
{
    const imp_layer *layer = d->network->layer;
    maps m = { .input = kernel_map(3, d->h, d->w, NULL),
               .padded = kernel_map(3, d->h + 2, d->w + 2, NULL),
               .d_input = kernel_map(3, d->h, d->w, NULL),
               .d_padded = kernel_map(3, d->h + 2, d->w + 2, NULL) };

    for (int i = 0; i < d->n_taps; i++) m.n = d->taps[i] + 1 > m.n ? d->taps[i] + 1 : m.n;
    for (int i = 0, h = d->h, w = d->w; i < m.n; i++) {
        if (layer[i].kind == IMP_LAYER_POOL) h /= 2, w /= 2;
        m.layer[i] = kernel_map(layer[i].out_c, h, w, NULL);
        m.d_layer[i] = kernel_map(layer[i].out_c, h, w, NULL);
    }
    return m;
}

static void free_maps(maps *m)
{
    imp_free(m->input.v);
    imp_free(m->padded.v);
    imp_free(m->d_input.v);
    imp_free(m->d_padded.v);
    for (int i = 0; i < m->n; i++) imp_free(m->layer[i].v);
    for (int i = 0; i < m->n; i++) imp_free(m->d_layer[i].v);
}

static bool is_padded(const imp_pass_desc *d, int layer)
{
    return layer == 0 && d->padding == IMP_PAD_REPLICATE;
}

static void forward_in_double(maps *m, const imp_pass_desc *d, const test_weights *w)
{
    ref_pad(&m->padded, &m->input);
    for (int i = 0; i < m->n; i++) {
        const bool padded = is_padded(d, i);
        const map *in = i ? &m->layer[i - 1] : padded ? &m->padded : &m->input;
        switch (d->network->layer[i].kind) {
        case IMP_LAYER_CONV:
            ref_conv(&m->layer[i], in, w->weight[i], w->bias[i], 3, padded ? 0 : 1);
            break;
        case IMP_LAYER_RELU: ref_relu(&m->layer[i], in); break;
        case IMP_LAYER_POOL: ref_pool(d->pooling, &m->layer[i], in); break;
        }
    }
}

/* d_in = the gradient with respect to the input of layer i, from that of its output. */
static void layer_back_in_double(maps *m, map *d_in, const imp_pass_desc *d,
                                 const test_weights *w, int i)
{
    const map *d_out = &m->d_layer[i];

    switch (d->network->layer[i].kind) {
    case IMP_LAYER_CONV:
        ref_conv_backward(d_in, d_out, w->weight[i], 3, is_padded(d, i) ? 0 : 1);
        break;
    case IMP_LAYER_RELU:
        for (size_t k = 0; k < map_size(d_in); k++)
            d_in->v[k] = m->layer[i].v[k] > 0 ? d_out->v[k] : 0;
        break;
    case IMP_LAYER_POOL:
        ref_pool_backward(d->pooling, d_in, d_out, &m->layer[i], &m->layer[i - 1]);
        break;
    }
}

/* r[i]: the gradient of the loss with respect to tap i alone, in plain order. */
static void backward_in_double(maps *m, const imp_pass_desc *d, const test_weights *w,
                               float *const *r)
{
    map *last = &m->d_layer[m->n - 1];

    for (size_t k = 0; k < map_size(last); k++) last->v[k] = 0;
    for (int i = m->n - 1; i >= 0; i--) {
        map *d_in = i ? &m->d_layer[i - 1] : is_padded(d, i) ? &m->d_padded : &m->d_input;
        for (int t = 0; t < d->n_taps; t++)
            for (size_t k = 0; d->taps[t] == i && k < map_size(&m->d_layer[i]); k++)
                m->d_layer[i].v[k] += (double) r[t][k];
        layer_back_in_double(m, d_in, d, w, i);
    }
    if (is_padded(d, 0)) ref_pad_backward(&m->d_input, &m->d_padded);
}

/* --- One case: a loss of sum r y over all taps, r being seeded numbers ------------------- */

typedef struct run {
    const imp_ops *ops;
    imp_pass_desc desc;
    test_weights weights;
    imp_pass *pass;
    maps m;
    imp_tensor r[MAX_TAPS];      /* in the backend's memory and layout */
    float *r_plain[MAX_TAPS];
    int calls[MAX_TAPS], n_calls;
    int n_wanted;                /* the taps after that many have no gradient */
    double forward_tolerance;
} run;

static void to_layout(float *host, const imp_tensor *t, const float *plain)
{
    for (int c = 0; c < t->c; c++)
        for (int y = 0; y < t->h; y++)
            for (int x = 0; x < t->w; x++) host[imp_tensor_index(t, c, y, x)] = *plain++;
}

static void put_r(run *r, int i)
{
    const map *m = &r->m.layer[r->desc.taps[i]];
    imp_tensor t = imp_pass_tap_shape(&r->desc, i);
    const size_t n = imp_tensor_floats(&t);
    float *host = imp_alloc(n, sizeof *host);

    CHECK(t.c == m->c && t.h == m->h && t.w == m->w);
    r->r_plain[i] = kernel_numbers(map_size(m), (uint64_t) i + 50, 1);
    to_layout(host, &t, r->r_plain[i]);
    t.data = r->ops->alloc(n);
    r->ops->upload(t.data, host, n);
    r->r[i] = t;
    imp_free(host);
}

static void set_input(run *r)
{
    imp_tensor *in = imp_pass_input(r->pass);
    const size_t n = imp_tensor_floats(in);
    float *x = kernel_numbers(n, 7, 1);

    CHECK(in->c == 3 && in->h == r->desc.h && in->w == r->desc.w && in->block == 1);
    r->ops->upload(in->data, x, n);
    for (size_t i = 0; i < n; i++) r->m.input.v[i] = (double) x[i];
    imp_free(x);
}

static bool start(run *r, const imp_ops *ops, const imp_pass_desc *desc)
{
    *r = (run) { .ops = ops, .desc = *desc, .weights = make_weights(desc->network),
                 .m = new_maps(desc), .n_wanted = desc->n_taps,
                 .forward_tolerance = FORWARD_TOLERANCE };
    for (int i = 0; i < desc->n_taps; i++) put_r(r, i);
    if (imp_pass_new(&r->pass, ops, desc, find_weights, &r->weights, &err) != IMP_OK) {
        check_fail(__FILE__, __LINE__, "%s", err.message);
        return false;
    }
    set_input(r);
    return true;
}

static void finish(run *r)
{
    imp_pass_free(r->pass);
    for (int i = 0; i < r->desc.n_taps; i++) {
        r->ops->free(r->r[i].data);
        imp_free(r->r_plain[i]);
    }
    free_maps(&r->m);
    free_weights(&r->weights);
}

/* --- Against double ---------------------------------------------------------------------- */

static float *download_plain(const imp_ops *ops, float *to, const imp_tensor *t)
{
    const size_t n = imp_tensor_floats(t);
    float *host = imp_alloc(n, sizeof *host);

    ops->download(host, t->data, n);
    for (int c = 0; c < t->c; c++)
        for (int y = 0; y < t->h; y++)
            for (int x = 0; x < t->w; x++) *to++ = host[imp_tensor_index(t, c, y, x)];
    imp_free(host);
    return to;
}

static double distance(const imp_ops *ops, const imp_tensor *t, const map *want)
{
    const size_t n = map_size(want);
    float *got = imp_alloc(n, sizeof *got);
    double off;

    CHECK(t->c == want->c && t->h == want->h && t->w == want->w);
    download_plain(ops, got, t);
    off = kernel_distance(got, want->v, n);
    imp_free(got);
    return off;
}

static double tap_distance(const run *r, int i)
{
    return distance(r->ops, imp_pass_tap(r->pass, i), &r->m.layer[r->desc.taps[i]]);
}

/* The tap is as the forward pass left it, until now. */
static void add_r(void *user, int tap, const imp_tensor *output, imp_tensor *grad)
{
    run *r = user;
    const imp_tensor *known = imp_pass_tap(r->pass, tap);

    CHECK(output->data == known->data && grad->c == known->c && grad->h == known->h);
    CHECK(tap_distance(r, tap) <= r->forward_tolerance);
    r->calls[r->n_calls++ % MAX_TAPS] = tap;
    if (tap < r->n_wanted)
        r->ops->add_scaled(grad->data, r->r[tap].data, 1, imp_tensor_floats(grad));
}

/* The gradients were asked for once each, the deepest layer first. */
static void check_calls(const run *r)
{
    CHECK(r->n_calls == r->desc.n_taps);
    for (int i = 1; i < r->n_calls; i++)
        CHECK(r->desc.taps[r->calls[i]] < r->desc.taps[r->calls[i - 1]]);
}

/* Forward and backward; the distance of the gradient. */
static double there_and_back(run *r)
{
    const imp_tensor *g;

    forward_in_double(&r->m, &r->desc, &r->weights);
    backward_in_double(&r->m, &r->desc, &r->weights, r->r_plain);
    imp_pass_forward(r->pass);
    for (int i = 0; i < r->desc.n_taps; i++)
        CHECK(tap_distance(r, i) <= r->forward_tolerance);
    g = imp_pass_backward(r->pass, add_r, r);
    check_calls(r);
    CHECK(g->block == 1);
    return distance(r->ops, g, &r->m.d_input);
}

static void check_case(const imp_ops *ops, const imp_pass_desc *desc)
{
    run r;

    if (start(&r, ops, desc)) CHECK(there_and_back(&r) <= GRADIENT_TOLERANCE);
    finish(&r);
}

static const struct { int taps[MAX_TAPS], n; } tap_sets[] = {
    { { RELU4 }, 1 }, { { CONV4 }, 1 }, { { CONV1 }, 1 }, { { RELU1 }, 1 }, { { POOL2 }, 1 },
    { { CONV2, RELU2 }, 2 }, { { RELU1, RELU4, CONV3, POOL1 }, 4 },
    { { RELU3, CONV4, RELU2, CONV1 }, 4 }, { { RELU2, RELU1 }, 2 },
    { { RELU4, CONV3 }, 2 },
};

static const struct { int h, w; } sizes[] = { { 9, 7 }, { 4, 4 }, { 5, 12 } };

enum {
    N_TAP_SETS = sizeof tap_sets / sizeof *tap_sets,
    N_SIZES = sizeof sizes / sizeof *sizes
};

static imp_pass_desc make_desc(const imp_network *net, size_t set, size_t size,
                               imp_pooling pooling, imp_padding padding, bool backward)
{
    imp_pass_desc d = { .network = net, .h = sizes[size].h, .w = sizes[size].w,
                        .pooling = pooling, .padding = padding, .n_taps = tap_sets[set].n,
                        .backward = backward };

    memcpy(d.taps, tap_sets[set].taps, sizeof tap_sets[set].taps);
    return d;
}

/* Calls check for every pooling, padding, set of taps and backend, and the first sizes. */
static void for_all(const imp_network *net, size_t n_sizes, bool backward,
                    void (*check)(const imp_ops *ops, const imp_pass_desc *desc))
{
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; i < N_TAP_SETS * n_sizes; i++)
            for (int pooling = IMP_POOL_MAX; pooling <= IMP_POOL_L2; pooling++)
                for (int padding = IMP_PAD_ZERO; padding <= IMP_PAD_REPLICATE; padding++) {
                    const imp_pass_desc d = make_desc(net, i % N_TAP_SETS,
                                                      i / N_TAP_SETS, (imp_pooling) pooling,
                                                      (imp_padding) padding, backward);
                    check(ops, &d);
                }
}

static void test_against_double(void)
{
    for_all(&small_net, N_SIZES, true, check_case);
    for_all(&wide_net, 1, true, check_case);
}

static double loss_in_double(run *r)
{
    double loss = 0;

    forward_in_double(&r->m, &r->desc, &r->weights);
    for (int i = 0; i < r->desc.n_taps; i++) {
        const map *m = &r->m.layer[r->desc.taps[i]];
        for (size_t k = 0; k < map_size(m); k++) loss += (double) r->r_plain[i][k] * m->v[k];
    }
    return loss;
}

/* The gradient in double is what central differences say: a step of 1e-6 does not cross a kink
 * here, but near 0 the root of L2 pooling bends. */
static void check_differences(run *r)
{
    const double step = 1e-6;

    forward_in_double(&r->m, &r->desc, &r->weights);
    backward_in_double(&r->m, &r->desc, &r->weights, r->r_plain);
    for (size_t i = 0; i < map_size(&r->m.input); i += 5) {
        double *x = &r->m.input.v[i];
        const double old = *x;
        *x = old + step;
        const double up = loss_in_double(r);
        *x = old - step;
        const double down = loss_in_double(r);
        *x = old;
        CHECK_CLOSE(r->m.d_input.v[i], (up - down) / (2 * step), 1e-5);
    }
}

static void test_double_against_differences(void)
{
    for (int pooling = IMP_POOL_MAX; pooling <= IMP_POOL_L2; pooling++) {
        const imp_pass_desc d = make_desc(&small_net, 6, 0, (imp_pooling) pooling,
                                          (imp_padding) (pooling % 2), true);
        run r;
        if (start(&r, &imp_ops_reference, &d)) check_differences(&r);
        finish(&r);
    }
}

/* --- Fusion ------------------------------------------------------------------------------ */

/* The wanted taps, and the gradient if there is one, one after the other. */
static float *outputs(run *r, size_t *n)
{
    float *all = imp_alloc(1 << 14, sizeof *all), *end = all;

    forward_in_double(&r->m, &r->desc, &r->weights);
    imp_pass_forward(r->pass);
    for (int i = 0; i < r->n_wanted; i++)
        end = download_plain(r->ops, end, imp_pass_tap(r->pass, i));
    if (r->desc.backward)
        end = download_plain(r->ops, end, imp_pass_backward(r->pass, add_r, r));
    *n = (size_t) (end - all);
    return all;
}

/* The same with a tap at each layer, which leaves nothing to fuse. */
static void check_fusion(const imp_ops *ops, const imp_pass_desc *desc)
{
    imp_pass_desc apart = *desc;
    run a, b;
    bool ready = start(&a, ops, desc);

    for (int i = 0; i < a.m.n; i++) {
        bool tapped = false;
        for (int t = 0; t < desc->n_taps; t++) tapped = tapped || desc->taps[t] == i;
        if (!tapped) apart.taps[apart.n_taps++] = i;
    }
    ready = start(&b, ops, &apart) && ready;
    b.n_wanted = desc->n_taps;
    if (ready) {
        size_t n_a, n_b;
        float *y_a = outputs(&a, &n_a), *y_b = outputs(&b, &n_b);
        CHECK(n_a == n_b && imp_pass_stages(a.pass) <= imp_pass_stages(b.pass));
        /* The reference does the same sums; others may cut them up in another way. */
        if (ops == &imp_ops_reference) CHECK(!memcmp(y_a, y_b, n_a * sizeof *y_a));
        else CHECK(check_distance(y_a, y_b, n_a) <= FORWARD_TOLERANCE);
        imp_free(y_a);
        imp_free(y_b);
    }
    finish(&a);
    finish(&b);
}

static void test_fusion(void)
{
    for_all(&small_net, N_SIZES, true, check_fusion);
    for_all(&wide_net, 1, true, check_fusion);
}

static const struct { imp_pooling pooling; int n; const char *name[8]; } stages[] = {
    { IMP_POOL_MAX, 8, { "input", "pad", "conv1+relu", "conv2+relu+pool", "conv3", "relu3",
                         "pool2", "conv4+relu" } },
    { IMP_POOL_AVERAGE, 8, { "input", "pad", "conv1+relu", "conv2+relu+pool", "conv3", "relu3",
                             "pool2", "conv4+relu" } },
    { IMP_POOL_L2, 8, { "input", "pad", "conv1+relu", "conv2+relu", "pool1", "conv3", "relu3",
                        "pool2" } },
};

/* What is fused, by name; and that the clock sees the convolutions, both ways. */
static void test_stages(void)
{
    for (size_t k = 0; k < sizeof stages / sizeof *stages; k++) {
        const imp_pass_desc d = make_desc(&small_net, 9, 0, stages[k].pooling,
                                          IMP_PAD_REPLICATE, true);
        double seconds[2 * N_LAYERS + 4] = { 0 };
        run r;
        if (!start(&r, &imp_ops_reference, &d)) continue;
        CHECK(imp_pass_stages(r.pass) == stages[k].n + (stages[k].pooling == IMP_POOL_L2));
        imp_pass_time(r.pass, seconds);
        CHECK(there_and_back(&r) <= GRADIENT_TOLERANCE);
        for (int i = 0; i < stages[k].n; i++) {
            imp_stage_info info;
            imp_pass_stage_info(r.pass, i, &info);
            CHECK_TEXT(info.name, stages[k].name[i]);
            CHECK((info.flop > 0) == !strncmp(info.name, "conv", 4) && !info.shape.data);
            CHECK(!(info.flop > 0) || (seconds[2 * i] > 0 && seconds[2 * i + 1] > 0));
            if (!strcmp(info.name, "conv2+relu+pool"))
                CHECK(info.shape.c == 20 && info.shape.h == 4 && info.shape.w == 3
                      && fabs(info.flop - 2.0 * 9 * 16 * 20 * 9 * 7) < 0.5);
        }
        finish(&r);
    }
}

/* --- bfloat16 ---------------------------------------------------------------------------- */

/* Operands are off by up to 2^-9 each, some 1e-3 of a sum over both, a little more in deeper
 * layers; the gradient passes the same layers again, and a few rectifiers decide otherwise.
 * Nearer than float's roundings allow would mean that nothing was rounded. */
static void test_bf16(void)
{
    for (int pooling = IMP_POOL_MAX; pooling <= IMP_POOL_L2; pooling++) {
        imp_pass_desc d = make_desc(&wide_net, 6, 0, (imp_pooling) pooling, IMP_PAD_ZERO,
                                    true);
        double off;
        run r;
        d.precision = IMP_PRECISION_BF16;
        if (!start(&r, &imp_ops_reference, &d)) continue;
        r.forward_tolerance = 1e-2;
        off = there_and_back(&r);
        CHECK(off > 1e-4 && off < 5e-2);
        for (int i = 0; i < d.n_taps; i++) CHECK(tap_distance(&r, i) > 1e-4);
        finish(&r);
    }
}

static void test_no_bf16(void)
{
    imp_pass_desc d = make_desc(&wide_net, 6, 0, IMP_POOL_MAX, IMP_PAD_ZERO, true);
    test_weights w = make_weights(&wide_net);
    const imp_ops *ops = imp_ops_find("onednn");
    imp_pass *pass;

    d.precision = IMP_PRECISION_BF16;
    CHECK_STATUS(imp_pass_new(&pass, &imp_ops_c, &d, find_weights, &w, &err),
                 IMP_EUNSUPPORTED);
    if (ops)
        CHECK_STATUS(imp_pass_new(&pass, ops, &d, find_weights, &w, &err), IMP_EUNSUPPORTED);
    free_weights(&w);
}

/* --- Forward alone, and twice ------------------------------------------------------------ */

/* A pass that shares memory between activations gives the same bits as one that keeps them. */
static void check_forward_alone(const imp_ops *ops, const imp_pass_desc *desc)
{
    imp_pass_desc with = *desc;
    run a, b;
    bool ready;

    with.backward = true;
    ready = start(&a, ops, desc);
    ready = start(&b, ops, &with) && ready;
    if (ready) {
        size_t n_a, n_b;
        float *y_a = outputs(&a, &n_a), *y_b = outputs(&b, &n_b);
        CHECK(n_a < n_b && !memcmp(y_a, y_b, n_a * sizeof *y_a));
        imp_free(y_a);
        imp_free(y_b);
    }
    finish(&a);
    finish(&b);
}

static void test_forward_alone(void)
{
    for_all(&small_net, 1, false, check_forward_alone);
    for_all(&wide_net, 1, false, check_forward_alone);
}

/* The second time, and in a second pass, the same bits come out. */
static void check_repeats(const imp_ops *ops, const imp_pass_desc *desc)
{
    run a, b;
    bool ready = start(&a, ops, desc);

    ready = start(&b, ops, desc) && ready;
    if (ready) {
        size_t n;
        float *first = outputs(&a, &n), *second = outputs(&a, &n), *other = outputs(&b, &n);
        CHECK(!memcmp(first, second, n * sizeof *first));
        CHECK(!memcmp(first, other, n * sizeof *first));
        imp_free(first);
        imp_free(second);
        imp_free(other);
    }
    finish(&a);
    finish(&b);
}

static void test_repeats(void)
{
    for_all(&small_net, 1, true, check_repeats);
    for_all(&wide_net, 1, true, check_repeats);
}

/* --- The plan ---------------------------------------------------------------------------- */

/* Bytes that a pass takes from the heap; 0 if it cannot be made. */
static size_t bytes_taken(const imp_ops *ops, const imp_pass_desc *desc, test_weights *w)
{
    size_t taken = 0;
    imp_pass *pass;

    heap_watch(true);
    if (imp_pass_new(&pass, ops, desc, find_weights, w, &err) == IMP_OK) {
        taken = heap.live_bytes;
        imp_pass_free(pass);
    }
    heap_watch(false);
    return taken;
}

static void check_bytes(const imp_ops *ops, const imp_pass_desc *desc)
{
    test_weights w = make_weights(desc->network);
    uint64_t planned = 0;
    size_t taken;

    CHECK(imp_pass_bytes(&planned, ops, desc, &err) == IMP_OK);
    taken = bytes_taken(ops, desc, &w);
    /* Our own take what the plan says, but for the few bytes that fill an allocation up to
     * whole cache lines. oneDNN keeps code and descriptions besides, which do not grow with
     * the picture: a few hundred kilobytes a convolution, two directions each. */
    CHECK(taken >= planned);
    if (strcmp(ops->name, "onednn"))
        CHECK(taken < planned + N_LAYERS * IMP_ALIGN && heap.live == 0);
    else CHECK(taken < planned + 4 * (2 << 20));
    free_weights(&w);
}

static void test_bytes(void)
{
    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    for_all(&small_net, 1, true, check_bytes);
    for_all(&wide_net, 1, false, check_bytes);
}

/* Content at relu4_2, style at relu1_1 .. relu5_1: what a picture is painted with. */
enum { STYLE_LAYERS = 5 };

static const char *const usual_taps[STYLE_LAYERS + 1] = {
    "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "relu4_2"
};

static imp_pass_desc usual_desc(int side, bool backward)
{
    imp_pass_desc d = { .network = &imp_vgg19, .h = side, .w = side,
                        .n_taps = STYLE_LAYERS + 1, .backward = backward };

    for (int i = 0; i < d.n_taps; i++) d.taps[i] = imp_network_find(&imp_vgg19, usual_taps[i]);
    return d;
}

/* What a pass without its weights takes, in units of a large map: 64 channels of the whole
 * picture, as conv1_1 makes them. */
static double large_maps(const imp_ops *ops, const imp_pass_desc *desc)
{
    const double large = 64.0 * 512 * 512 * 4, weights = 12944960.0 * 4;   /* to conv5_1 */
    uint64_t bytes = 0;

    CHECK(imp_pass_bytes(&bytes, ops, desc, &err) == IMP_OK);
    return ((double) bytes - weights * (desc->backward ? 2 : 1)) / large;
}

/* The taps take 2.1 large maps, the gradient of the first layer 1; the reference convolves
 * into one more before it pools. */
static void test_vgg19_memory(void)
{
    const imp_pass_desc back = usual_desc(512, true), alone = usual_desc(512, false);
    imp_pass_desc deep = alone;

    CHECK(large_maps(&imp_ops_reference, &back) < 3.5);
    CHECK(large_maps(&imp_ops_c, &back) < 3.5);
    CHECK(large_maps(&imp_ops_reference, &alone) < 2.75);
    /* With no tap before the last nothing stays: two large maps and a pooled one. */
    deep.taps[0] = deep.taps[STYLE_LAYERS - 1], deep.n_taps = 1;
    CHECK(large_maps(&imp_ops_reference, &deep) < 2.3);
}

/* Each allocation in turn fails: an error, and nothing is left behind. */
static void test_no_memory(void)
{
    const imp_pass_desc d = make_desc(&small_net, 6, 0, IMP_POOL_MAX, IMP_PAD_ZERO, true);
    imp_status status = IMP_ENOMEM;
    test_weights w;
    imp_pass *pass;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    w = make_weights(&small_net);
    for (size_t k = 1; status == IMP_ENOMEM && k < 100; k++) {
        heap_fail_at = k;
        heap_watch(true);
        status = imp_pass_new(&pass, &imp_ops_c, &d, find_weights, &w, &err);
        if (status == IMP_ENOMEM) CHECK(!pass && strstr(err.message, "no memory"));
        imp_pass_free(pass);
        heap_watch(false);
        CHECK(heap.live == 0);
        CHECK(status == IMP_OK || heap.calls >= k);
    }
    heap_fail_at = 0;
    CHECK(status == IMP_OK);
    free_weights(&w);
}

/* --- What is refused --------------------------------------------------------------------- */

/* by_plan: the plan alone refuses it, before any weights are looked at. */
static void check_refused(imp_pass_desc d, test_weights *w, bool by_plan, imp_status status,
                          const char *part)
{
    imp_pass *pass;
    uint64_t bytes;

    if (by_plan) CHECK_STATUS(imp_pass_bytes(&bytes, &imp_ops_c, &d, &err), status);
    CHECK_STATUS(imp_pass_new(&pass, &imp_ops_c, &d, find_weights, w, &err), status);
    CHECK(!pass);
    if (!strstr(err.message, part))
        check_fail(__FILE__, __LINE__, "\"%s\" lacks \"%s\"", err.message, part);
}

static void test_refused(void)
{
    const imp_pass_desc good = make_desc(&small_net, 0, 1, IMP_POOL_MAX, IMP_PAD_ZERO, true);
    test_weights w = make_weights(&small_net);
    imp_pass_desc d = good;

    d.w = 3;
    check_refused(d, &w, true, IMP_EINVAL,
                  "picture of 3x4 is too small for layer relu4, which needs 4 pixels a side");
    d = good, d.h = 0;
    check_refused(d, &w, true, IMP_EINVAL, "needs 4 pixels");
    d = good, d.h = d.w = 1 << 30;
    check_refused(d, &w, true, IMP_EINVAL, "too large");
    d = good, d.h = d.w = 1 << 28, d.pooling = IMP_POOL_L2;
    check_refused(d, &w, true, IMP_ENOMEM, "smaller size");
    d = good, d.n_taps = 0;
    check_refused(d, &w, true, IMP_EINVAL, "no layer");
    d = good, d.n_taps = 2, d.taps[1] = RELU4;
    check_refused(d, &w, true, IMP_EINVAL, "twice");
    d = good, d.taps[0] = -1;
    check_refused(d, &w, true, IMP_EINVAL, "unknown");
    w.ends_before = CONV3;
    check_refused(good, &w, false, IMP_EFORMAT, "conv3: the model has no such convolution");
    /* Reaches no further than the weights, and no pooling. */
    d = good, d.taps[0] = RELU2, d.h = d.w = 1;
    check_case(&imp_ops_reference, &d);
    free_weights(&w);
}

static bool wrong_weights(void *user, const char *layer, const float **weight,
                          const float **bias, int *out_c, int *in_c, int *kernel)
{
    const bool found = find_weights(user, layer, weight, bias, out_c, in_c, kernel);

    *in_c += !strcmp(layer, "conv2");
    return found;
}

static void test_wrong_weights(void)
{
    const imp_pass_desc d = make_desc(&small_net, 0, 1, IMP_POOL_MAX, IMP_PAD_ZERO, true);
    test_weights w = make_weights(&small_net);
    imp_pass *pass;

    CHECK_STATUS(imp_pass_new(&pass, &imp_ops_c, &d, wrong_weights, &w, &err), IMP_EFORMAT);
    CHECK_TEXT(err.message,
               "conv2: the model's weights are 20 x 17 x 3 x 3, not 20 x 16 x 3 x 3");
    free_weights(&w);
}

static void test_vgg19(void)
{
    int in_c = imp_vgg19.in_c;

    for (int i = 0; i < imp_vgg19.n_layers; i++) {
        CHECK(imp_vgg19.layer[i].in_c == in_c);
        in_c = imp_vgg19.layer[i].out_c;
        CHECK(imp_network_find(&imp_vgg19, imp_vgg19.layer[i].name) == i);
    }
    CHECK(imp_vgg19.n_layers == 37 && in_c == 512);
    CHECK(imp_network_find(&imp_vgg19, "relu6_1") == -1);
}

/* --- Bench ------------------------------------------------------------------------------- */

enum { RUNS = 5 };

typedef struct bench {
    const imp_ops *ops;
    float *gram, *target;        /* the largest of either */
    double in_losses;            /* seconds */
} bench;

static void bench_gradient(void *user, int tap, const imp_tensor *output, imp_tensor *grad)
{
    bench *b = user;
    const double start = imp_clock();

    if (tap < STYLE_LAYERS) b->ops->gram_backward(grad, b->gram, NULL, output, NULL, 1e-9);
    else b->ops->add_difference(grad->data, output->data, b->target, 1e-3,
                                imp_tensor_floats(output));
    b->in_losses += imp_clock() - start;
}

static void bench_losses(bench *b, const imp_pass *pass)
{
    const double start = imp_clock();

    for (int i = 0; i < STYLE_LAYERS; i++)
        b->ops->gram(b->gram, imp_pass_tap(pass, i), NULL, 1e-6);
    const imp_tensor *content = imp_pass_tap(pass, STYLE_LAYERS);
    b->ops->squared_distance(content->data, b->target, imp_tensor_floats(content));
    b->in_losses += imp_clock() - start;
}

static void bench_steps(bench *b, imp_pass *pass, int side, uint64_t bytes)
{
    double best = INFINITY, losses = 0;

    for (int i = 0; i < RUNS; i++) {
        const double start = imp_clock();
        b->in_losses = 0;
        imp_pass_forward(pass);
        bench_losses(b, pass);
        imp_pass_backward(pass, bench_gradient, b);
        if (imp_clock() - start < best) best = imp_clock() - start, losses = b->in_losses;
    }
    printf("%s,%d,%.4f,%.4f,%.0f\n", b->ops->name, side, best, losses, (double) bytes / 1e6);
}

static void bench_backend(const imp_ops *ops, int side)
{
    const imp_pass_desc d = usual_desc(side, true);
    test_weights w = make_weights(&imp_vgg19);
    const size_t pixels = (size_t) side * (size_t) side;
    bench b = { .ops = ops, .gram = ops->alloc(512 * 512),
                .target = ops->alloc(512 * (pixels / 64 + 1)) };
    uint64_t bytes;
    imp_pass *pass;

    CHECK_OK(imp_pass_bytes(&bytes, ops, &d, &err));
    CHECK_OK(imp_pass_new(&pass, ops, &d, find_weights, &w, &err));
    bench_steps(&b, pass, side, bytes);
    imp_pass_free(pass);
    ops->free(b.gram);
    ops->free(b.target);
    free_weights(&w);
}

/* Of every backend, or the one of that name. */
static int run_bench(int side, const char *only)
{
    const imp_ops *ops;

    printf("backend,side,seconds a step,of them in losses,planned MB\n");
    for (size_t i = 0; (ops = imp_ops_known(i)); i++)
        if (!only || !strcmp(only, ops->name)) bench_backend(ops, side);
    return check_failures > 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--bench"))
        return run_bench(argc > 2 ? atoi(argv[2]) : 256, argc > 3 ? argv[3] : NULL);
    CHECK_RUN(test_double_against_differences);
    CHECK_RUN(test_against_double);
    CHECK_RUN(test_fusion);
    CHECK_RUN(test_stages);
    CHECK_RUN(test_bf16);
    CHECK_RUN(test_no_bf16);
    CHECK_RUN(test_forward_alone);
    CHECK_RUN(test_repeats);
    CHECK_RUN(test_bytes);
    CHECK_RUN(test_vgg19_memory);
    CHECK_RUN(test_no_memory);
    CHECK_RUN(test_refused);
    CHECK_RUN(test_wrong_weights);
    CHECK_RUN(test_vgg19);
    return check_done();
}
