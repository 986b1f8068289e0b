/* progress.h - how far a job is: a redrawn line on a terminal, plain lines elsewhere, events
 * for programs, nothing if quiet. */
#ifndef IMP_PROGRESS_H
#define IMP_PROGRESS_H

#include "options.h"

typedef struct progress {
    enum { PROGRESS_QUIET, PROGRESS_LINES, PROGRESS_TERMINAL, PROGRESS_EVENTS } kind;
    int tenths;        /* of the job, told so far in plain lines */
    bool drawn;        /* a line to be cleared is on the terminal */
    const imp_plan *plan;   /* of the painting, for progress_paint() */
    imp_progress last;      /* what was told last       */
    double work;            /* pixels times steps so far */
    int scale_from;         /* steps and seconds before the present size */
    double scale_begun;
} progress;

/* Decides by options and terminal how to tell. */
progress progress_of(const options *o);

/* "512x384, 200 steps", and where it begins if that is elsewhere; for people only. */
void progress_paint_begin(progress *p, const imp_plan *plan);

/* Where the painting begins, if not at its first step; p->plan must be there. */
void progress_paint_from(progress *p, const imp_progress *at);

/* Every step, for programs too. */
void progress_paint(progress *p, const imp_progress *at);

/* For a download; `total` is 0 if unknown. */
void progress_fetch(progress *p, const char *name, uint64_t done, uint64_t total);

/* Clears what must not stay on the terminal. */
void progress_end(progress *p);

/* A line for people, on standard error; none if quiet or for programs. */
void progress_say(progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
