/* eigen.c - see eigen.h. */
#include "style/eigen.h"

#include <math.h>
#include <string.h>

#include "style/lapack.h"

/* How many reflectors make a block; of small matrices no more than there is room for. */
static int width(int n)
{
    return n < 128 ? n / 2 + 1 : 64;
}

/* The tridiagonal matrix's eigenvectors, what LAPACK works with, tau and off. */
int imp_eigen_work(int n)
{
    return 1 + 6 * n + 2 * n * n;
}

int imp_eigen_iwork(int n)
{
    return 3 + 5 * n;
}

/* LAPACK is shown finite numbers only: of others it may never come back. */
static bool are_finite(const double *a, size_t n)
{
    double sum = 0;

    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) sum += a[j * n + i] * a[j * n + i];
    return isfinite(sum);
}

/* What dsytrd left of reflectors first .. first + k - 1, H = I - tau v v^T, becomes whole
 * columns: v is 1 where the matrix's lower diagonal was, and 0 above. */
static double *whole_columns(double *a, size_t n, size_t first, size_t k, const double *tau)
{
    for (size_t i = first; i < first + k; i++) {
        double *column = a + i * n;
        memset(column + first + 1, 0, (i - first) * sizeof *column);
        column[i + 1] = 1;
        if (!(fabs(tau[i]) > 0)) memset(column + i + 1, 0, (n - i - 1) * sizeof *column);
    }
    return a + first * n + first + 1;
}

/* z = H1 H2 .. Hk z = (I - V T V^T) z for m x n numbers of z; T^-1 is the upper triangle of
 * V^T V with 1 / tau on its diagonal (Joffrain et al. 2006). */
static void reflect(double *z, const double *v, const double *tau, int m, int k, int n,
                    int lead, double *room)
{
    static const double one = 1, minus = -1, zero = 0;
    double *t = room, *w = room + k * k;

    dsyrk_("U", "T", &k, &m, &one, v, &lead, &zero, t, &k, 1, 1);
    for (int i = 0; i < k; i++) t[i * k + i] = fabs(tau[i]) > 0 ? 1 / tau[i] : 1;
    dgemm_("T", "N", &k, &n, &m, &one, v, &lead, z, &lead, &zero, w, &k, 1, 1);
    dtrsm_("L", "U", "N", "N", &k, &n, &one, t, &k, w, &k, 1, 1, 1, 1);
    dgemm_("N", "N", &m, &n, &k, &minus, v, &lead, w, &k, &one, z, &lead, 1, 1);
}

bool imp_eigen(double *a, int n, double *e, double *work, int *iwork)
{
    const size_t m = (size_t) n;
    double *z = work, *tau = z + m * m, *off = tau + m, *room = off + m;
    const int n_room = 1 + 4 * n + n * n, n_iwork = imp_eigen_iwork(n);
    int info;

    if (!are_finite(a, m)) return false;
    dsytrd_("L", &n, a, &n, e, off, tau, room, &n_room, &info, 1);
    if (info == 0) dstedc_("I", &n, e, off, z, &n, room, &n_room, iwork, &n_iwork, &info, 1);
    if (info != 0) return false;
    for (int end = n - 1, k; end > 0; end -= k) {
        k = end < width(n) ? end : width(n);
        const size_t first = (size_t) (end - k);
        const double *v = whole_columns(a, m, first, (size_t) k, tau);
        reflect(z + first + 1, v, tau + first, n - 1 - (int) first, k, n, n, room);
    }
    memcpy(a, z, m * m * sizeof *a);
    return true;
}
