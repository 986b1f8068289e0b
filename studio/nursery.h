/* nursery.h - processes for small pieces of work, without the time that starting a program
 * takes.
 *
 * This program is started again once and stays idle, all its libraries loaded: the nursery.
 * It forks for each piece of work; nothing of an earlier one, nor of who asks, is in it.
 *
 *     who asks --- the request, three files ---> nursery
 *        ^                                          | forks
 *        +------- how the work ended ----------- keeper     waits for the work, or kills it
 *                                                   | forks     once nobody asks any more
 *                                                  work     dies with its keeper
 *
 * The nursery ends with who asks. If it has gone it is started again; so it is after a piece
 * of work that was killed by a signal, as all share one layout of memory, which nobody shall
 * learn crash by crash. */
#ifndef STUDIO_NURSERY_H
#define STUDIO_NURSERY_H

#include <impasto/base.h>

/* --- Who asks ---------------------------------------------------------------------------- */

typedef struct nursery nursery;

typedef struct nursery_work {
    uint64_t number;            /* what the work is told                              */
    int in, out;                /* its standard input, and output: a file, emptied    */
    int seconds;                /* that it may take by the clock                      */
} nursery_work;

typedef struct nursery_end {
    int error;                  /* 0, or why (as errno says it) it was not begun, or
                                   ECHILD: the processes around it were killed        */
    bool in_time;               /* false: it was killed                               */
    int state;                  /* as waitpid() tells it                              */
} nursery_end;

/* The program is started again, when it is first needed, with `word` (borrowed) as its only
 * argument, and with the priority of who calls this. NULL: no memory. */
nursery *nursery_new(const char *word);

/* Nobody may be waiting any more. Nothing is left running. */
void nursery_free(nursery *n);

/* Waits for the work, which has the priority of the calling thread, if that is the lower one.
 * Threads: safe. */
nursery_end nursery_do(nursery *n, const nursery_work *work);

/* --- The program that was started again -------------------------------------------------- */

/* Does the work of one process and returns what that exits with. */
typedef int nursery_task(uint64_t number);

/* Returns, with what to exit with, when nobody can ask any more. */
int nursery_run(nursery_task *task);

#endif
