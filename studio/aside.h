/* aside.h - work that must not hold up the painting: piece after piece, in one thread of low
 * priority. */
#ifndef STUDIO_ASIDE_H
#define STUDIO_ASIDE_H

#include <impasto/base.h>

typedef struct aside aside;

/* The caller owns *out. Errors: IMP_ENOMEM. */
IMP_MUST_CHECK imp_status aside_new(aside **out, imp_error *err);

/* Nobody may be waiting any more. */
void aside_free(aside *a);

/* Calls work(user) in that thread, and waits until it is done. False, and it has not been
 * called, if too many are waiting already. Any thread. */
bool aside_do(aside *a, void (*work)(void *user), void *user);

#endif
