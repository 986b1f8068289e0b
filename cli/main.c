/* main.c - impasto, the program: finds the command, reads its options, runs it. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "help.h"
#include "report.h"

static int run(const command *c, int argc, char **argv)
{
    static options o;
    int status = options_parse(&o, c, argc, argv);

    if (status == STATUS_OK) status = o.help ? help_command(c) : c->run(&o);
    options_free(&o);
    return status;
}

/* What only the end shows: a full disk behind standard output. */
static int finish(int status)
{
    if (fflush(stdout) || ferror(stdout)) {
        const int failed = complain(STATUS_OUTPUT, "standard output: it cannot be written");
        return status == STATUS_OK ? failed : status;
    }
    return status;
}

int main(int argc, char **argv)
{
    const command *c;
    int status;

    if (argc < 2) return command_missing();
    if (serve_helper(&status, argc, argv)) return status;
    if (!strcmp(argv[1], "--version")) return finish(help_version());
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return finish(help_program());
    if (argv[1][0] == '-')
        return complain(STATUS_USAGE, "%s: options come after a command; see impasto --help",
                        argv[1]);
    c = command_find(argv[1]);
    return c ? finish(run(c, argc - 1, argv + 1)) : command_unknown(argv[1]);
}
