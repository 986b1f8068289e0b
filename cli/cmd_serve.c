/* cmd_serve.c - impasto serve: the studio, until a signal ends it. */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "studio/studio.h"

#include "command.h"
#include "machine.h"
#include "report.h"

extern char **environ;

enum { MAX_NAMES = 16, DEFAULT_PORT = 8080 };

#define DEFAULT_DISK UINT64_C(10000000000)

/* In the background, so that this program is not its parent. False if there is no browser. */
static bool open_browser(const char *url)
{
    char script[] =
        "url=$1; set -- ${BROWSER:-xdg-open}; command -v \"$1\" > /dev/null || exit 1; "
        "\"$@\" \"$url\" < /dev/null > /dev/null 2>&1 &",
         sh[] = "sh", flag[] = "-c", address[512];
    char *argv[] = { sh, flag, script, sh, address, NULL };
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t shell;
    int state = 1;

    snprintf(address, sizeof address, "%s", url);
    if (posix_spawnattr_init(&attributes)) return false;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    if (!posix_spawnp(&shell, "sh", NULL, &attributes, argv, environ))
        waitpid(shell, &state, 0);
    posix_spawnattr_destroy(&attributes);
    return WIFEXITED(state) && !WEXITSTATUS(state);
}

/* Blocked in all threads, so that the main one can wait for them. */
static void block_signals(sigset_t *ends)
{
    sigemptyset(ends);
    sigaddset(ends, SIGINT);
    sigaddset(ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, ends, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* A second signal ends the program at once. */
static void wait_for_end(const sigset_t *ends)
{
    int which;

    sigwait(ends, &which);
    pthread_sigmask(SIG_UNBLOCK, ends, NULL);
}

bool serve_helper(int *status, int argc, char **argv)
{
    return studio_helper(status, argc, argv);
}

static bool is_loopback(const char *address)
{
    return !strncmp(address, "127.", 4) || !strcmp(address, "::1")
        || !strcmp(address, "localhost");
}

static void say_where(const studio *s, const studio_params *params, const options *o)
{
    printf("impasto studio: %s\n", studio_url(s));
    if (strcmp(studio_link(s), studio_url(s))) printf("to log in: %s\n", studio_link(s));
    fflush(stdout);
    if (!is_loopback(params->address) && !params->certificate && !params->n_names)
        warn("pictures and token pass the network in the clear; --certificate and --key hide "
             "them, or a proxy, named by --host");
    if (o->open && !open_browser(studio_link(s)))
        warn("--open: neither $BROWSER nor xdg-open is there; open %s yourself",
             studio_url(s));
}

int cmd_serve(const options *o)
{
    const char *names[MAX_NAMES];
    studio_params params = {
        .address = o->address ? o->address : "127.0.0.1", .data = o->data, .model = o->model,
        .segment_model = o->segment_model,
        .port = option_given(o, "port") ? (int) o->port : DEFAULT_PORT,
        .disk = option_given(o, "disk") ? o->disk : DEFAULT_DISK,
        .names = names, .n_names = o->n_each, .token = o->token,
        .certificate = o->certificate, .key = o->key,
        .jobs = option_given(o, "jobs") ? (int) o->jobs : 1, .memory = o->memory,
        .checkpoint_every = (double) o->checkpoint_every,
    };
    imp_context *ctx = NULL;
    studio *s = NULL;
    sigset_t ends;
    imp_error err;
    int status;

    block_signals(&ends);
    TRY(machine_context(&ctx, o));
    params.ctx = ctx;
    if (!o->certificate != !o->key)
        TRY(complain(STATUS_USAGE, "--certificate and --key need each other"));
    if (o->n_each > MAX_NAMES)
        TRY(complain(STATUS_USAGE, "--host: at most %d names", MAX_NAMES));
    for (int i = 0; i < o->n_each; i++) names[i] = o->each[i].text;
    if (studio_new(&s, &params, &err))
        TRY(complain_error(&err, err.status == IMP_EIO ? PHASE_OUTPUT : PHASE_SETTINGS));
    say_where(s, &params, o);
    wait_for_end(&ends);

done:
    studio_free(s);
    imp_context_free(ctx);
    return status;
}
