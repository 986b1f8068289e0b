/* check_ops.c - every operation of every backend, on one list of cases.
 *
 * Plain C is held against the double-precision forward of reference.h, and its gradients
 * against central differences of that; every other backend is held against plain C. With
 * --bench [SIDE [BACKEND]] the same program times the shapes of VGG19 for a picture of
 * SIDE x SIDE (256). */
#include "check.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "engine/cpu/gram.h"
#include "engine/ops.h"
#include "reference.h"

static imp_error err;

/* --- Cases ------------------------------------------------------------------------------- */

typedef enum kind { CONV, PAD, RELU, POOL, GRAM, TV } kind;

typedef struct shape {
    int c, out_c, h, w, kernel, pad;
    bool relu;
    imp_pooling pooling;
    imp_tv_kind tv;
} shape;

typedef struct spec { kind op; shape s; } spec;

#define CONV_CASE(in, out, high, wide, k, p, r) \
    { CONV, { .c = in, .out_c = out, .h = high, .w = wide, .kernel = k, .pad = p, .relu = r } }
#define POOL_CASES(ch, high, wide) \
    { POOL, { .c = ch, .h = high, .w = wide, .pooling = IMP_POOL_MAX } }, \
    { POOL, { .c = ch, .h = high, .w = wide, .pooling = IMP_POOL_AVERAGE } }, \
    { POOL, { .c = ch, .h = high, .w = wide, .pooling = IMP_POOL_L2 } }
#define PLAIN_CASES(op, ch, high, wide) { op, { .c = ch, .h = high, .w = wide } }
#define TV_CASES(high, wide) \
    { TV, { .c = 3, .h = high, .w = wide, .tv = IMP_TV_SQUARED } }, \
    { TV, { .c = 3, .h = high, .w = wide, .tv = IMP_TV_ABSOLUTE } }

static const spec cases[] = {
    CONV_CASE(3, 16, 1, 1, 3, 1, false), CONV_CASE(3, 64, 17, 33, 3, 1, true),
    CONV_CASE(3, 64, 9, 7, 3, 0, true), CONV_CASE(3, 20, 5, 1, 3, 1, false),
    CONV_CASE(16, 16, 1, 19, 3, 1, true), CONV_CASE(16, 32, 7, 5, 3, 1, false),
    CONV_CASE(20, 36, 7, 5, 3, 1, true), CONV_CASE(64, 64, 17, 33, 3, 1, false),
    CONV_CASE(48, 24, 2, 2, 3, 1, true), CONV_CASE(32, 5, 6, 8, 3, 1, false),
    CONV_CASE(7, 3, 4, 6, 3, 1, false), CONV_CASE(32, 48, 5, 9, 1, 0, false),
    CONV_CASE(64, 128, 16, 16, 3, 1, true), CONV_CASE(128, 64, 30, 21, 3, 1, true),
    PLAIN_CASES(PAD, 3, 1, 1), PLAIN_CASES(PAD, 3, 1, 6), PLAIN_CASES(PAD, 3, 17, 33),
    PLAIN_CASES(PAD, 20, 7, 5),
    PLAIN_CASES(RELU, 3, 7, 5), PLAIN_CASES(RELU, 20, 1, 1), PLAIN_CASES(RELU, 64, 17, 33),
    POOL_CASES(16, 2, 2), POOL_CASES(20, 7, 5), POOL_CASES(3, 2, 9), POOL_CASES(64, 17, 33),
    PLAIN_CASES(GRAM, 3, 7, 5), PLAIN_CASES(GRAM, 16, 1, 1), PLAIN_CASES(GRAM, 20, 7, 5),
    PLAIN_CASES(GRAM, 64, 17, 33), PLAIN_CASES(GRAM, 100, 1, 19),
    PLAIN_CASES(GRAM, 128, 30, 21), PLAIN_CASES(GRAM, 48, 64, 65),
    TV_CASES(1, 1), TV_CASES(1, 7), TV_CASES(7, 1), TV_CASES(17, 33),
};

enum { N_CASES = sizeof cases / sizeof *cases };

static const char *name_of(const spec *k, char text[128])
{
    static const char *const ops[] = { "conv", "pad", "relu", "pool", "gram", "tv" };
    static const char *const pools[] = { "max", "average", "l2" };
    const shape *s = &k->s;

    snprintf(text, 128, "%s %d -> %d, %dx%d, kernel %d, pad %d%s %s%s", ops[k->op], s->c,
             s->out_c, s->h, s->w, s->kernel, s->pad, s->relu ? ", relu" : "",
             k->op == POOL ? pools[s->pooling] : "",
             k->op == TV ? (s->tv == IMP_TV_SQUARED ? "squared" : "absolute") : "");
    return text;
}

/* --- Numbers ----------------------------------------------------------------------------- */

static float *numbers(size_t n, uint64_t seed)
{
    imp_random r = { seed };
    float *v = imp_alloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++) v[i] = (float) imp_random_normal(&r);
    return v;
}

static double *doubles(const float *v, size_t n)
{
    double *d = imp_alloc(n, sizeof *d);

    for (size_t i = 0; v && i < n; i++) d[i] = (double) v[i];
    return d;
}

/* The output's shape; a Gram matrix is 1 x c x c, the total variation 1 x 1 x 1. */
static map output_shape(const spec *k)
{
    const shape *s = &k->s;
    const int more = 2 * s->pad - s->kernel + 1;   /* of a convolution */

    switch (k->op) {
    case CONV: return (map) { s->out_c, s->h + more, s->w + more, NULL };
    case PAD: return (map) { s->c, s->h + 2, s->w + 2, NULL };
    case RELU: break;
    case POOL: return (map) { s->c, s->h / 2, s->w / 2, NULL };
    case GRAM: return (map) { 1, s->c, s->c, NULL };
    case TV: return (map) { 1, 1, 1, NULL };
    }
    return (map) { s->c, s->h, s->w, NULL };
}

static const double GRAM_SCALE = 0.25;

/* What a case is made of, in plain order; the same numbers for every backend. */
typedef struct problem {
    const spec *k;
    map in, out;
    size_t n_in, n_out;
    float *x, *dy, *weight, *bias;
} problem;

/* dy of a Gram matrix is symmetric, as it is in use. */
static void make_symmetric(float *d, size_t c)
{
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < i; j++) d[j * c + i] = d[i * c + j];
}

static problem make_problem(const spec *k)
{
    const shape *s = &k->s;
    const size_t taps = (size_t) (s->kernel * s->kernel);
    problem p = { .k = k, .in = { s->c, s->h, s->w, NULL }, .out = output_shape(k) };

    p.n_in = map_size(&p.in);
    p.n_out = map_size(&p.out);
    p.x = numbers(p.n_in, 1);
    p.dy = numbers(p.n_out, 2);
    p.weight = numbers((size_t) s->out_c * (size_t) s->c * taps, 3);
    p.bias = numbers((size_t) s->out_c, 4);
    if (k->op == GRAM) make_symmetric(p.dy, (size_t) s->c);
    if (k->op == TV) p.dy[0] = 1.5f;
    return p;
}

static void free_problem(problem *p)
{
    imp_free(p->x);
    imp_free(p->dy);
    imp_free(p->weight);
    imp_free(p->bias);
}

/* --- Running a case on a backend --------------------------------------------------------- */

/* A tensor in a backend's memory and layout. Without `from` it is full of garbage, which
 * operations must overwrite, in the filling too. */
static imp_tensor put(const imp_ops *ops, const map *shape_of, const float *from)
{
    imp_tensor t = { NULL, shape_of->c, shape_of->h, shape_of->w,
                     shape_of->c < IMP_BLOCK ? 1 : IMP_BLOCK };
    const size_t n = imp_tensor_floats(&t);
    float *host = imp_alloc(n, sizeof *host);

    for (size_t i = 0; i < n; i++) host[i] = from ? 0 : 1e3f;
    for (int c = 0; from && c < t.c; c++)
        for (int y = 0; y < t.h; y++)
            for (int x = 0; x < t.w; x++) host[imp_tensor_index(&t, c, y, x)] = *from++;
    t.data = ops->alloc(n);
    ops->upload(t.data, host, n);
    imp_free(host);
    return t;
}

/* Back to plain order; frees the tensor. The filling must be zero. */
static void get(const imp_ops *ops, float *to, imp_tensor *t)
{
    const int filled = (t->c + t->block - 1) / t->block * t->block;
    const size_t n = imp_tensor_floats(t);
    float *host = imp_alloc(n, sizeof *host);
    bool zero = true;

    ops->download(host, t->data, n);
    ops->free(t->data);
    for (int c = 0; c < filled; c++)
        for (int y = 0; y < t->h; y++)
            for (int x = 0; x < t->w; x++) {
                const float v = host[imp_tensor_index(t, c, y, x)];
                if (c < t->c) *to++ = v;
                else zero = zero && !(v < 0) && !(v > 0);
            }
    CHECK(zero);
    imp_free(host);
}

static void run_conv(const imp_ops *ops, const problem *p, imp_tensor *y, imp_tensor *dx,
                     const imp_tensor *x, imp_tensor *dy)
{
    const shape *s = &p->k->s;
    const imp_conv_desc d = { s->c, s->out_c, s->h, s->w, s->kernel, s->pad, s->relu, true };
    const size_t weights = (size_t) (s->c * s->out_c * s->kernel * s->kernel);
    imp_conv *conv, *sizes;
    float *scratch;

    CHECK_OK(ops->conv_new(&sizes, &d, NULL, NULL, &err));
    CHECK_OK(ops->conv_new(&conv, &d, p->weight, p->bias, &err));
    CHECK(ops->conv_scratch(sizes) == ops->conv_scratch(conv));
    CHECK(ops->conv_bytes(sizes) == ops->conv_bytes(conv));
    CHECK(ops->conv_bytes(conv) >= 2 * weights * sizeof(float));   /* both directions */
    scratch = ops->alloc(ops->conv_scratch(conv) / sizeof(float) + 1);
    ops->conv_forward(conv, y, x, scratch);
    if (s->relu) ops->relu_backward(dy, y);
    ops->conv_backward(conv, dx, dy, scratch);
    ops->free(scratch);
    ops->conv_free(sizes);
    ops->conv_free(conv);
}

/* A Gram matrix and its gradient, which is added to dx = x; both given in plain order. */
static void run_gram(const imp_ops *ops, const problem *p, float *y, imp_tensor *dx,
                     const imp_tensor *x)
{
    const size_t c = (size_t) x->c;
    float *g = ops->alloc(c * c), *d = ops->alloc(c * c);
    bool symmetric = true;

    ops->gram(g, x, GRAM_SCALE);
    ops->download(y, g, c * c);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < i; j++)
            symmetric = symmetric && !memcmp(&y[i * c + j], &y[j * c + i], sizeof *y);
    CHECK(symmetric);
    ops->upload(d, p->dy, c * c);
    ops->gram_backward(dx, d, x, 2 * GRAM_SCALE);   /* dF of sum D G, D symmetric */
    ops->free(g);
    ops->free(d);
}

/* Whether the operation adds its gradient to what is there: such cases begin with dx = x. */
static bool adds(kind op)
{
    return op == GRAM || op == TV;
}

/* y = the output, dx = the gradient of sum dy y, in plain order. */
static void run_case(const imp_ops *ops, const problem *p, float *y, float *dx)
{
    const shape *s = &p->k->s;
    const bool whole = p->k->op != GRAM && p->k->op != TV;
    imp_tensor x = put(ops, &p->in, p->x), gx = put(ops, &p->in, adds(p->k->op) ? p->x : NULL);
    imp_tensor out = put(ops, &p->out, NULL), gy = put(ops, &p->out, p->dy);

    switch (p->k->op) {
    case CONV: run_conv(ops, p, &out, &gx, &x, &gy); break;
    case PAD: ops->pad_replicate(&out, &x); ops->pad_replicate_backward(&gx, &gy); break;
    case RELU:
        ops->relu(&out, &x);
        ops->relu_backward(&gy, &out);
        ops->copy(gx.data, gy.data, imp_tensor_floats(&gx));
        break;
    case POOL:
        ops->pool(s->pooling, &out, &x);
        ops->pool_backward(s->pooling, &gx, &gy, &out, &x);
        break;
    case GRAM: run_gram(ops, p, y, &gx, &x); break;
    case TV: y[0] = (float) ops->tv(&gx, &x, s->tv, (double) p->dy[0]); break;
    }
    get(ops, dx, &gx);
    if (whole) get(ops, y, &out);
    else ops->free(out.data);
    ops->free(x.data);
    ops->free(gy.data);
}

/* --- Plain C against double -------------------------------------------------------------- */

static void reference(const problem *p, map *out, const map *in)
{
    const shape *s = &p->k->s;

    switch (p->k->op) {
    case CONV:
        ref_conv(out, in, p->weight, p->bias, s->kernel, s->pad);
        if (s->relu) ref_relu(out, out);
        break;
    case PAD: ref_pad(out, in); break;
    case RELU: ref_relu(out, in); break;
    case POOL: ref_pool(s->pooling, out, in); break;
    case GRAM: ref_gram(out->v, in, GRAM_SCALE); break;
    case TV: out->v[0] = ref_tv(in, s->tv); break;
    }
}

static double weighted_sum(const problem *p, map *out, const map *in)
{
    double sum = 0;

    reference(p, out, in);
    for (size_t i = 0; i < p->n_out; i++) sum += (double) p->dy[i] * out->v[i];
    return sum;
}

/* d sum dy y / dx[i]. The step is small enough not to cross the kink of a rectifier or maximum
 * in practice, and large enough that rounding (1e-16 of the sum, over 1e-6) stays below
 * 1e-8. */
static double difference(const problem *p, map *out, map *in, size_t i)
{
    const double step = 1e-6, x = in->v[i];
    double up, down;

    in->v[i] = x + step;
    up = weighted_sum(p, out, in);
    in->v[i] = x - step;
    down = weighted_sum(p, out, in);
    in->v[i] = x;
    return (up - down) / (2 * step);
}

enum { DIFFERENCES = 12 };

/* Compares a few gradients, spread over the whole, by the size that gradients have there. The
 * float sums have up to 9 * 128 terms: 1e-5 is 160 roundings, and differences cost below
 * 1e-6. */
static void check_gradient(const problem *p, map *out, map *in, const float *dx)
{
    const size_t stride = p->n_in / DIFFERENCES + 1;
    double worst = 0, size = 0;

    for (size_t i = 0; i < p->n_in; i++) size += (double) dx[i] * (double) dx[i];
    size = sqrt(size / (double) p->n_in);
    for (size_t i = 0; i < p->n_in; i += stride) {
        const double want = difference(p, out, in, i) + (adds(p->k->op) ? in->v[i] : 0);
        worst = fmax(worst, fabs((double) dx[i] - want));
    }
    if (!(worst <= 1e-5 * size + 1e-7)) {
        char text[128];
        check_fail(__FILE__, __LINE__, "%s: gradient off by %g, gradients being %g",
                   name_of(p->k, text), worst, size);
    }
}

static double distance(const float *got, const double *want, size_t n)
{
    double d = 0, s = 0;

    for (size_t i = 0; i < n; i++) {
        d += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
        s += want[i] * want[i];
    }
    return sqrt(s > 0 ? d / s : d);
}

static void check_against_double(const spec *k)
{
    problem p = make_problem(k);
    map in = p.in, out = p.out;
    float *y = imp_alloc(p.n_out, sizeof *y), *dx = imp_alloc(p.n_in, sizeof *dx);
    char text[128];

    in.v = doubles(p.x, p.n_in);
    out.v = doubles(NULL, p.n_out);
    run_case(&imp_ops_c, &p, y, dx);
    reference(&p, &out, &in);
    if (!(distance(y, out.v, p.n_out) <= 2e-6))   /* some 30 roundings, random in sign */
        check_fail(__FILE__, __LINE__, "%s: forward off by %g", name_of(k, text),
                   distance(y, out.v, p.n_out));
    check_gradient(&p, &out, &in, dx);
    imp_free(in.v);
    imp_free(out.v);
    imp_free(y);
    imp_free(dx);
    free_problem(&p);
}

static void test_c_against_double(void)
{
    for (size_t i = 0; i < N_CASES; i++) check_against_double(&cases[i]);
}

/* --- The others against plain C ---------------------------------------------------------- */

/* Winograd's F(4x4,3x3) is good to 2e-6 on real layers, a little less on normally distributed
 * weights; direct sums in another order to 1e-6. A wrong pixel in the largest case gives
 * 1e-3. */
static const double TOLERANCE = 2e-5;

static void check_against_c(const imp_ops *ops, const spec *k)
{
    problem p = make_problem(k);
    float *y[2], *dx[2];
    char text[128];

    for (int i = 0; i < 2; i++) {
        y[i] = imp_alloc(p.n_out, sizeof **y);
        dx[i] = imp_alloc(p.n_in, sizeof **dx);
        run_case(i ? &imp_ops_c : ops, &p, y[i], dx[i]);
    }
    if (!(check_distance(y[0], y[1], p.n_out) <= TOLERANCE))
        check_fail(__FILE__, __LINE__, "%s, %s: forward off by %g", ops->name,
                   name_of(k, text), check_distance(y[0], y[1], p.n_out));
    if (!(check_distance(dx[0], dx[1], p.n_in) <= TOLERANCE))
        check_fail(__FILE__, __LINE__, "%s, %s: backward off by %g", ops->name,
                   name_of(k, text), check_distance(dx[0], dx[1], p.n_in));
    for (int i = 0; i < 2; i++) {
        imp_free(y[i]);
        imp_free(dx[i]);
    }
    free_problem(&p);
}

static void test_others_against_c(void)
{
    const imp_ops *ops;

    if (imp_ops_known(0) == &imp_ops_c)
        CHECK_SKIP("plain C is the only backend of this build");
    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; ops != &imp_ops_c && i < N_CASES; i++)
            check_against_c(ops, &cases[i]);
}

/* The same call twice gives the same bits. */
static void test_repeats(void)
{
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; i < N_CASES; i++) {
            problem p = make_problem(&cases[i]);
            float *y = imp_alloc(2 * p.n_out, sizeof *y);
            float *dx = imp_alloc(2 * p.n_in, sizeof *dx);
            run_case(ops, &p, y, dx);
            run_case(ops, &p, y + p.n_out, dx + p.n_in);
            CHECK(!memcmp(y, y + p.n_out, p.n_out * sizeof *y));
            CHECK(!memcmp(dx, dx + p.n_in, p.n_in * sizeof *dx));
            imp_free(y);
            imp_free(dx);
            free_problem(&p);
        }
}

/* The maximum's gradient goes to the first of equals; L2's is 0 where all four are. */
static void test_pool_ties(void)
{
    static const float equal[4] = { 2, 2, 2, 2 }, late[4] = { 1, 3, 3, 3 }, zero[4] = { 0 };
    static const float one[1] = { 1 };
    const map in = { 1, 2, 2, NULL }, out = { 1, 1, 1, NULL };
    const struct { imp_pooling pooling; const float *x; float want[4]; } tie[] = {
        { IMP_POOL_MAX, equal, { 1, 0, 0, 0 } }, { IMP_POOL_MAX, late, { 0, 1, 0, 0 } },
        { IMP_POOL_L2, zero, { 0, 0, 0, 0 } },
    };
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; i < sizeof tie / sizeof *tie; i++) {
            imp_tensor x = put(ops, &in, tie[i].x), y = put(ops, &out, NULL);
            imp_tensor dy = put(ops, &out, one), dx = put(ops, &in, NULL);
            float got[4];
            ops->pool(tie[i].pooling, &y, &x);
            ops->pool_backward(tie[i].pooling, &dx, &dy, &y, &x);
            get(ops, got, &dx);
            CHECK(!memcmp(got, tie[i].want, sizeof got));
            ops->free(x.data);
            ops->free(y.data);
            ops->free(dy.data);
        }
}

/* --- The instruction sets that this processor has, though a table uses but one ----------- */

/* Both loops over n pixels of three blocks, the last of which backward() only reads. */
static void check_gram_kernel(const imp_gram_kernel *kernel, size_t n)
{
    enum { B = IMP_BLOCK, BLOCKS = 3, C = BLOCKS * B };
    const size_t plane = n * B;
    float *x = numbers(BLOCKS * plane, 1), *d = numbers(C * C, 2);
    float *got = numbers(plane, 3), *want = numbers(plane, 3);
    float *sums = imp_alloc(2 * B, B * sizeof *sums);
    float (*sum)[B] = (float (*)[B]) (void *) sums;

    kernel->products(sum, x, x + plane, n);
    imp_gram_kernel_c.products(sum + B, x, x + plane, n);
    CHECK(check_distance(sums, sums + B * B, B * B) <= TOLERANCE);
    kernel->backward(got, d + B, x, plane, C, n, 0.5f);
    imp_gram_kernel_c.backward(want, d + B, x, plane, C, n, 0.5f);
    CHECK(check_distance(got, want, plane) <= TOLERANCE);
    imp_free(x);
    imp_free(d);
    imp_free(got);
    imp_free(want);
    imp_free(sums);
}

static void test_gram_kernels(void)
{
#ifdef __x86_64__
    for (size_t n = 1; n < 64; n += n < 16 ? 1 : 5) {
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            check_gram_kernel(&imp_gram_kernel_avx2, n);
        if (__builtin_cpu_supports("avx512f")) check_gram_kernel(&imp_gram_kernel_avx512, n);
    }
#else
    CHECK_SKIP("only plain C on this processor");
#endif
}

/* --- Vectors, against double; every backend ---------------------------------------------- */

/* One multiplication and two additions in float: three roundings of 6e-8, with room. */
static const double FLOAT_ROUNDINGS = 4e-7;

static float *upload(const imp_ops *ops, const float *host, size_t n)
{
    float *p = ops->alloc(n);

    ops->upload(p, host, n);
    return p;
}

static void check_vectors(const imp_ops *ops, size_t n)
{
    float *ha = numbers(n, 5), *hb = numbers(n, 6), *hy = imp_alloc(n, sizeof *hy);
    float *a = upload(ops, ha, n), *b = upload(ops, hb, n), *y = ops->alloc(n);
    double dist = 0, norm = 0;

    for (size_t i = 0; i < n; i++) {
        dist += ((double) ha[i] - (double) hb[i]) * ((double) ha[i] - (double) hb[i]);
        norm += (double) ha[i] * (double) ha[i];
    }
    /* Squares of floats are exact in double, and so nearly are their sums: 1e5 * 1e-16. */
    CHECK_CLOSE(ops->squared_distance(a, b, n), dist, 1e-11);
    CHECK_CLOSE(ops->squared_norm(a, n), norm, 1e-11);
    ops->subtract(y, a, b, n);
    ops->add_difference(y, a, b, 0.5, n);
    ops->download(hy, y, n);
    for (size_t i = 0; i < n; i++)
        CHECK(fabs((double) hy[i] - 1.5 * ((double) ha[i] - (double) hb[i]))
              <= FLOAT_ROUNDINGS * 8);
    ops->copy(y, a, n);
    ops->download(hy, y, n);
    CHECK(!memcmp(hy, ha, n * sizeof *hy));
    ops->subtract(y, y, b, n);      /* in place */
    ops->fill(b, 2.5f, n);
    ops->download(hy, b, n);
    for (size_t i = 0; i < n; i++) CHECK(hy[i] >= 2.5f && hy[i] <= 2.5f);
    imp_free(ha);
    imp_free(hb);
    imp_free(hy);
    ops->free(a);
    ops->free(b);
    ops->free(y);
}

static void test_vectors(void)
{
    static const size_t sizes[] = { 1, 7, 63, 64, 65, 1000, 100003 };
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) check_vectors(ops, sizes[i]);
}

static void test_planes(void)
{
    static const int from[3] = { 2, 0, 1 };
    static const float scale[3] = { 2, -3, 0.5f }, shift[3] = { 1, 0, -4 };
    static const float low[3] = { -1, 0, -5 }, high[3] = { 1, 2, -4 };
    const map m = { 3, 5, 7, NULL };
    float *hx = numbers(105, 7), got[105];
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        imp_tensor x = put(ops, &m, hx), y = put(ops, &m, NULL);
        ops->affine(&y, &x, from, scale, shift);
        ops->clamp(&y, low, high);
        get(ops, got, &y);
        for (int i = 0; i < 105; i++) {
            const int ch = i / 35;
            const double in = (double) hx[from[ch] * 35 + i % 35];
            const double v = (double) scale[ch] * in + (double) shift[ch];
            const double want = fmin(fmax(v, (double) low[ch]), (double) high[ch]);
            CHECK(fabs((double) got[i] - want) <= FLOAT_ROUNDINGS * 8);
        }
        ops->free(x.data);
    }
    imp_free(hx);
}

/* Three steps of the published formulas in double. */
static void adam_in_double(double *x, const float *g, size_t n, const imp_adam k[3])
{
    for (size_t i = 0; i < n; i++) {
        double m = 0, v = 0;
        for (int t = 0; t < 3; t++) {
            const double grad = (double) g[i] * (t + 1);
            m = k[t].beta1 * m + (1 - k[t].beta1) * grad;
            v = k[t].beta2 * v + (1 - k[t].beta2) * grad * grad;
            x[i] -= k[t].rate * (m / k[t].correction1)
                    / (sqrt(v / k[t].correction2) + k[t].epsilon);
        }
    }
}

static void check_adam(const imp_ops *ops, size_t n)
{
    float *hx = numbers(n, 8), *hg = numbers(n, 9), *grad = imp_alloc(n, sizeof *grad);
    double *want = doubles(hx, n);
    float *x = upload(ops, hx, n), *g = ops->alloc(n), *m = ops->alloc(n), *v = ops->alloc(n);
    imp_adam k[3];

    for (int t = 0; t < 3; t++) {
        k[t] = (imp_adam) { 0.02, 0.9, 0.999, 1e-8,
                            1 - pow(0.9, t + 1), 1 - pow(0.999, t + 1) };
        for (size_t i = 0; i < n; i++) grad[i] = hg[i] * (float) (t + 1);
        ops->upload(g, grad, n);
        ops->adam(x, g, m, v, &k[t], n);
    }
    adam_in_double(want, hg, n, k);
    ops->download(hx, x, n);
    for (size_t i = 0; i < n; i++)   /* three roundings of numbers of at most 2 */
        CHECK(fabs((double) hx[i] - want[i]) <= 3 * 1.2e-7);
    imp_free(hx);
    imp_free(hg);
    imp_free(grad);
    imp_free(want);
    ops->free(x);
    ops->free(g);
    ops->free(m);
    ops->free(v);
}

static void test_adam(void)
{
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        check_adam(ops, 1);
        check_adam(ops, 1003);
    }
}

/* --- Bench ------------------------------------------------------------------------------- */

enum { RUNS = 5 };

typedef struct bench_layer { int in_c, out_c, shrink; } bench_layer;

static const bench_layer vgg19[] = {
    { 3, 64, 1 }, { 64, 64, 1 }, { 64, 128, 2 }, { 128, 128, 2 }, { 128, 256, 4 },
    { 256, 256, 4 }, { 256, 512, 8 }, { 512, 512, 8 }, { 512, 512, 16 },
};

typedef struct bench {
    const imp_ops *ops;
    imp_tensor x, y, dx, dy;
    imp_conv *conv;
    float *scratch, *g;
} bench;

static void bench_forward(bench *b)
{
    b->ops->conv_forward(b->conv, &b->y, &b->x, b->scratch);
}

static void bench_backward(bench *b)
{
    b->ops->conv_backward(b->conv, &b->dx, &b->dy, b->scratch);
}
static void bench_gram(bench *b) { b->ops->gram(b->g, &b->y, 1e-6); }
static void bench_gram_backward(bench *b) { b->ops->gram_backward(&b->dy, b->g, &b->y, 1e-6); }
static void bench_relu_backward(bench *b) { b->ops->relu_backward(&b->dy, &b->y); }
static void bench_fill(bench *b) { b->ops->fill(b->dy.data, 0, imp_tensor_floats(&b->dy)); }
static void bench_distance(bench *b)
{
    b->ops->squared_distance(b->y.data, b->dy.data, imp_tensor_floats(&b->y));
}

/* y is pooled into the front of dx, and back. */
static void bench_pool(bench *b)
{
    imp_tensor p = b->y;
    p.data = b->dx.data, p.h /= 2, p.w /= 2;
    b->ops->pool(IMP_POOL_MAX, &p, &b->y);
}

static void bench_pool_backward(bench *b)
{
    imp_tensor p = b->y;
    p.data = b->dx.data, p.h /= 2, p.w /= 2;
    b->ops->pool_backward(IMP_POOL_MAX, &b->dy, &p, &p, &b->y);
}

/* The best of a few runs. */
static void time_one(bench *b, const char *what, void (*op)(bench *b), double flop)
{
    double best = INFINITY;

    for (int i = 0; i < RUNS; i++) {
        const double start = imp_clock();
        op(b);
        best = fmin(best, imp_clock() - start);
    }
    printf("%s,%s,%d,%d,%d,%d,%.3f,%.1f\n", b->ops->name, what, b->x.c, b->y.c, b->y.h, b->y.w,
           1e3 * best, flop / best / 1e9);
    fflush(stdout);
}

static void bench_shape(const imp_ops *ops, const bench_layer *l, int side)
{
    const int h = side / l->shrink;
    const double pixels = (double) h * h, conv = 18.0 * l->in_c * l->out_c * pixels;
    const map in = { l->in_c, h, h, NULL }, out = { l->out_c, h, h, NULL };
    const imp_conv_desc d = { l->in_c, l->out_c, h, h, 3, 1, true, true };
    float *x = numbers(map_size(&in), 1), *w = numbers((size_t) (9 * l->in_c * l->out_c), 2);
    bench b = { .ops = ops, .x = put(ops, &in, x), .y = put(ops, &out, NULL),
                .dx = put(ops, &in, x), .dy = put(ops, &out, NULL),
                .g = ops->alloc((size_t) (l->out_c * l->out_c)) };

    CHECK_OK(ops->conv_new(&b.conv, &d, w, w, &err));
    b.scratch = ops->alloc(ops->conv_scratch(b.conv) / sizeof(float) + 1);
    time_one(&b, "conv", bench_forward, conv);
    time_one(&b, "conv_backward", bench_backward, conv);
    /* Half of a Gram matrix is enough. */
    time_one(&b, "gram", bench_gram, (double) l->out_c * l->out_c * pixels);
    time_one(&b, "gram_backward", bench_gram_backward, 2.0 * l->out_c * l->out_c * pixels);
    time_one(&b, "relu_backward", bench_relu_backward, 0);
    time_one(&b, "fill", bench_fill, 0);
    time_one(&b, "squared_distance", bench_distance, 0);
    if (l->in_c == l->out_c) time_one(&b, "pool", bench_pool, 0);
    if (l->in_c == l->out_c) time_one(&b, "pool_backward", bench_pool_backward, 0);
    ops->conv_free(b.conv);
    float *const floats[] = { b.scratch, b.g, b.x.data, b.y.data, b.dx.data, b.dy.data };
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) ops->free(floats[i]);
    imp_free(x);
    imp_free(w);
}

/* Of every backend, or the one of that name. */
static int run_bench(int side, const char *only)
{
    const imp_ops *ops;

    printf("backend,op,in,out,h,w,ms,gflops\n");
    for (size_t b = 0; (ops = imp_ops_known(b)); b++)
        for (size_t i = 0; i < sizeof vgg19 / sizeof *vgg19; i++)
            if (!only || !strcmp(only, ops->name)) bench_shape(ops, &vgg19[i], side);
    return check_failures > 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--bench"))
        return run_bench(argc > 2 ? atoi(argv[2]) : 256, argc > 3 ? argv[3] : NULL);
    CHECK_RUN(test_c_against_double);
    CHECK_RUN(test_others_against_c);
    CHECK_RUN(test_repeats);
    CHECK_RUN(test_pool_ties);
    CHECK_RUN(test_gram_kernels);
    CHECK_RUN(test_vectors);
    CHECK_RUN(test_planes);
    CHECK_RUN(test_adam);
    return check_done();
}
