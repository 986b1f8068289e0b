/* symmetric.h - symmetric 3 x 3 matrices, as covariances of colours are: rr rg rb gg gb bb. */
#ifndef IMP_SYMMETRIC_H
#define IMP_SYMMETRIC_H

/* Writes the determinant times the inverse, and returns the determinant. */
static inline double imp_symmetric_adjugate(double a[6], const double s[6])
{
    a[0] = s[3] * s[5] - s[4] * s[4];
    a[1] = s[2] * s[4] - s[1] * s[5];
    a[2] = s[1] * s[4] - s[2] * s[3];
    a[3] = s[0] * s[5] - s[2] * s[2];
    a[4] = s[1] * s[2] - s[0] * s[4];
    a[5] = s[0] * s[3] - s[1] * s[1];
    return s[0] * a[0] + s[1] * a[1] + s[2] * a[2];
}

#endif
