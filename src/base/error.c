/* error.c - see error.h and impasto/base.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

imp_status imp_fail(imp_error *err, imp_status status, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->status = status;
        vsnprintf(err->message, sizeof err->message, fmt, ap);
        va_end(ap);
    }
    return status;
}

imp_status imp_fail_at(imp_error *err, imp_status status, const char *where)
{
    char message[sizeof err->message];

    if (!err) return status;
    memcpy(message, err->message, sizeof message);
    return imp_fail(err, status, "%s: %s", where, message);
}

const char *imp_status_name(imp_status status)
{
    switch (status) {
    case IMP_OK: return "success";
    case IMP_EINVAL: return "invalid argument";
    case IMP_ENOMEM: return "out of memory";
    case IMP_EIO: return "input or output error";
    case IMP_EFORMAT: return "bad file content";
    case IMP_ELIMIT: return "over a limit";
    case IMP_ENOMODEL: return "weights not found";
    case IMP_EUNSUPPORTED: return "left out of this build";
    case IMP_ENET: return "download failed";
    }
    return "unknown status";
}
