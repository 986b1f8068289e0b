/* threads.h - how many threads a piece of work uses. */
#ifndef IMP_THREADS_H
#define IMP_THREADS_H

int imp_threads_available(void);  /* cores that this process may run on, at least 1 */

/* Sets the number of OpenMP threads for regions that the calling thread starts; returns the
 * number before, to be handed back when the work is done: the host program may use OpenMP. */
int imp_threads_use(int n);

#endif
