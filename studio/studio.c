/* studio.c - see studio.h. */
#include "studio/studio.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/api.h"
#include "studio/fail.h"
#include "studio/nursery.h"

enum { BRIEF_AT_ONCE = 2, ARENAS = 4 };

struct studio {
    api api;                 /* with what it borrows, which is freed here */
    sem_t few;
    http_server *server;
    char *link;
};

/* Of pictures that passed through, the C library keeps some memory in each arena; and it has
 * eight a processor unless told otherwise. */
static void keep_few_arenas(void)
{
#if defined __GLIBC__
    mallopt(M_ARENA_MAX, ARENAS);
#endif
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* Where everything is kept; the caller frees it. */
static imp_status folder_of(char **out, const char *given, imp_error *err)
{
    const char *data = variable("XDG_DATA_HOME"), *home = variable("HOME");
    int n;

    if (given) n = asprintf(out, "%s", given);
    else if (data) n = asprintf(out, "%s/impasto/studio", data);
    else if (home) n = asprintf(out, "%s/.local/share/impasto/studio", home);
    else return studio_fail(err, IMP_EIO, "there is no home folder; say where with --data");
    if (n >= 0) return IMP_OK;
    *out = NULL;
    return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
}

static imp_status serve(studio *s, const studio_params *params, imp_error *err)
{
    const http_site site = { .body = api_body, .answer = api_answer, .user = &s->api,
                             .folder = store_incoming(s->api.store) };
    const http_place place = {
        .address = params->address, .port = params->port, .guarded = params->token,
        .certificate = params->certificate, .key = params->key, .names = params->names,
        .n_names = params->n_names,
    };
    const char *made = login_made(s->api.login);
    const imp_status status = http_server_new(&s->server, &site, &place, err);

    if (status != IMP_OK) return status;
    if (asprintf(&s->link, made ? "%s#token=%s" : "%s", studio_url(s), made ? made : "") >= 0)
        return IMP_OK;
    s->link = NULL;
    return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
}

/* The machine as the worker shares it out. */
static plans *plans_of(pictures *p, const studio_params *params)
{
    const int threads = imp_context_threads(params->ctx) / params->jobs;
    const imp_context_params machine = { .threads = threads > 1 ? threads : 1,
                                         .backend = imp_context_backend(params->ctx),
                                         .max_memory = params->memory };

    return plans_new(p, &machine);
}

imp_status studio_new(studio **out, const studio_params *params, imp_error *err)
{
    studio *s = calloc(1, sizeof *s);
    api *a = s ? &s->api : NULL;
    char *folder = NULL;
    imp_status status = s ? IMP_OK : studio_fail(err, IMP_ENOMEM, "no memory for the studio");

    *out = NULL;
    TRY(status);
    keep_few_arenas();
    sem_init(&s->few, 0, BRIEF_AT_ONCE);
    *a = (api) { .few = &s->few, .ctx = params->ctx, .model = params->model };
    TRY(folder_of(&folder, params->data, err));
    TRY(store_open(&a->store, folder, err));
    TRY(login_new(&a->login, params->token, folder, err));
    if (!(a->pictures = pictures_new(a->store)) || !(a->events = events_new())
        || !(a->disk = disk_new(a->store, a->events, params->disk))
        || !(a->masks = masks_new(a->store, a->pictures))
        || !(a->finder = finder_new(a->pictures, params->ctx, params->segment_model))
        || !(a->plans = plans_of(a->pictures, params)))
        status = studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    TRY(status);
    TRY(aside_new(&a->aside, 10, err));
    TRY(aside_new(&a->planning, 0, err));
    TRY(disk_make_room(a->disk, &(store_spared) { 0 }, err));
    TRY(worker_new(&a->worker, &(worker_params) {
        .store = a->store, .pictures = a->pictures, .events = a->events, .disk = a->disk,
        .ctx = params->ctx, .every = params->checkpoint_every, .jobs = params->jobs,
        .memory = params->memory }, err));
    TRY(serve(s, params, err));
    *out = s;
    s = NULL;

done:
    free(folder);
    studio_free(s);
    return status;
}

bool studio_helper(int *status, int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], DECODER_WORD)) return false;
    *status = nursery_run(decoder_run);
    return true;
}

const char *studio_link(const studio *s)
{
    return s->link;
}

const char *studio_url(const studio *s)
{
    return http_server_url(s->server);
}

void studio_free(studio *s)
{
    const api *a = s ? &s->api : NULL;

    if (!s) return;
    if (a->events) events_close(a->events);
    http_server_free(s->server);
    login_free(a->login);
    free(s->link);
    sem_destroy(&s->few);
    worker_free(a->worker);
    aside_free(a->aside);
    aside_free(a->planning);
    plans_free(a->plans);
    finder_free(a->finder);
    masks_free(a->masks);
    events_free(a->events);
    disk_free(a->disk);
    pictures_free(a->pictures);
    store_close(a->store);
    free(s);
}
