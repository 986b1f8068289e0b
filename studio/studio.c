/* studio.c - see studio.h. */
#include "studio/studio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/api.h"
#include "studio/fail.h"
#include "studio/nursery.h"

enum { BRIEF_AT_ONCE = 2 };

struct studio {
    store *store;
    pictures *pictures;
    events *events;
    disk *disk;
    worker *worker;
    masks *masks;
    finder *finder;
    aside *aside;
    plans *plans;
    aside *planning;
    login *login;
    sem_t few;
    http_server *server;
    char *link;
    api api;
};

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
                             .folder = store_incoming(s->store) };
    const http_place place = {
        .address = params->address, .port = params->port, .guarded = params->token,
        .certificate = params->certificate, .key = params->key, .names = params->names,
        .n_names = params->n_names,
    };
    const char *made = login_made(s->login);
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
    char *folder = NULL;
    imp_status status = s ? IMP_OK : studio_fail(err, IMP_ENOMEM, "no memory for the studio");

    *out = NULL;
    TRY(status);
    sem_init(&s->few, 0, BRIEF_AT_ONCE);
    TRY(folder_of(&folder, params->data, err));
    TRY(store_open(&s->store, folder, err));
    TRY(login_new(&s->login, params->token, folder, err));
    if (!(s->pictures = pictures_new(s->store)) || !(s->events = events_new())
        || !(s->disk = disk_new(s->store, params->disk))
        || !(s->masks = masks_new(s->store, s->pictures))
        || !(s->finder = finder_new(s->pictures, params->ctx, params->segment_model))
        || !(s->plans = plans_of(s->pictures, params)))
        status = studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    TRY(status);
    TRY(aside_new(&s->aside, 10, err));
    TRY(aside_new(&s->planning, 0, err));
    TRY(disk_make_room(s->disk, &(store_spared) { 0 }, err));
    TRY(worker_new(&s->worker, &(worker_params) {
        .store = s->store, .pictures = s->pictures, .events = s->events, .disk = s->disk,
        .ctx = params->ctx, .every = params->checkpoint_every, .jobs = params->jobs,
        .memory = params->memory }, err));
    s->api = (api) { .store = s->store, .pictures = s->pictures, .events = s->events,
                     .disk = s->disk, .worker = s->worker, .masks = s->masks,
                     .finder = s->finder, .aside = s->aside, .plans = s->plans,
                     .planning = s->planning, .login = s->login,
                     .few = &s->few, .ctx = params->ctx, .model = params->model };
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
    if (!s) return;
    if (s->events) events_close(s->events);
    http_server_free(s->server);
    login_free(s->login);
    free(s->link);
    sem_destroy(&s->few);
    worker_free(s->worker);
    aside_free(s->aside);
    aside_free(s->planning);
    plans_free(s->plans);
    finder_free(s->finder);
    masks_free(s->masks);
    events_free(s->events);
    disk_free(s->disk);
    pictures_free(s->pictures);
    store_close(s->store);
    free(s);
}
