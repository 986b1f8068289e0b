/* random.c - see random.h. */
#include "base/random.h"

#include <math.h>

double imp_random_normal(imp_random *r)
{
    const double radius = sqrt(-2.0 * log(1.0 - imp_random_uniform(r)));

    return radius * cos(6.283185307179586 * imp_random_uniform(r));
}
