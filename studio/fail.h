/* fail.h - how the studio says what went wrong: as the library does. */
#ifndef STUDIO_FAIL_H
#define STUDIO_FAIL_H

#include <impasto/base.h>

/* Hands the status of a failed call on to the `done` label of the caller. */
#define TRY(call) do { if ((status = (call)) != IMP_OK) goto done; } while (0)

/* Writes the reason into err (which may be NULL), returns status. */
imp_status studio_fail(imp_error *err, imp_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints a line on standard error: what nobody is there to be told otherwise. */
void studio_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
