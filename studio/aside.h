/* aside.h - work beside the painting, piece after piece in one thread, which takes its turn
 * behind what paints if need be. */
#ifndef STUDIO_ASIDE_H
#define STUDIO_ASIDE_H

#include <impasto/base.h>

typedef struct aside aside;

/* `niceness` of 10 is a tenth of what a thread that paints gets, 0 as much. The caller owns
 * *out. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status aside_new(aside **out, int niceness, imp_error *err);

/* Nobody may be waiting any more. */
void aside_free(aside *a);

/* Calls work(user) in that thread, and waits until it is done. False, and it has not been
 * called, if too many are waiting already. Any thread. */
bool aside_do(aside *a, void (*work)(void *user), void *user);

#endif
