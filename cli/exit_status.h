/* exit_status.h - what the exit status means: one table for code, help and manual. */
#ifndef IMP_EXIT_STATUS_H
#define IMP_EXIT_STATUS_H

#include <impasto/base.h>

enum {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_INPUT = 3,
    STATUS_MODEL = 4,
    STATUS_MEMORY = 5,
    STATUS_OUTPUT = 6,
    STATUS_NETWORK = 7,
    STATUS_SLOWER = 8,
    STATUS_INTERRUPTED = 130,
    STATUS_TERMINATED = 143
};

typedef struct status_info { int status; const char *meaning; } status_info;

/* The i-th status, NULL past the last one. */
const status_info *status_known(size_t i);

/* What the program was about when the library refused: the same reason, such as a file that
 * cannot be opened, is another exit status for an input than for an output. */
typedef enum phase {
    PHASE_SETTINGS, PHASE_INPUT, PHASE_MODEL, PHASE_WORK, PHASE_OUTPUT
} phase;

int status_of(imp_status status, phase where);

#endif
