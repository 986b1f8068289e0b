/* lapack.h - what is used of BLAS and LAPACK, which call themselves from Fortran: matrices lie
 * column by column, everything is passed by address, and the lengths of texts follow at the
 * end. The names' meaning: netlib.org/lapack. */
#ifndef IMP_LAPACK_H
#define IMP_LAPACK_H

#include <stdbool.h>
#include <stddef.h>

/* May several threads call what follows at once, and is that the best use of them? True of
 * OpenBLAS with OpenMP, which then keeps to one thread in each call. OpenBLAS without threads
 * mixes up such calls' memory and answers wrong; OpenBLAS with threads of its own puts them to
 * use in each call; of others nothing is known. */
bool imp_lapack_side_by_side(void);

/* C = alpha A A^T + beta C, one triangle of it */
void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *beta,
            double *c, const int *ldc, size_t, size_t);
/* B = alpha op(A) B or alpha B op(A), A triangular */
void dtrmm_(const char *side, const char *uplo, const char *trans, const char *diag,
            const int *m, const int *n, const double *alpha, const double *a, const int *lda,
            double *b, const int *ldb, size_t, size_t, size_t, size_t);
/* C = alpha op(A) op(B) + beta C */
void dgemm_(const char *trans_a, const char *trans_b, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b,
            const int *ldb, const double *beta, double *c, const int *ldc, size_t, size_t);
/* A = L L^T */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
/* B = alpha op(A)^-1 B or alpha B op(A)^-1, A triangular */
void dtrsm_(const char *side, const char *uplo, const char *trans, const char *diag,
            const int *m, const int *n, const double *alpha, const double *a, const int *lda,
            double *b, const int *ldb, size_t, size_t, size_t, size_t);
/* itype 2, uplo L: A = L^T A L, one triangle of it */
void dsygst_(const int *itype, const char *uplo, const int *n, double *a, const int *lda,
             const double *l, const int *ldl, int *info, size_t);
/* A = Q (d, e) Q^T, (d, e) a tridiagonal matrix, Q as reflectors in A's place and tau */
void dsytrd_(const char *uplo, const int *n, double *a, const int *lda, double *d, double *e,
             double *tau, double *work, const int *lwork, int *info, size_t);
/* compz I: (d, e) = Z diag(d) Z^T */
void dstedc_(const char *compz, const int *n, double *d, double *e, double *z, const int *ldz,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t);

#endif
