/* answers_events.c - what happens to a job, or to all of them, as it happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/answers.h"

/* TOLD is the id of the last event of a job whose events are no longer known. */
enum { HEARTBEAT_SECONDS = 15, TOLD = 1 };

/* Somebody who watches a job. */
typedef struct watcher {
    events *events;
    int64_t job, after;
    char *first;                    /* what is sent before anything else */
    bool told;
} watcher;

static bool watcher_next(void *user, char **text)
{
    watcher *w = user;

    if (w->first) {
        *text = w->first;
        w->first = NULL;
        return true;
    }
    if (w->told) events_rest(w->events);
    w->told = true;
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

    events_unwatch(w->events);
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
    events_watch(a->events);
    return http_events(watcher_next, watcher_end, w);
}

/* Of a job that was over before this run of the program, its state is all there is to tell,
 * also to who watched it then and may have missed the end; to ask again after that is in vain,
 * which 204 says to browsers. */
static http_response *job_events(api *a, const job *j, int64_t after)
{
    char *text = NULL;

    if (job_is_over(j->state)) {
        if (events_has(a->events, j->id, after))
            return watch(a, j->id, after, strdup("retry: 2000\n\n"));
        if (after == TOLD || events_known(a->events, j->id)) return http_empty(204);
        if (asprintf(&text, "id: %d\nevent: state\ndata: {\"state\":\"%s\"}\n\n",
                     TOLD, job_state_name(j->state)) < 0) text = NULL;
        return watch(a, j->id, INT64_MAX, text);
    }
    events_begin(a->events, j->id, "state",
                 json_pack("{s:s}", "state", job_state_name(j->state)));
    return watch(a, j->id, after, strdup("retry: 2000\n\n"));
}

/* The id of the last event that arrived, 0 if there was none. */
static int64_t last_of(const http_request *r)
{
    const char *last = http_header(r, "Last-Event-ID");
    const int64_t after = last ? strtoll(last, NULL, 10) : 0;

    return after > 0 ? after : 0;
}

http_response *answer_job_events(api *a, http_request *r)
{
    http_response *response;
    job j;

    if (answer_find_job(a, r, &j, &response)) response = job_events(a, &j, last_of(r));
    job_free(&j);
    return response;
}

/* Who comes anew hears of what happens from now on; who comes back, of what is still known,
 * and that there was more if there was. */
http_response *answer_events(api *a, http_request *r)
{
    int64_t after = last_of(r), gone, last;
    char *first = NULL;

    events_span(a->events, &gone, &last);
    if (!after) after = last;
    if (after >= gone && after <= last)
        return watch(a, EVENTS_OF_ALL, after, strdup("retry: 2000\n\n"));
    if (asprintf(&first, "retry: 2000\n\nid: %lld\nevent: missed\ndata: {}\n\n",
                 (long long) gone) < 0) first = NULL;
    return watch(a, EVENTS_OF_ALL, gone, first);
}
