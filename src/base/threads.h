/* threads.h - how many threads there can be; imp_threads_use() sets how many a piece of work
 * uses, and its number before is to be set again after it: the host program may use OpenMP. */
#ifndef IMP_THREADS_H
#define IMP_THREADS_H

#include <impasto/base.h>

int imp_threads_available(void);  /* cores that this process may run on, at least 1 */

#endif
