/* check_wasserstein.c - the Wasserstein style loss: against PyTorch in float64
 * (tests/reference/wasserstein.py), against its own differences, and where it must be 0.
 * `check_wasserstein --bench SIDE` times the solves of a picture of SIDE x SIDE pixels. */
#include "expected.h"

#include "base/clock.h"
#include "style/eigen.h"
#include "style/lapack.h"
#include "style/wasserstein.h"

static imp_error err;

/* --- Made-up features, as wasserstein.py has them ---------------------------------------- */

static int number(size_t seed, size_t i, int limit)
{
    return (int) ((expected_hash(seed + i) >> 33) % (2 * (uint64_t) limit + 1)) - limit;
}

typedef struct recipe { int c, causes, exponent; } recipe;

static double feature(const recipe *r, int ch, size_t p, size_t n, size_t seed)
{
    const size_t causes = (size_t) r->causes;
    int value = 40 + number(seed + 200000, (size_t) ch * n + p, 15);

    for (size_t k = 0; k < causes; k++)
        value += number(seed, (size_t) ch * causes + k, 7)
                 * number(seed + 10000, k * n + p, 7);
    return ldexp(value > 0 ? value : 0, r->exponent);
}

/* A map without its numbers, of `layout` channels a block. */
static imp_tensor map_of(int c, const json_t *sides, int layout)
{
    imp_tensor t = { .c = c, .block = layout,
                     .h = (int) json_integer_value(json_array_get(sides, 0)),
                     .w = (int) json_integer_value(json_array_get(sides, 1)) };

    t.data = expected_ctx->ops->alloc(imp_tensor_floats(&t));
    return t;
}

static imp_tensor features(const recipe *r, const json_t *sides, int layout, size_t seed)
{
    imp_tensor t = map_of(r->c, sides, layout);
    float *host = imp_alloc(imp_tensor_floats(&t), sizeof *host);
    const size_t n = (size_t) t.h * (size_t) t.w;

    for (int ch = 0; ch < t.c; ch++)
        for (int y = 0; y < t.h; y++)
            for (int x = 0; x < t.w; x++)
                host[imp_tensor_index(&t, ch, y, x)] = (float)
                    feature(r, ch, (size_t) y * (size_t) t.w + (size_t) x, n, seed);
    expected_ctx->ops->upload(t.data, host, imp_tensor_floats(&t));
    imp_free(host);
    return t;
}

/* --- Against PyTorch --------------------------------------------------------------------- */

typedef struct outcome {
    double loss, distance;   /* the gradient's, relative */
    bool few, by_columns;
} outcome;

static void loss_of(imp_wasserstein_loss *loss, const imp_tensor *map)
{
    const imp_features shape = imp_features_of(map);
    imp_params params;

    CHECK_OK(imp_params_init(&params, "default", &err));
    params.style_reduction = IMP_REDUCE_SUM;
    params.style_norm = IMP_STYLE_NORM_NONE;
    CHECK_OK(imp_wasserstein_loss_init(loss, expected_ctx->ops, &params, &shape, 1, &err));
}

static outcome evaluate(const json_t *item, int layout)
{
    const recipe r = { (int) expected_number(item, "channels"),
                       (int) expected_number(item, "causes"),
                       (int) expected_number(item, "exponent") };
    imp_tensor f = features(&r, json_object_get(item, "pixels"), layout, 0);
    imp_tensor g = features(&r, json_object_get(item, "painting"), layout, 1000);
    imp_tensor grad = map_of(r.c, json_object_get(item, "pixels"), layout);
    const imp_features picture = imp_features_of(&f), painting = imp_features_of(&g);
    imp_wasserstein_loss loss;
    outcome out;

    loss_of(&loss, &f);
    imp_wasserstein_loss_target(&loss, &painting, NULL);
    imp_wasserstein_loss_measure(&loss, &picture, NULL);
    out.loss = imp_wasserstein_loss_solve(&loss);
    imp_wasserstein_loss_gradient(&loss, &picture, &grad, NULL);
    out.distance = expected_tensor_distance(json_object_get(item, "gradient"), &grad);
    out.few = loss.few;
    out.by_columns = loss.transport.neglected;
    imp_wasserstein_loss_free(&loss);
    expected_ctx->ops->free(f.data);
    expected_ctx->ops->free(g.data);
    expected_ctx->ops->free(grad.data);
    return out;
}

/* What leaving epsilon out may cost by transport.h, three times 3e-5, and little beside it:
 * moments in float are good to 1e-6. */
static const double tolerance = 1e-4;

static void test_against_pytorch(void)
{
    static const int layouts[] = { 1, IMP_BLOCK };
    char path[1024];
    json_t *root = json_load_file(expected_path(path, sizeof path, "wasserstein.json"), 0,
                                  NULL);
    const json_t *cases = json_object_get(root, "cases");
    int whole = 0, by_columns = 0, few_whole = 0;

    CHECK(json_array_size(cases) >= 15);
    for (size_t i = 0; i < json_array_size(cases); i++)
        for (size_t l = 0; l < 2; l++) {
            const json_t *item = json_array_get(cases, i);
            const outcome got = evaluate(item, layouts[l]);
            const double want = expected_number(item, "loss");
            printf("# case %zu%s: loss off by %.2g, gradient by %.2g\n", i,
                   got.by_columns ? " by columns" : got.few ? " of few pixels" : "",
                   fabs(got.loss - want) / want, got.distance);
            CHECK_CLOSE(got.loss, want, tolerance);
            CHECK(got.distance <= tolerance);
            whole += !got.few;
            by_columns += got.by_columns;
            few_whole += got.few && !got.by_columns;
        }
    CHECK(whole >= 8 && by_columns >= 8 && few_whole >= 6);
    json_decref(root);
}

/* --- The transport by itself ------------------------------------------------------------- */

enum { C = 12, CC = C * C };

static double normal(imp_random *random)
{
    return imp_random_normal(random);
}

/* X X^T of `rank` random columns. */
static void covariance(double *m, int rank, uint64_t seed)
{
    imp_random random = { seed };
    double x[C];

    memset(m, 0, CC * sizeof *m);
    for (int k = 0; k < rank; k++) {
        for (int i = 0; i < C; i++) x[i] = normal(&random);
        for (int i = 0; i < C; i++)
            for (int j = 0; j < C; j++) m[i * C + j] += x[i] * x[j];
    }
}

static double distance_from(imp_transport *t, const double *c1)
{
    double distance = NAN;

    memcpy(t->b, c1, CC * sizeof *c1);
    CHECK(imp_transport_map(t, &distance));
    return distance;
}

static void multiply(double *out, const double *a, const double *b)
{
    for (int i = 0; i < C; i++)
        for (int j = 0; j < C; j++) {
            double sum = 0;
            for (int k = 0; k < C; k++) sum += a[i + k * C] * b[k + j * C];
            out[i + j * C] = sum;
        }
}

/* T (C1 + e I) T = C2 + e I. */
static void test_map_carries_one_to_the_other(void)
{
    const double epsilon = 1e-4;
    double c1[CC], c2[CC], tc[CC], tct[CC];
    imp_transport t;

    CHECK_OK(imp_transport_init(&t, C, C, epsilon, &err));
    for (int rank = C + 8; rank > 0; rank -= 5) {
        covariance(c1, C + 8, 1);
        covariance(c2, rank, 2);
        imp_transport_target(&t, c2, C);
        distance_from(&t, c1);
        for (int i = 0; i < C; i++) c1[i * C + i] += epsilon, c2[i * C + i] += epsilon;
        multiply(tc, t.map, c1);
        multiply(tct, tc, t.map);
        for (int i = 0; i < CC; i++) CHECK(fabs(tct[i] - c2[i]) < 1e-9);
    }
    imp_transport_free(&t);
}

/* The derivative in a direction is the sum of (I - T) times it: central differences in double
 * are good to some 1e-7 with this step. */
static void test_gradient_against_differences(void)
{
    const double h = 1e-5;
    double c1[CC], c2[CC], way[CC], there[CC], slope = 0, up, down;
    imp_transport t;

    CHECK_OK(imp_transport_init(&t, C, C, 1e-4, &err));
    covariance(c1, C + 8, 3);
    covariance(c2, 7, 4);
    covariance(way, 2, 5);
    imp_transport_target(&t, c2, C);
    for (int i = 0; i < CC; i++) there[i] = c1[i] + h * way[i];
    up = distance_from(&t, there);
    for (int i = 0; i < CC; i++) there[i] = c1[i] - h * way[i];
    down = distance_from(&t, there);
    distance_from(&t, c1);
    for (int i = 0; i < CC; i++) slope += ((i % (C + 1) == 0) - t.map[i]) * way[i];
    CHECK_CLOSE((up - down) / (2 * h), slope, 1e-6);
    imp_transport_free(&t);
}

static void test_nothing_to_do_between_equals(void)
{
    double c1[CC];
    imp_transport t;

    CHECK_OK(imp_transport_init(&t, C, C, 1e-4, &err));
    for (int rank = C + 2; rank >= 0; rank -= 7) {
        covariance(c1, rank, 6);
        imp_transport_target(&t, c1, C);
        CHECK(fabs(distance_from(&t, c1)) < 1e-9);
        for (int i = 0; i < CC; i++) CHECK(fabs(t.map[i] - (i % (C + 1) == 0)) < 1e-6);
    }
    imp_transport_free(&t);
}

/* Numbers that are not finite come back as such, and LAPACK does not see them. */
static void test_not_finite(void)
{
    double c1[CC], c2[CC], distance;
    imp_transport t;

    CHECK_OK(imp_transport_init(&t, C, C, 1e-4, &err));
    covariance(c1, C, 7);
    covariance(c2, C, 8);
    imp_transport_target(&t, c2, C);
    memcpy(t.b, c1, sizeof c1);
    t.b[5] = INFINITY;
    CHECK(!imp_transport_map(&t, &distance));
    c2[7] = NAN;
    imp_transport_target(&t, c2, C);
    memcpy(t.b, c1, sizeof c1);
    CHECK(!imp_transport_map(&t, &distance));
    imp_transport_free(&t);
}

/* --- Few columns ------------------------------------------------------------------------- */

/* n columns whose sum is 0. */
static void centred_columns(double *a, int n, double size, uint64_t seed)
{
    imp_random random = { seed };

    for (int i = 0; i < C; i++) {
        double mean = 0;
        for (int k = 0; k < n; k++) mean += (a[k * C + i] = size * normal(&random)) / n;
        for (int k = 0; k < n; k++) a[k * C + i] -= mean;
    }
}

/* How far T A by columns is from that by the whole map, beside A - T A. */
static double columns_off(imp_transport *t, const double *a, const double *ta, int n)
{
    double off = 0, way = 0;

    for (int k = 0; k < n; k++)
        for (int i = 0; i < C; i++) {
            double sum = 0;
            for (int j = 0; j < C; j++) sum += t->map[i + j * C] * a[k * C + j];
            off += (sum - ta[k * C + i]) * (sum - ta[k * C + i]);
            way += (a[k * C + i] - sum) * (a[k * C + i] - sum);
        }
    return sqrt(off / way);
}

/* What is left out is never more than it was held for; nor is it always nothing, or the whole
 * map never needed. */
static void test_what_few_columns_neglect(void)
{
    double c2[CC], a[CC], ta[CC], distance, whole;
    int taken = 0, refused = 0, felt = 0;
    imp_transport t;

    CHECK_OK(imp_transport_init(&t, C, C, 1e-4, &err));
    for (int n = 2; n < C; n += 3)
        for (int rank = 1; rank <= C + 4; rank += 5)
            for (int e = -2; e <= 8; e++) {
                const uint64_t seed = (uint64_t) (100 * n + rank);
                covariance(c2, rank, seed);
                for (int i = 0; i < CC; i++) c2[i] = ldexp(c2[i], 2 * e);
                imp_transport_target(&t, c2, rank);
                centred_columns(a, n, ldexp(1, e), seed + 1);
                memcpy(t.a, a, sizeof a);
                CHECK(imp_transport_columns(&t, n, NULL, &distance));
                refused += !t.neglected;
                if (!t.neglected) continue;
                memcpy(ta, t.a, sizeof ta);
                memset(t.b, 0, sizeof c2);
                imp_transport_add(&t, t.b, a, n);
                CHECK(imp_transport_map(&t, &whole));
                CHECK_CLOSE(distance, whole, IMP_TRANSPORT_NEGLECT);
                CHECK(columns_off(&t, a, ta, n) <= IMP_TRANSPORT_NEGLECT);
                taken++;
                felt += columns_off(&t, a, ta, n) > IMP_TRANSPORT_NEGLECT / 10;
            }
    printf("# taken %d, refused %d, felt %d\n", taken, refused, felt);
    CHECK(taken >= 20 && refused >= 20 && felt >= 5);
    imp_transport_free(&t);
}

/* --- Eigenvectors ------------------------------------------------------------------------ */

/* A symmetric matrix with eigenvalues from 1 down to 1e-12; `step` above 1 leaves rows that
 * are diagonal already, of which LAPACK makes no reflector. */
static void symmetric(double *a, int n, int step)
{
    imp_random random = { 9 };

    for (int j = 0; j < n; j++)
        for (int i = j; i < n; i++) {
            const double size = pow(10, -6.0 * (i + j) / n);
            const double x = i == j ? 1 : (i % step || j % step) ? 0 : 0.1 * normal(&random);
            a[i + j * n] = a[j + i * n] = size * x;
        }
}

/* V^T V = I and A V = V E, within what n roundings leave. */
static void check_eigen(int n, int step)
{
    const size_t m = (size_t) n;
    double *a = imp_alloc(m * m, sizeof *a), *v = imp_alloc(m * m, sizeof *v);
    double *e = imp_alloc(m, sizeof *e);
    double *work = imp_alloc((size_t) imp_eigen_work(n), sizeof *work);
    int *iwork = imp_alloc((size_t) imp_eigen_iwork(n), sizeof *iwork);
    double off = 0;

    symmetric(a, n, step);
    memcpy(v, a, m * m * sizeof *a);
    CHECK(imp_eigen(v, n, e, work, iwork));
    for (size_t j = 0; j < m; j++) {
        CHECK(j == 0 || e[j - 1] <= e[j]);
        for (size_t i = 0; i < m; i++) {
            double product = -(double) (i == j), lack = -e[j] * v[j * m + i];
            for (size_t k = 0; k < m; k++) {
                product += v[i * m + k] * v[j * m + k];
                lack += a[k * m + i] * v[j * m + k];
            }
            off = fmax(off, fmax(fabs(product), fabs(lack)));
        }
    }
    CHECK(off < 1e-14 * (n + 10));
    imp_free(a), imp_free(v), imp_free(e), imp_free(work), imp_free(iwork);
}

static void test_eigenvectors(void)
{
    static const int sizes[] = { 1, 2, 3, 26, 127, 130, 260, 300 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int step = 1; step <= 3; step++) check_eigen(sizes[i], step);
}

/* --- All layers of a picture ------------------------------------------------------------- */

enum { LAYERS = 5 };

typedef struct picture {
    imp_wasserstein_loss loss[LAYERS];
    imp_tensor f[LAYERS];
} picture;

/* As relu1_1, relu2_1, .. relu5_1 have them, but with no more pixels than matter; the painting
 * is 3/4 as wide. */
static void make_picture(picture *p, int side)
{
    static const int channels[LAYERS] = { 64, 128, 256, 512, 512 };

    for (int k = 0; k < LAYERS; k++) {
        const recipe r = { channels[k], 40, 3 };
        const int n = side >> k < 40 ? side >> k : 40;
        json_t *sides = json_pack("[ii]", n, n), *painting = json_pack("[ii]", n, 3 * n / 4);
        imp_tensor g = features(&r, painting, IMP_BLOCK, 1000);
        const imp_features target = imp_features_of(&g);
        p->f[k] = features(&r, sides, IMP_BLOCK, 0);
        loss_of(&p->loss[k], &p->f[k]);
        imp_wasserstein_loss_target(&p->loss[k], &target, NULL);
        expected_ctx->ops->free(g.data);
        json_decref(sides);
        json_decref(painting);
    }
}

static void free_picture(picture *p)
{
    for (int k = 0; k < LAYERS; k++) {
        imp_wasserstein_loss_free(&p->loss[k]);
        expected_ctx->ops->free(p->f[k].data);
    }
}

/* Seconds that the solves take, once one thread has measured. */
static double solve(picture *p, int threads, double losses[LAYERS])
{
    const bool side_by_side = imp_lapack_side_by_side();
    const int before = imp_threads_use(1);
    double begin;

    for (int k = 0; k < LAYERS; k++) {
        const imp_features f = imp_features_of(&p->f[k]);
        imp_wasserstein_loss_measure(&p->loss[k], &f, NULL);
    }
    imp_threads_use(threads);
    begin = imp_clock();
    #pragma omp parallel for schedule(dynamic) if (side_by_side)
    for (int k = LAYERS - 1; k >= 0; k--)
        losses[k] = imp_wasserstein_loss_solve(&p->loss[k]);
    begin = imp_clock() - begin;
    imp_threads_use(before);
    return begin;
}

/* All that a gradient is made of. */
static uint64_t hash_of(const picture *p)
{
    uint64_t hash = 0;

    for (int k = 0; k < LAYERS; k++)
        for (size_t i = 0; i < p->loss[k].n_host; i++) {
            uint32_t bits;
            memcpy(&bits, &p->loss[k].host[i], sizeof bits);
            hash = expected_hash(hash ^ bits);
        }
    return hash;
}

/* The same bits as from one thread, every time; OpenBLAS without threads failed this within
 * ten rounds. */
static void test_side_by_side(void)
{
    double want[LAYERS], got[LAYERS];
    uint64_t hash;
    picture p;

    if (!imp_lapack_side_by_side()) CHECK_SKIP("this LAPACK is not called by several threads");
    make_picture(&p, 128);
    solve(&p, 1, want);
    hash = hash_of(&p);
    for (int round = 0; round < 20; round++) {
        solve(&p, 2 + round % 3, got);
        CHECK(!memcmp(got, want, sizeof want));
        CHECK(hash_of(&p) == hash);
    }
    free_picture(&p);
}

static int bench(int side)
{
    const int threads = imp_context_threads(expected_ctx);
    double losses[LAYERS], one_thread = INFINITY, all_threads = INFINITY;
    picture p;

    make_picture(&p, side);
    for (int round = 0; round < 9; round++) {
        one_thread = fmin(one_thread, solve(&p, 1, losses));
        all_threads = fmin(all_threads, solve(&p, threads, losses));
    }
    printf("%d pixels a side: %.1f ms by one thread, %.1f ms by %d\n", side,
           1e3 * one_thread, 1e3 * all_threads, threads);
    free_picture(&p);
    return 0;
}

int main(int argc, char **argv)
{
    expected_begin(argc, argv);
    if (argc > 2 && !strcmp(argv[1], "--bench")) return bench(atoi(argv[2]));
    CHECK_RUN(test_against_pytorch);
    CHECK_RUN(test_map_carries_one_to_the_other);
    CHECK_RUN(test_gradient_against_differences);
    CHECK_RUN(test_nothing_to_do_between_equals);
    CHECK_RUN(test_not_finite);
    CHECK_RUN(test_what_few_columns_neglect);
    CHECK_RUN(test_eigenvectors);
    CHECK_RUN(test_side_by_side);
    return expected_done();
}
