/* stop.c - see stop.h. */
#include "style/stop.h"

#include <math.h>

bool imp_stop_now(imp_stop *stop, double loss, double share)
{
    double *oldest = &stop->least[stop->n % IMP_STOP_WINDOW];
    const double then = *oldest;
    const bool enough = stop->n >= IMP_STOP_WINDOW;
    const int last = (stop->n + IMP_STOP_WINDOW - 1) % IMP_STOP_WINDOW;

    *oldest = stop->n ? fmin(stop->least[last], loss) : loss;
    stop->n++;
    return enough && share > 0 && then - *oldest < share * fabs(then);
}
