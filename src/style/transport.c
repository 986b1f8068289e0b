/* transport.c - see transport.h. */
#include "style/transport.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "style/eigen.h"
#include "style/lapack.h"

static const double one = 1, zero = 0;

static size_t square(int c)
{
    return (size_t) c * (size_t) c;
}

imp_status imp_transport_init(imp_transport *t, int c, int columns, double epsilon,
                              imp_error *err)
{
    *t = (imp_transport) {
        .c = c, .epsilon = epsilon,
        .root = imp_alloc(square(c), sizeof(double)),
        .map = imp_alloc(square(c), sizeof(double)),
        .a = imp_alloc((size_t) c * (size_t) columns, sizeof(double)),
        .b = imp_alloc(square(c), sizeof(double)),
        .spectrum = imp_alloc((size_t) c, sizeof(double)),
        .work = imp_alloc((size_t) imp_eigen_work(c), sizeof(double)),
        .iwork = imp_alloc((size_t) imp_eigen_iwork(c), sizeof(int)),
    };
    if (t->root && t->map && t->a && t->b && t->spectrum && t->work && t->iwork)
        return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory for covariances of %d channels", c);
}

void imp_transport_free(imp_transport *t)
{
    imp_free(t->root);
    imp_free(t->map);
    imp_free(t->a);
    imp_free(t->b);
    imp_free(t->spectrum);
    imp_free(t->work);
    imp_free(t->iwork);
}

uint64_t imp_transport_bytes(int c, int columns)
{
    return (3 * square(c) + (size_t) c * (size_t) columns + (size_t) c
            + (size_t) imp_eigen_work(c))
             * sizeof(double)
           + (size_t) imp_eigen_iwork(c) * sizeof(int);
}

/* --- Matrices ---------------------------------------------------------------------------- */

/* The upper triangle from the lower. */
static void mirror(double *a, int n)
{
    const size_t m = (size_t) n;

    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < j; i++) a[j * m + i] = a[i * m + j];
}

static double squares(const double *a, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) sum += a[i] * a[i];
    return sum;
}

static void scale(double *a, double by, size_t n)
{
    for (size_t i = 0; i < n; i++) a[i] *= by;
}

static double trace(const double *a, int n)
{
    double sum = 0;

    for (size_t i = 0; i < (size_t) n; i++) sum += a[i * (size_t) n + i];
    return sum;
}

static void add_to_diagonal(double *a, double x, int n)
{
    for (size_t i = 0; i < (size_t) n; i++) a[i * (size_t) n + i] += x;
}

/* b = op(L) b for n columns; op by 'N' or 'T'. */
static void root_times(const imp_transport *t, const char *op, double *b, int n)
{
    dtrmm_("L", "L", op, "N", &t->c, &n, &one, t->root, &t->c, b, &t->c, 1, 1, 1, 1);
}

static bool eigen(imp_transport *t, double *a, int n)
{
    return imp_eigen(a, n, t->spectrum, t->work, t->iwork);
}

void imp_transport_add(imp_transport *t, double *b, const double *columns, int n)
{
    dsyrk_("L", "N", &t->c, &n, &one, columns, &t->c, &one, b, &t->c, 1, 1);
    mirror(b, t->c);
}

/* --- The target -------------------------------------------------------------------------- */

void imp_transport_target(imp_transport *t, const double *c2, int rank)
{
    const size_t c = (size_t) t->c;
    int info = 1;

    memcpy(t->root, c2, square(t->c) * sizeof *c2);
    add_to_diagonal(t->root, t->epsilon, t->c);
    t->target_trace = trace(t->root, t->c);
    if (isfinite(squares(t->root, square(t->c))))
        dpotrf_("L", &t->c, t->root, &t->c, &info, 1);
    if (info != 0) t->target_trace = NAN;
    for (size_t j = 0; j < c; j++) memset(t->root + j * c, 0, j * sizeof *t->root);
    t->rank = rank < t->c ? rank : t->c;
}

/* --- The map whole ----------------------------------------------------------------------- */

/* T = L S^(-1/2) L^T with S = L^T C1 L = V E V^T. Where S is so small that it drowns in
 * rounding, C1 >= epsilon tells that e_i >= epsilon |L v_i|^2. */
bool imp_transport_map(imp_transport *t, double *distance)
{
    const size_t c = (size_t) t->c;
    const int product = 2;
    double roots = 0, traces;
    int info;

    add_to_diagonal(t->b, t->epsilon, t->c);
    traces = trace(t->b, t->c) + t->target_trace;
    dsygst_(&product, "L", &t->c, t->b, &t->c, t->root, &t->c, &info, 1);
    if (!isfinite(traces) || !eigen(t, t->b, t->c)) return false;
    root_times(t, "N", t->b, t->c);
    for (size_t i = 0; i < c; i++) {
        double *y = t->b + i * c;
        const double e = fmax(t->spectrum[i], t->epsilon * squares(y, c));
        roots += sqrt(e);
        scale(y, 1 / sqrt(sqrt(e)), c);
    }
    dsyrk_("L", "N", &t->c, &t->c, &one, t->b, &t->c, &zero, t->map, &t->c, 1, 1);
    mirror(t->map, t->c);
    *distance = traces - 2 * roots;
    return true;
}

/* --- The map of few columns -------------------------------------------------------------- */

/* Adds to a matrix the mean of its eigenvalues for the direction `along`, where it is 0 as the
 * columns that it was made of have the sum 0 along it. Returns what was added. */
static double fill_up(double *a, int n, const double *along)
{
    const size_t m = (size_t) n;
    const double mean = trace(a, n) / n, by = mean / squares(along, m);

    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++) a[j * m + i] += by * along[i] * along[j];
    return mean;
}

/* How many eigenvalues of N, they being in ascending order, drown in its rounding. Of these is
 * known that C2 >= epsilon tells e_i >= epsilon |A v_i|^2, which they are raised to. */
static int raise_drowned(imp_transport *t, int n)
{
    const double most = t->spectrum[n - 1];
    int drowned = 0;

    while (t->spectrum[drowned] <= 1e-13 * most) drowned++;
    if (drowned)
        dgemm_("N", "N", &t->c, &drowned, &n, &one, t->a, &t->c, t->map, &n, &zero,
               t->work, &t->c, 1, 1);
    for (size_t i = 0; i < (size_t) drowned; i++) {
        const double av = squares(t->work + i * (size_t) t->c, (size_t) t->c);
        t->spectrum[i] = fmax(fmax(t->spectrum[i], t->epsilon * av), 1e-16 * most);
    }
    return drowned;
}

/* What is left out could change the trace of N^(1/2) by `roots` and T A by the root of
 * `squares`. */
typedef struct neglect {
    double roots, squares;
} neglect;

/* Takes T A if what is left out is little beside the distance and A - T A. */
static bool take(imp_transport *t, int n, const double *ta, const neglect *out,
                 double distance)
{
    const size_t cn = (size_t) t->c * (size_t) n;
    const double most = IMP_TRANSPORT_NEGLECT;
    double change = 0;

    for (size_t i = 0; i < cn; i++) change += (t->a[i] - ta[i]) * (t->a[i] - ta[i]);
    if (!(2 * out->roots <= most * distance && out->squares <= most * most * change))
        return false;
    memcpy(t->a, ta, cn * sizeof *ta);
    return true;
}

/* K = C2 A into t->b, and N = A^T C2 A into t->map, filled up. */
static double normal_matrix(imp_transport *t, int n, const float *weight)
{
    double *along = t->spectrum;   /* till eigenvalues come */

    memcpy(t->b, t->a, (size_t) t->c * (size_t) n * sizeof *t->b);
    root_times(t, "T", t->b, n);
    dsyrk_("L", "T", &n, &t->c, &one, t->b, &t->c, &zero, t->map, &n, 1, 1);
    root_times(t, "N", t->b, n);
    for (int i = 0; i < n; i++) along[i] = weight ? (double) weight[i] : 1;
    return fill_up(t->map, n, along);
}

/* x = C2 A V becomes T A V; returns the trace of N^(1/2). left: the trace of what T A does not
 * bring about of C2, W = C2 - T A A^T T. */
static double divide_by_roots(const imp_transport *t, double *x, int n, int drowned,
                              double *left, neglect *out)
{
    const size_t c = (size_t) t->c;
    double roots = 0;

    *left = t->target_trace;
    *out = (neglect) { 0 };
    for (size_t i = 0; i < (size_t) n; i++) {
        const double root = sqrt(t->spectrum[i]);
        scale(x + i * c, 1 / root, c);
        const double xx = squares(x + i * c, c);
        roots += root;
        *left -= xx;
        if (i < (size_t) drowned) out->roots += root, out->squares += xx;
    }
    return roots;
}

/* The most that tr W^(1/2) can be if tr W is `left` and so many dimensions are W's: all the
 * same, or what the painting has in as many as that has, and epsilon in each. */
static double most_root(const imp_transport *t, double left, int dimensions)
{
    const double root = sqrt(fmax(left, 0));

    return fmin(root * sqrt(dimensions), root * sqrt(t->rank) + sqrt(t->epsilon) * dimensions);
}

/* The sum of x^T W x / e for each column x of T A V and its eigenvalue e. Overwrites t->b and
 * t->map. */
static double left_along(imp_transport *t, const double *x, int n)
{
    const size_t c = (size_t) t->c, m = (size_t) n;
    double sum = 0;

    memcpy(t->b, x, c * m * sizeof *x);
    root_times(t, "T", t->b, n);
    dsyrk_("L", "T", &n, &t->c, &one, x, &t->c, &zero, t->map, &n, 1, 1);
    mirror(t->map, n);
    for (size_t i = 0; i < m; i++) {
        const double w = squares(t->b + i * c, c) - squares(t->map + i * m, m);
        sum += fmax(w, 0) / t->spectrum[i];
    }
    return sum;
}

/* T A = C2 A N^(-1/2) and the trace of N^(1/2), N = A^T C2 A = V E V^T; false, with t->a as it
 * was, if that is not near enough. In the first order of its root epsilon in C1 would add
 * sqrt(epsilon) tr W^(1/2) to that trace and change T A V by -sqrt(epsilon W / E) T A V. */
static bool by_columns(imp_transport *t, int n, const float *weight, double *distance)
{
    const size_t cn = (size_t) t->c * (size_t) n;
    const double added = normal_matrix(t, n, weight);
    double *x = t->work, *ta = t->work + cn, roots, left;
    neglect out;
    int drowned;

    if (!eigen(t, t->map, n) || !(t->spectrum[n - 1] > 0)) return false;
    drowned = raise_drowned(t, n);
    dgemm_("N", "N", &t->c, &n, &n, &one, t->b, &t->c, t->map, &n, &zero, x, &t->c, 1, 1);
    roots = divide_by_roots(t, x, n, drowned, &left, &out) - sqrt(added);
    dgemm_("N", "T", &t->c, &n, &n, &one, x, &t->c, t->map, &n, &zero, ta, &t->c, 1, 1);
    out.roots += sqrt(t->epsilon) * most_root(t, left, t->c - n);
    out.squares += t->epsilon * left_along(t, x, n);
    *distance = squares(t->a, cn) + t->epsilon * t->c + t->target_trace - 2 * roots;
    return take(t, n, ta, &out, *distance);
}

/* --- .. or the map whole ----------------------------------------------------------------- */

bool imp_transport_columns(imp_transport *t, int n, const float *weight, double *distance)
{
    t->neglected = n < t->c && by_columns(t, n, weight, distance);
    if (t->neglected) return true;
    memset(t->b, 0, square(t->c) * sizeof *t->b);
    imp_transport_add(t, t->b, t->a, n);
    if (!imp_transport_map(t, distance)) return false;
    dgemm_("N", "N", &t->c, &n, &t->c, &one, t->map, &t->c, t->a, &t->c, &zero, t->work, &t->c,
           1, 1);
    memcpy(t->a, t->work, (size_t) t->c * (size_t) n * sizeof *t->a);
    return true;
}
