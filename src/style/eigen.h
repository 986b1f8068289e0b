/* eigen.h - the eigenvectors of a symmetric matrix in double, by LAPACK's way: a tridiagonal
 * matrix, divide and conquer, and back (Golub and Van Loan, chapter 8). The way back is our
 * own: the triangle between a block's reflectors comes from one product, not column after
 * column, which saves a sixth of all at 512 rows (bench/LOG.md). */
#ifndef IMP_EIGEN_H
#define IMP_EIGEN_H

#include <stdbool.h>

/* How many numbers are worked on. */
int imp_eigen_work(int n);
int imp_eigen_iwork(int n);

/* a: n x n, column by column, of which the lower triangle is read; becomes its eigenvectors,
 * one a column, and e its eigenvalues, ascending. False if numbers are not finite. */
bool imp_eigen(double *a, int n, double *e, double *work, int *iwork);

#endif
