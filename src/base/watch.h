/* watch.h - who wants to know how long each part of some work takes. */
#ifndef IMP_WATCH_H
#define IMP_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

/* A part is known by what it does and to what: "loss", "relu3_1"; `of` may be "". It may be
 * told of several times in one step. flop: operations, 0 if nobody counted them. */
typedef struct imp_watch {
    void (*part)(void *user, const char *what, const char *of, bool backward, double seconds,
                 double flop);
    void *user;
} imp_watch;

/* The moment at which a part begins, and the telling when it has ended. NULL: nobody watches,
 * and it costs nothing. */
static inline double imp_watch_begin(const imp_watch *watch)
{
    return watch ? imp_clock() : 0;
}

static inline void imp_watch_end(const imp_watch *watch, double begin, const char *what,
                                 const char *of, bool backward)
{
    if (watch) watch->part(watch->user, what, of, backward, imp_clock() - begin, 0);
}

#endif
