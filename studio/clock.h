/* clock.h - time that only goes on. */
#ifndef STUDIO_CLOCK_H
#define STUDIO_CLOCK_H

/* Seconds since some moment before the program began. */
double seconds_now(void);

void seconds_sleep(double seconds);

#endif
