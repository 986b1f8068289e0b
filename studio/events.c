/* events.c - see events.h. */
#include "studio/events.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct event { int64_t id; char *text; } event;

/* The events of one job, event k of the ring at k % EVENTS_KEPT. */
typedef struct channel {
    struct channel *next;           /* one that began earlier */
    int64_t job, last;
    event ring[EVENTS_KEPT];
    size_t begin, end;
    bool ended;
} channel;

struct events {
    pthread_mutex_t lock;
    pthread_cond_t more, closing;
    channel *channels;
    int watchers;
    bool closed;
};

/* What one piece of text holds at most, unless one event is longer. */
enum { PIECE = 16 * 1024 };

/* Of all watchers together one is told something so often. */
static const double apart = 0.01;

static void channel_free(channel *c)
{
    for (; c->begin < c->end; c->begin++) free(c->ring[c->begin % EVENTS_KEPT].text);
    free(c);
}

void events_free(events *all)
{
    channel *c;

    if (!all) return;
    while ((c = all->channels)) {
        all->channels = c->next;
        channel_free(c);
    }
    pthread_cond_destroy(&all->closing);
    pthread_cond_destroy(&all->more);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

static channel *find(const events *all, int64_t job)
{
    channel *c = all->channels;

    while (c && c->job != job) c = c->next;
    return c;
}

/* Ids begin at the time, in milliseconds: no job has a thousand events a second, so they stay
 * above those of earlier runs. */
static channel *find_or_begin(events *all, int64_t job)
{
    channel *c = find(all, job);
    struct timespec now;

    if (c || !(c = calloc(1, sizeof *c))) return c;
    clock_gettime(CLOCK_REALTIME, &now);
    c->job = job;
    c->last = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
    c->next = all->channels;
    all->channels = c;
    return c;
}

events *events_new(void)
{
    events *all = calloc(1, sizeof *all);
    pthread_condattr_t clock;

    if (!all) return NULL;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->more, &clock);
    pthread_cond_init(&all->closing, &clock);
    pthread_condattr_destroy(&clock);
    if (find_or_begin(all, EVENTS_OF_ALL)) return all;
    events_free(all);
    return NULL;
}

static void forget_first(channel *c)
{
    free(c->ring[c->begin++ % EVENTS_KEPT].text);
}

/* The lock is held. Where there is no memory the event is lost. */
static void append(channel *c, const char *name, const json_t *data)
{
    char *json = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(9)), *text;

    if (json && asprintf(&text, "id: %lld\nevent: %s\ndata: %s\n\n", (long long) c->last + 1,
                         name, json) >= 0) {
        if (c->end - c->begin == EVENTS_KEPT) forget_first(c);
        c->ring[c->end++ % EVENTS_KEPT] = (event) { ++c->last, text };
    }
    free(json);
}

static void publish(events *all, int64_t job, const char *name, json_t *data, bool first_only)
{
    channel *c;

    pthread_mutex_lock(&all->lock);
    if (!(first_only && find(all, job)) && (c = find_or_begin(all, job)) && !c->ended) {
        append(c, name, data);
        json_object_set_new(data, "job", json_integer(job));
        if (!first_only) append(find(all, EVENTS_OF_ALL), name, data);
        pthread_cond_broadcast(&all->more);
    }
    pthread_mutex_unlock(&all->lock);
    json_decref(data);
}

void events_publish(events *all, int64_t job, const char *name, json_t *data)
{
    publish(all, job, name, data, false);
}

void events_begin(events *all, int64_t job, const char *name, json_t *data)
{
    publish(all, job, name, data, true);
}

void events_removed(events *all, int64_t job, const char *picture)
{
    json_t *data = job ? json_pack("{s:I}", "job", (json_int_t) job)
                       : json_pack("{s:s}", "picture", picture);

    pthread_mutex_lock(&all->lock);
    append(find(all, EVENTS_OF_ALL), "removed", data);
    pthread_cond_broadcast(&all->more);
    pthread_mutex_unlock(&all->lock);
    json_decref(data);
}

/* The ended channels beyond those that are kept, the oldest at the end of the list. */
static void forget_ended(events *all)
{
    int ended = 0;

    for (channel **c = &all->channels; *c;) {
        channel *it = *c;
        if (it->ended && ++ended > EVENTS_ENDED) {
            *c = it->next;
            channel_free(it);
        } else {
            c = &it->next;
        }
    }
}

void events_end(events *all, int64_t job)
{
    channel *c;

    pthread_mutex_lock(&all->lock);
    if ((c = find(all, job))) c->ended = true;
    forget_ended(all);
    pthread_cond_broadcast(&all->more);
    pthread_mutex_unlock(&all->lock);
}

void events_close(events *all)
{
    pthread_mutex_lock(&all->lock);
    all->closed = true;
    pthread_cond_broadcast(&all->more);
    pthread_cond_broadcast(&all->closing);
    pthread_mutex_unlock(&all->lock);
}

/* The place in the ring of the first event after that one; the end if there is none yet. Ids
 * follow each other without a gap. An id of the future is of no run of this program: all is
 * new. */
static size_t first_after(const channel *c, int64_t after)
{
    const int64_t unseen = c->last - after;
    const size_t kept = c->end - c->begin;

    return unseen < 0 || (uint64_t) unseen > kept ? c->begin : c->end - (size_t) unseen;
}

/* The events from the k-th on that make a piece; NULL: no memory. */
static char *piece(const channel *c, size_t k, int64_t *last)
{
    size_t end = k, n = 0, len = 0;
    char *text;

    while (end < c->end && (end == k || n + strlen(c->ring[end % EVENTS_KEPT].text) <= PIECE))
        n += strlen(c->ring[end++ % EVENTS_KEPT].text);
    if (!(text = malloc(n + 1))) return NULL;
    for (; k < end; k++) {
        const event *e = &c->ring[k % EVENTS_KEPT];
        len += (size_t) (stpcpy(text + len, e->text) - (text + len));
        *last = e->id;
    }
    return text;
}

static struct timespec time_in(double seconds)
{
    struct timespec t;
    const double whole = floor(seconds);

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t) whole;
    t.tv_nsec += (long) (1e9 * (seconds - whole));
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

events_state events_next(events *all, int64_t job, int64_t *after, char **text, double seconds)
{
    const struct timespec until = time_in(seconds);
    events_state state = EVENTS_QUIET;
    const channel *c;
    bool late = false;
    size_t k = 0;

    *text = NULL;
    pthread_mutex_lock(&all->lock);
    while (!all->closed && (c = find(all, job)) && (k = first_after(c, *after)) == c->end
           && !c->ended && !late)
        late = pthread_cond_timedwait(&all->more, &all->lock, &until) != 0;
    if (all->closed || !c) state = EVENTS_OVER;
    else if (k < c->end) state = (*text = piece(c, k, after)) ? EVENTS_TEXT : EVENTS_OVER;
    else if (!late) state = EVENTS_OVER;
    pthread_mutex_unlock(&all->lock);
    return state;
}

void events_watch(events *all)
{
    pthread_mutex_lock(&all->lock);
    all->watchers++;
    pthread_mutex_unlock(&all->lock);
}

void events_unwatch(events *all)
{
    pthread_mutex_lock(&all->lock);
    all->watchers--;
    pthread_mutex_unlock(&all->lock);
}

void events_rest(events *all)
{
    struct timespec until;
    bool over = false;

    pthread_mutex_lock(&all->lock);
    until = time_in(apart * (all->watchers - 1));
    while (!all->closed && !over)
        over = pthread_cond_timedwait(&all->closing, &all->lock, &until) != 0;
    pthread_mutex_unlock(&all->lock);
}

bool events_has(events *all, int64_t job, int64_t after)
{
    const channel *c;
    bool has;

    pthread_mutex_lock(&all->lock);
    c = find(all, job);
    has = c && (!c->ended || first_after(c, after) < c->end);
    pthread_mutex_unlock(&all->lock);
    return has;
}

bool events_known(events *all, int64_t job)
{
    bool known;

    pthread_mutex_lock(&all->lock);
    known = find(all, job);
    pthread_mutex_unlock(&all->lock);
    return known;
}

void events_span(events *all, int64_t *gone, int64_t *last)
{
    const channel *c;

    pthread_mutex_lock(&all->lock);
    c = find(all, EVENTS_OF_ALL);
    *last = c->last;
    *gone = c->last - (int64_t) (c->end - c->begin);
    pthread_mutex_unlock(&all->lock);
}
