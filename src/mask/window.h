/* window.h - sums over a square window around each pixel, clipped at the borders, in time that
 * does not depend on the window's size. */
#ifndef IMP_WINDOW_H
#define IMP_WINDOW_H

#include <impasto/base.h>

enum { IMP_WINDOW_CHANNELS = 16 };   /* most values that a pixel has */

typedef struct imp_window_job {
    size_t width, height, radius;   /* a window is 2 * radius + 1 pixels wide and high   */
    size_t channels;
    void *user;
    /* Writes row y: width * channels values, a pixel's together. The same each time. */
    void (*load)(void *user, size_t y, double *row);
    /* Takes the window's mean around (x, y). Pixels of different rows may come at once. */
    void (*store)(void *user, size_t x, size_t y, const double *mean);
} imp_window_job;

/* Sums are in double; strips of a fixed height are worked on in parallel, so that the result
 * does not depend on the number of threads. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status imp_window_run(const imp_window_job *job, imp_error *err);

#endif
