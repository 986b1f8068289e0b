/* desktop.c - see desktop.h. */
#include "desktop.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { MOST = 4096 };

bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

bool desktop_is_there(void)
{
    return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
}

/* Whether the viewer has started well: it still runs after a second, or has ended without
 * failure. */
static bool has_started(pid_t viewer)
{
    const struct timespec pause = { .tv_nsec = 25000000 };
    int state;

    for (int i = 0; i < 40; i++) {
        if (waitpid(viewer, &state, WNOHANG) == viewer)
            return WIFEXITED(state) && !WEXITSTATUS(state);
        nanosleep(&pause, NULL);
    }
    return true;
}

/* In a session of its own, so that it outlives the terminal, and with no signal blocked. What
 * it opens is handed over untouched by the shell. */
bool desktop_open(const char *variable, const char *what)
{
    const char *program = is_set(variable) ? getenv(variable) : "xdg-open";
    char command[] = "exec $0 \"$1\" < /dev/null > /dev/null 2>&1",
         sh[] = "sh", flag[] = "-c", words[MOST], it[MOST];
    char *argv[] = { sh, flag, command, words, it, NULL };
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t viewer;
    int failed;

    if (snprintf(words, MOST, "%s", program) >= MOST || snprintf(it, MOST, "%s", what) >= MOST)
        return false;
    if (posix_spawnattr_init(&attributes)) return false;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    failed = posix_spawnp(&viewer, "sh", NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    return !failed && has_started(viewer);
}
