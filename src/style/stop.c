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

void imp_stop_visit(imp_stop *stop, imp_archive *archive)
{
    imp_archive_bytes(archive, stop->least, sizeof stop->least);
    imp_archive_int(archive, &stop->n);
    imp_archive_require(archive, stop->n >= 0);
}
