/* interrupt.h - Ctrl-C and SIGTERM: the first asks to stop, the second ends the program at once. */
#ifndef IMP_INTERRUPT_H
#define IMP_INTERRUPT_H

#include <stdbool.h>

/* From now on signals are caught; `message` (which may be NULL) is printed at the first one. */
void interrupt_catch(const char *message);

/* STATUS_INTERRUPTED or STATUS_TERMINATED once a signal has come, else STATUS_OK. */
int interrupt_status(void);

#endif
