/* error.h - how a function says what went wrong. */
#ifndef IMP_ERROR_H
#define IMP_ERROR_H

#include <impasto/base.h>

/* Writes the reason into err (which may be NULL), returns status: `return imp_fail(...)`. */
imp_status imp_fail(imp_error *err, imp_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts `where` and a colon before the message of err, which may be NULL: what a caller knows
 * and the function that failed does not. Returns status. */
imp_status imp_fail_at(imp_error *err, imp_status status, const char *where);

/* Hands the status of a failed call on to the `done` label of the caller. */
#define TRY(call) do { if ((status = (call)) != IMP_OK) goto done; } while (0)

#endif
