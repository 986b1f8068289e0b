/* interrupt.h - Ctrl-C and SIGTERM: the first asks to stop, the second ends all at once. */
#ifndef IMP_INTERRUPT_H
#define IMP_INTERRUPT_H

#include <stdbool.h>

/* Signals are caught from now on; the first prints `message`, which may be NULL. */
void interrupt_catch(const char *message);

/* STATUS_INTERRUPTED or STATUS_TERMINATED once a signal has come, else STATUS_OK. */
int interrupt_status(void);

#endif
