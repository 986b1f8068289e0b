/* clock.h - time that only goes forward. */
#ifndef IMP_CLOCK_H
#define IMP_CLOCK_H

double imp_clock(void);  /* seconds since some fixed moment */

#endif
