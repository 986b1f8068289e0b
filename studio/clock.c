/* clock.c - see clock.h. */
#include "studio/clock.h"

#include <time.h>

double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

void seconds_sleep(double seconds)
{
    struct timespec rest = { .tv_sec = (time_t) seconds };

    rest.tv_nsec = (long) (1e9 * (seconds - (double) rest.tv_sec));
    nanosleep(&rest, NULL);
}
