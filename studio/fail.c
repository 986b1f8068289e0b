/* fail.c - see fail.h. */
#include "studio/fail.h"

#include <stdarg.h>
#include <stdio.h>

imp_status studio_fail(imp_error *err, imp_status status, const char *fmt, ...)
{
    va_list ap;

    if (!err) return status;
    va_start(ap, fmt);
    vsnprintf(err->message, sizeof err->message, fmt, ap);
    va_end(ap);
    err->status = status;
    return status;
}

void studio_say(const char *fmt, ...)
{
    char line[sizeof ((imp_error *) 0)->message];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    fprintf(stderr, "impasto: %s\n", line);
}
