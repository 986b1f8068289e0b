/* answers_jobs.c - jobs: asked for, watched, stopped, and what comes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/answers.h"
#include "studio/job_request.h"

enum { HEARTBEAT_SECONDS = 15 };

/* --- Jobs as JSON ------------------------------------------------------------------------ */

static json_t *styles_json(const job *j)
{
    json_t *all = json_array();

    for (int i = 0; i < j->styles; i++)
        json_array_append_new(all, json_pack("{s:s, s:f, s:f}", "picture", j->style[i].picture,
                                             "weight", j->style[i].weight, "scale",
                                             j->style[i].scale));
    return all;
}

static json_t *progress_json(const job_progress *p)
{
    return json_pack("{s:i, s:i, s:f, s:o, s:o, s:I, s:I}", "step", p->step, "steps", p->steps,
                     "seconds", p->seconds, "left",
                     p->left < 0 ? json_null() : json_real(p->left), "loss",
                     p->step ? json_real(p->loss) : json_null(), "width",
                     (json_int_t) p->width, "height", (json_int_t) p->height);
}

static json_t *job_json(api *a, job *j)
{
    if (!job_is_over(j->state)) worker_progress(a->worker, j->id, &j->progress);
    return json_pack("{s:I, s:s, s:f, s:s, s:o, s:o, s:o, s:o}", "id", (json_int_t) j->id,
                     "state", job_state_name(j->state), "created", j->created, "photo",
                     j->photo, "styles", styles_json(j), "params",
                     json_loads(j->params, 0, NULL), "progress", progress_json(&j->progress),
                     "error", *j->error ? json_string(j->error) : json_null());
}

/* --- One of them ------------------------------------------------------------------------- */

static int64_t number_of(const http_request *r)
{
    const char *text = r->segment[ANSWERS_WORD];

    if (strlen(text) > 15 || text[strspn(text, "0123456789")]) return 0;
    return strtoll(text, NULL, 10);
}

static http_response *no_job(void)
{
    return http_error(404, "no_job", "there is no such job");
}

/* The job that the path names; else false, and *refusal says why. job_free() it. */
static bool find_job(api *a, const http_request *r, job *j, http_response **refusal)
{
    bool found = false;
    imp_error err;

    *j = (job) { 0 };
    if (store_job_find(a->store, j, &found, number_of(r), &err))
        *refusal = answer_failed(&err);
    else if (!found) *refusal = no_job();
    return found;
}

http_response *answer_job(api *a, http_request *r)
{
    http_response *response;
    job j;

    if (find_job(a, r, &j, &response)) response = http_json(200, job_json(a, &j));
    job_free(&j);
    return response;
}

http_response *answer_jobs(api *a, http_request *r)
{
    json_t *list = json_array();
    imp_error err;
    job *all;
    size_t n;

    (void) r;
    if (store_jobs(a->store, &all, &n, &err)) {
        json_decref(list);
        return answer_failed(&err);
    }
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, job_json(a, &all[i]));
        job_free(&all[i]);
    }
    free(all);
    return http_json(200, list);
}

/* --- Asking ------------------------------------------------------------------------------ */

/* NULL if all of its pictures are there. */
static http_response *missing_picture(api *a, const job *j)
{
    for (int i = -1; i < j->styles; i++) {
        picture p;
        bool found;
        imp_error err;
        const char *id = i < 0 ? j->photo : j->style[i].picture;
        if (store_picture_find(a->store, &p, &found, id, &err)) return answer_failed(&err);
        if (!found) return http_error(422, "no_picture", "there is no picture %s", id);
    }
    return NULL;
}

http_response *answer_job_add(api *a, http_request *r)
{
    http_response *response = NULL;
    imp_error err;
    job j;

    if (job_request_read(&j, r->data, r->len, a->model, &err))
        response = err.status == IMP_EFORMAT ? http_error(400, "json", "%s", err.message)
                                             : answer_failed(&err);
    else if (!(response = missing_picture(a, &j)))
        response = worker_add(a->worker, &j, &err) ? answer_failed(&err)
                                                   : http_json(201, job_json(a, &j));
    job_free(&j);
    return response;
}

/* NULL for yes. */
static http_response *refusal_of(answer given, const imp_error *err)
{
    switch (given) {
    case ANSWER_YES: return NULL;
    case ANSWER_NO: return http_error(409, "state", "%s", err->message);
    case ANSWER_UNKNOWN: return no_job();
    case ANSWER_FAILED: return answer_failed(err);
    }
    return NULL;
}

/* The job as it is now; what is being painted comes to it after the present step. */
static http_response *ask(api *a, http_request *r, wish what)
{
    imp_error err;
    http_response *refusal = refusal_of(worker_ask(a->worker, number_of(r), what, &err), &err);

    return refusal ? refusal : answer_job(a, r);
}

http_response *answer_job_stop(api *a, http_request *r)
{
    return ask(a, r, WISH_STOP);
}

http_response *answer_job_pause(api *a, http_request *r)
{
    return ask(a, r, WISH_PAUSE);
}

http_response *answer_job_continue(api *a, http_request *r)
{
    return ask(a, r, WISH_CONTINUE);
}

http_response *answer_job_cancel(api *a, http_request *r)
{
    return ask(a, r, WISH_CANCEL);
}

http_response *answer_job_remove(api *a, http_request *r)
{
    imp_error err;
    http_response *refusal = refusal_of(worker_remove(a->worker, number_of(r), &err), &err);

    return refusal ? refusal : http_empty(204);
}

/* --- Pictures ---------------------------------------------------------------------------- */

static http_response *result_file(api *a, int64_t id, const char *ending, const char *type)
{
    char *path = store_result_path(a->store, id, ending);
    http_response *response = path ? http_file(type, path) : NULL;

    free(path);
    return response;
}

/* With the time when it was asked for: in another folder another job has its number, but
 * browsers know both by the same address. What `shown` says tells apart what is seen of it. */
static http_response *tag_of(http_response *response, const job *j, const char *shown)
{
    return http_tag(response, "job-%lld-%.3f-%s", (long long) j->id, j->created, shown);
}

static http_response *preview(api *a, const job *j)
{
    imp_error err;
    void *data;
    size_t len;
    int step;
    char shown[32];

    if (j->state == JOB_DONE)
        return tag_of(result_file(a, j->id, ".jpg", "image/jpeg"), j, "small");
    if (worker_preview(a->worker, j->id, &data, &len, &step, &err)) return answer_failed(&err);
    if (!data) return http_error(404, "no_preview", "there is nothing to be seen yet");
    snprintf(shown, sizeof shown, "%d", step);
    return tag_of(http_data("image/jpeg", data, len, free), j, shown);
}

http_response *answer_job_preview(api *a, http_request *r)
{
    http_response *response;
    job j;

    if (find_job(a, r, &j, &response)) response = preview(a, &j);
    job_free(&j);
    return response;
}

static const struct { const char *name, *type; imp_format format; } formats[] = {
    { "png", "image/png", IMP_FORMAT_PNG },
    { "jpeg", "image/jpeg", IMP_FORMAT_JPEG },
    { "tiff", "image/tiff", IMP_FORMAT_TIFF },
    { "webp", "image/webp", IMP_FORMAT_WEBP },
};

enum { FORMATS = sizeof formats / sizeof *formats };

/* The index of the format; -1 if the query is not understood. */
static int read_format(imp_save_params *params, const http_request *r)
{
    const char *name = http_query(r, "format");
    int i = 0;

    imp_save_params_init(params);
    if (!answer_number(&params->depth, r, "depth", 8, 16, 8)
        || (params->depth != 8 && params->depth != 16)
        || !answer_number(&params->quality, r, "quality", 1, 100, 95)) return -1;
    while (name && i < FORMATS && strcmp(formats[i].name, name)) i++;
    if (i == FORMATS) return -1;
    params->format = formats[i].format;
    return i;
}

/* PNG of 16 bits is as it was kept; all else is made from it. */
static http_response *result(api *a, const job *j, const imp_save_params *params, int format)
{
    http_response *response;
    imp_error err;
    char shown[32];
    void *data;
    size_t len;

    if (j->state != JOB_DONE)
        return http_error(409, "state", "the job is not done: %s", job_state_name(j->state));
    if (params->format == IMP_FORMAT_PNG && params->depth == 16) {
        response = result_file(a, j->id, ".png", "image/png");
    } else {
        if (pictures_result(a->pictures, &data, &len, j->id, params, &err))
            return answer_failed(&err);
        response = http_data(formats[format].type, data, len, imp_data_free);
    }
    snprintf(shown, sizeof shown, "%s-%d-%d", formats[format].name, params->depth,
             params->quality);
    return tag_of(response, j, shown);
}

http_response *answer_job_result(api *a, http_request *r)
{
    http_response *response;
    imp_save_params params;
    const int format = read_format(&params, r);
    job j;

    if (format < 0)
        return http_error(400, "format",
                          "format is png, jpeg, tiff or webp; depth is 8 or 16; quality is 1 "
                          "to 100");
    if (find_job(a, r, &j, &response)) response = result(a, &j, &params, format);
    job_free(&j);
    return response;
}

/* --- Events ------------------------------------------------------------------------------ */

/* Somebody who watches a job. */
typedef struct watcher {
    events *events;
    int64_t job, after;
    char *first;                    /* what is sent before anything else */
} watcher;

static bool watcher_next(void *user, char **text)
{
    watcher *w = user;

    if (w->first) {
        *text = w->first;
        w->first = NULL;
        return true;
    }
    switch (events_next(w->events, w->job, &w->after, text, HEARTBEAT_SECONDS)) {
    case EVENTS_TEXT: return true;
    case EVENTS_QUIET: return (*text = strdup(":\n\n")) != NULL;
    case EVENTS_OVER: return false;
    }
    return false;
}

static void watcher_end(void *user)
{
    watcher *w = user;

    free(w->first);
    free(w);
}

/* Takes `first`. */
static http_response *watch(api *a, int64_t id, int64_t after, char *first)
{
    watcher *w = calloc(1, sizeof *w);

    if (!w || !first) {
        free(first);
        free(w);
        return NULL;
    }
    *w = (watcher) { .events = a->events, .job = id, .after = after, .first = first };
    return http_events(watcher_next, watcher_end, w);
}

/* Of a job that was over before this run of the program, its state is all there is to tell; to
 * ask again after that is in vain, which 204 says to browsers. */
static http_response *job_events(api *a, const job *j, int64_t after)
{
    char *text = NULL;

    if (job_is_over(j->state)) {
        if (events_has(a->events, j->id, after))
            return watch(a, j->id, after, strdup("retry: 2000\n\n"));
        if (after) return http_empty(204);
        if (asprintf(&text, "id: 1\nevent: state\ndata: {\"state\":\"%s\"}\n\n",
                     job_state_name(j->state)) < 0) text = NULL;
        return watch(a, j->id, INT64_MAX, text);
    }
    events_begin(a->events, j->id, "state",
                 json_pack("{s:s}", "state", job_state_name(j->state)));
    return watch(a, j->id, after, strdup("retry: 2000\n\n"));
}

http_response *answer_job_events(api *a, http_request *r)
{
    const char *last = http_header(r, "Last-Event-ID");
    const int64_t after = last ? strtoll(last, NULL, 10) : 0;
    http_response *response;
    job j;

    if (find_job(a, r, &j, &response)) response = job_events(a, &j, after > 0 ? after : 0);
    job_free(&j);
    return response;
}
