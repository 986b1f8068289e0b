/* transport.c - see transport.h. */
#include "style/transport.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "style/lapack.h"

static const double one = 1, zero = 0;

static size_t square(int c)
{
    return (size_t) c * (size_t) c;
}

/* What dsyevd asks for; the products of imp_transport_columns() need less. */
static int work_of(int c)
{
    return 1 + 6 * c + 2 * c * c;
}

static int iwork_of(int c)
{
    return 3 + 5 * c;
}

imp_status imp_transport_init(imp_transport *t, int c, int columns, double epsilon,
                              imp_error *err)
{
    *t = (imp_transport) {
        .c = c, .epsilon = epsilon, .n_work = work_of(c), .n_iwork = iwork_of(c),
        .root = imp_alloc(square(c), sizeof(double)),
        .target = imp_alloc(square(c), sizeof(double)),
        .along = imp_alloc((size_t) c, sizeof(double)),
        .map = imp_alloc(square(c), sizeof(double)),
        .a = imp_alloc((size_t) c * (size_t) columns, sizeof(double)),
        .b = imp_alloc(square(c), sizeof(double)),
        .spectrum = imp_alloc((size_t) c, sizeof(double)),
        .work = imp_alloc((size_t) work_of(c), sizeof(double)),
        .iwork = imp_alloc((size_t) iwork_of(c), sizeof(int)),
    };
    if (t->root && t->target && t->along && t->map && t->a && t->b && t->spectrum && t->work
        && t->iwork)
        return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory for covariances of %d channels", c);
}

void imp_transport_free(imp_transport *t)
{
    imp_free(t->root);
    imp_free(t->target);
    imp_free(t->along);
    imp_free(t->map);
    imp_free(t->a);
    imp_free(t->b);
    imp_free(t->spectrum);
    imp_free(t->work);
    imp_free(t->iwork);
}

uint64_t imp_transport_bytes(int c, int columns)
{
    return (4 * square(c) + (size_t) c * (size_t) columns + 2 * (size_t) c
            + (size_t) work_of(c))
             * sizeof(double)
           + (size_t) iwork_of(c) * sizeof(int);
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

/* a becomes its eigenvectors, t->spectrum its eigenvalues, ascending. LAPACK is shown finite
 * numbers only: of others it may never come back. */
static bool eigen(imp_transport *t, double *a, int n)
{
    int info;

    if (!isfinite(squares(a, square(n)))) return false;
    dsyevd_("V", "L", &n, a, &n, t->spectrum, t->work, &t->n_work, t->iwork, &t->n_iwork,
            &info, 1, 1);
    return info == 0;
}

void imp_transport_add(imp_transport *t, double *b, const double *columns, int n)
{
    dsyrk_("L", "N", &t->c, &n, &one, columns, &t->c, &one, b, &t->c, 1, 1);
    mirror(b, t->c);
}

/* --- The target -------------------------------------------------------------------------- */

void imp_transport_target(imp_transport *t, const double *c2)
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
    t->n_target = 0;
}

void imp_transport_target_columns(imp_transport *t, int n, const float *weight)
{
    memset(t->b, 0, square(t->c) * sizeof *t->b);
    imp_transport_add(t, t->b, t->a, n);
    imp_transport_target(t, t->b);
    memcpy(t->target, t->a, (size_t) t->c * (size_t) n * sizeof *t->a);
    for (int i = 0; i < n; i++) t->along[i] = weight ? (double) weight[i] : 1;
    t->n_target = n;
}

/* --- The map whole ----------------------------------------------------------------------- */

/* T = L S^(-1/2) L^T with S = L^T C1 L = V E V^T. Where S is so small that it drowns in
 * rounding, C1 >= epsilon tells that e_i >= epsilon |L v_i|^2. */
bool imp_transport_map(imp_transport *t, double *distance)
{
    const size_t c = (size_t) t->c;
    double roots = 0, traces;

    add_to_diagonal(t->b, t->epsilon, t->c);
    traces = trace(t->b, t->c) + t->target_trace;
    root_times(t, "T", t->b, t->c);
    dtrmm_("R", "L", "N", "N", &t->c, &t->c, &one, t->root, &t->c, t->b, &t->c, 1, 1, 1, 1);
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

/* How many eigenvalues of t->map = R^T C R, they being in ascending order, drown in its
 * rounding. Of these is known that C >= epsilon tells e_i >= epsilon |R v_i|^2, which they are
 * raised to. */
static int raise_drowned(imp_transport *t, const double *r, int n)
{
    const double most = t->spectrum[n - 1];
    int drowned = 0;

    while (t->spectrum[drowned] <= 1e-13 * most) drowned++;
    if (drowned)
        dgemm_("N", "N", &t->c, &drowned, &n, &one, r, &t->c, t->map, &n, &zero, t->work,
               &t->c, 1, 1);
    for (size_t i = 0; i < (size_t) drowned; i++) {
        const double rv = squares(t->work + i * (size_t) t->c, (size_t) t->c);
        t->spectrum[i] = fmax(fmax(t->spectrum[i], t->epsilon * rv), 1e-16 * most);
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

/* --- .. of the picture, no fewer than the painting's ------------------------------------- */

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

/* x = C2 A V becomes T A V; returns the trace of N^(1/2). Epsilon in C1 would bring in, in the
 * first order of its root, Y = sqrt(W), W being the part of C2 that T A does not bring about,
 * of which the trace is known. */
static double divide_by_roots(const imp_transport *t, double *x, int n, int drowned,
                              neglect *out)
{
    const size_t c = (size_t) t->c;
    double roots = 0, slopes = 0, left = t->target_trace;

    *out = (neglect) { 0 };
    for (size_t i = 0; i < (size_t) n; i++) {
        const double e = t->spectrum[i], root = sqrt(e);
        scale(x + i * c, 1 / root, c);
        const double xx = squares(x + i * c, c);
        roots += root;
        slopes += xx / e;
        left -= xx;
        if (i < (size_t) drowned) out->roots += root, out->squares += xx;
    }
    left = t->epsilon * fmax(left, 0);
    out->roots += sqrt(left * (t->c - n));
    out->squares += left * slopes;
    return roots;
}

/* T A = C2 A N^(-1/2) and the trace of N^(1/2), N = A^T C2 A = V E V^T; false, with t->a as it
 * was, if that is not near enough. */
static bool by_picture(imp_transport *t, int n, const float *weight, double *distance)
{
    const size_t cn = (size_t) t->c * (size_t) n;
    const double added = normal_matrix(t, n, weight);
    double *x = t->work, *ta = t->work + cn, roots;
    neglect out;
    int drowned;

    if (!eigen(t, t->map, n) || !(t->spectrum[n - 1] > 0)) return false;
    drowned = raise_drowned(t, t->a, n);
    dgemm_("N", "N", &t->c, &n, &n, &one, t->b, &t->c, t->map, &n, &zero, x, &t->c, 1, 1);
    roots = divide_by_roots(t, x, n, drowned, &out) - sqrt(added);
    dgemm_("N", "T", &t->c, &n, &n, &one, x, &t->c, t->map, &n, &zero, ta, &t->c, 1, 1);
    *distance = squares(t->a, cn) + t->epsilon * t->c + t->target_trace - 2 * roots;
    return take(t, n, ta, &out, *distance);
}

/* --- .. of the painting, more than the picture's ----------------------------------------- */

/* K = C1 B into t->b, and N = B^T C1 B into t->map, filled up. */
static double target_normal_matrix(imp_transport *t, int n)
{
    const int m = t->n_target;
    double *ab = t->work;

    memcpy(t->b, t->target, (size_t) t->c * (size_t) m * sizeof *t->b);
    dgemm_("T", "N", &n, &m, &t->c, &one, t->a, &t->c, t->target, &t->c, &zero, ab, &n, 1, 1);
    dgemm_("N", "N", &t->c, &m, &n, &one, t->a, &t->c, ab, &n, &t->epsilon, t->b, &t->c, 1, 1);
    dsyrk_("L", "T", &m, &n, &one, ab, &n, &zero, t->map, &m, 1, 1);
    dsyrk_("L", "T", &m, &t->c, &t->epsilon, t->target, &t->c, &one, t->map, &m, 1, 1);
    return fill_up(t->map, m, t->along);
}

/* p = V^T B^T A, and z = B V becomes B V E^(-1/2); returns the trace of N^(1/2). yy: all
 * |C1 B v_i|^2. Epsilon in C2 would add epsilon |y_i|^2 / e_i to each e_i, and turn its
 * direction out of B's by as much as N^(-1/2) B^T A lacks of keeping A's n - 1 dimensions. */
static double divide_target(imp_transport *t, int n, double *z, double *p, const double *yy,
                            int drowned, neglect *out)
{
    const size_t c = (size_t) t->c, m = (size_t) t->n_target;
    double roots = 0, turns = 0, lack = n - 1;
    double left = squares(t->a, c * (size_t) n) + t->epsilon * t->c;

    *out = (neglect) { 0 };
    dgemm_("T", "N", &t->n_target, &n, &t->c, &one, z, &t->c, t->a, &t->c, &zero, p,
           &t->n_target, 1, 1);
    for (size_t i = 0; i < m; i++) {
        const double e = t->spectrum[i], shift = t->epsilon * yy[i] / (e * e);
        double zz, pp = 0;
        scale(z + i * c, 1 / sqrt(e), c);
        zz = squares(z + i * c, c);
        for (size_t j = 0; j < (size_t) n; j++) pp += p[j * m + i] * p[j * m + i];
        roots += sqrt(e);
        left -= yy[i] / e;
        lack -= pp / e;
        turns += zz * e * shift;
        out->squares += zz * pp * (i < (size_t) drowned ? 1 : shift * shift);
        if (i < (size_t) drowned) out->roots += sqrt(e);
    }
    lack = fmax(lack, 0);
    out->roots += sqrt(t->epsilon * fmax(left, 0) * (t->c - t->n_target));
    out->squares += 4 * t->epsilon * lack + fmin(lack, 1) * turns;
    return roots;
}

/* T A = B N^(-1/2) B^T A and the trace of N^(1/2), N = B^T C1 B = V E V^T; false, with t->a as
 * it was, if that is not near enough. */
static bool by_painting(imp_transport *t, int n, double *distance)
{
    const size_t c = (size_t) t->c;
    const int m = t->n_target;
    const double added = target_normal_matrix(t, n);
    double *yy = t->work, *z = t->work + square(t->c), roots;
    neglect out;
    int drowned;

    if (!eigen(t, t->map, m) || !(t->spectrum[m - 1] > 0)) return false;
    drowned = raise_drowned(t, t->target, m);
    dgemm_("N", "N", &t->c, &m, &m, &one, t->b, &t->c, t->map, &m, &zero, z, &t->c, 1, 1);
    for (size_t i = 0; i < (size_t) m; i++) yy[i] = squares(z + i * c, c);
    dgemm_("N", "N", &t->c, &m, &m, &one, t->target, &t->c, t->map, &m, &zero, z, &t->c, 1, 1);
    roots = divide_target(t, n, z, t->b, yy, drowned, &out) - sqrt(added);
    dgemm_("N", "N", &t->c, &n, &m, &one, z, &t->c, t->b, &m, &zero, t->map, &t->c, 1, 1);
    *distance = squares(t->a, c * (size_t) n) + t->epsilon * t->c + t->target_trace
                - 2 * roots;
    return take(t, n, t->map, &out, *distance);
}

/* --- .. or the map whole ----------------------------------------------------------------- */

bool imp_transport_columns(imp_transport *t, int n, const float *weight, double *distance)
{
    t->neglected = n < t->c && (n < t->n_target ? by_painting(t, n, distance)
                                                : by_picture(t, n, weight, distance));
    if (t->neglected) return true;
    memset(t->b, 0, square(t->c) * sizeof *t->b);
    imp_transport_add(t, t->b, t->a, n);
    if (!imp_transport_map(t, distance)) return false;
    dgemm_("N", "N", &t->c, &n, &t->c, &one, t->map, &t->c, t->a, &t->c, &zero, t->work, &t->c,
           1, 1);
    memcpy(t->a, t->work, (size_t) t->c * (size_t) n * sizeof *t->a);
    return true;
}
