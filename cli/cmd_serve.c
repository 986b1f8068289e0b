/* cmd_serve.c - impasto serve: the studio, until a signal ends it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "studio/studio.h"

#include "command.h"
#include "desktop.h"
#include "machine.h"
#include "report.h"

enum { MAX_NAMES = 16, DEFAULT_PORT = 8080 };

#define DEFAULT_DISK UINT64_C(10000000000)

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

bool serve_is_built_in(void)
{
    return true;
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
    if (o->open && !((is_set("BROWSER") || desktop_is_there())
                     && desktop_open("BROWSER", studio_link(s))))
        warn("--open: neither $BROWSER nor, on a desktop, xdg-open opens a browser; open %s "
             "yourself", studio_link(s));
}

/* --- What is wrong with the options ------------------------------------------------------ */

static int check_file(const char *option, const char *file)
{
    if (!file || !access(file, R_OK)) return STATUS_OK;
    return complain(STATUS_INPUT, "--%s %s: %s", option, file, strerror(errno));
}

static int check_files(const options *o)
{
    int status;

    if (!o->certificate != !o->key)
        TRY(complain(STATUS_USAGE, "--certificate and --key need each other"));
    TRY(check_file("certificate", o->certificate));
    TRY(check_file("key", o->key));
    if (o->token && strcmp(o->token, "auto")) TRY(check_file("token", o->token));
done:
    return status;
}

/* A name as it stands in an address, without the rest of that. */
static int check_name(const char *name)
{
    if (*name && !name[strcspn(name, "/:@[] ")]) return STATUS_OK;
    return complain(STATUS_USAGE, "--host %s: a name alone, such as paint.example, which goes "
                    "for all ports", name);
}

static int check_names(const options *o)
{
    int status = STATUS_OK;

    if (o->n_each > MAX_NAMES)
        TRY(complain(STATUS_USAGE, "--host: at most %d names", MAX_NAMES));
    for (int i = 0; i < o->n_each; i++) TRY(check_name(o->each[i].text));
done:
    return status;
}

/* May be fetched later. */
static bool is_known(const char *name, imp_model_use use)
{
    const imp_model_info *known = imp_model_find(name);

    return known && known->use == use;
}

/* What is not known by name has to be a network now. */
static int check_models(imp_context *ctx, const options *o)
{
    imp_model *model = NULL;
    imp_segmenter *segmenter = NULL;
    int status = STATUS_OK;
    imp_error err;

    if (o->model && !is_known(o->model, IMP_MODEL_PAINTS)
        && imp_model_open(&model, o->model, &err))
        TRY(complain_error(&err, PHASE_MODEL));
    if (o->segment_model && !is_known(o->segment_model, IMP_MODEL_SEGMENTS)
        && imp_segmenter_new(&segmenter, ctx, o->segment_model, &err))
        status = complain_error(&err, PHASE_MODEL);
done:
    imp_model_free(model);
    imp_segmenter_free(segmenter);
    return status;
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
    TRY(check_files(o));
    TRY(check_names(o));
    TRY(machine_context(&ctx, o));
    TRY(check_models(ctx, o));
    params.ctx = ctx;
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
