/* cmd_serve_stub.c - impasto serve, in a build without the studio. */
#include "command.h"
#include "report.h"

bool serve_is_built_in(void)
{
    return false;
}

bool serve_helper(int *status, int argc, char **argv)
{
    (void) status, (void) argc, (void) argv;
    return false;
}

int cmd_serve(const options *o)
{
    (void) o;
    return complain(STATUS_FAILED, "serve: the studio was left out of this build; it needs "
                    "libmicrohttpd, GnuTLS and SQLite (meson configure -Dstudio=enabled)");
}
