/* check_events.c - events of jobs: their order, resuming, what is forgotten, who waits. */
#include "check.h"

#include <pthread.h>

#include "studio/events.h"

static void publish(events *all, int64_t job, int step)
{
    events_publish(all, job, "progress", json_pack("{s:i}", "step", step));
}

/* The step of the next event; -1: quiet, -2: over. Of a piece of several the first counts, and
 * is all that has arrived. */
static int next_step(events *all, int64_t job, int64_t *after, double seconds)
{
    char *text;
    const events_state state = events_next(all, job, after, &text, seconds);
    const char *step = text ? strstr(text, "\"step\":") : NULL;
    const int n = state == EVENTS_QUIET ? -1
                : state == EVENTS_OVER ? -2 : step ? atoi(step + 7) : -3;

    if (text) *after = atoll(text + 4);
    free(text);
    return n;
}

static void test_order(void)
{
    events *all = events_new();
    int64_t after = 0, first;
    char *text;

    publish(all, 7, 1);
    publish(all, 8, 100);
    publish(all, 7, 2);
    CHECK(events_next(all, 7, &after, &text, 0) == EVENTS_TEXT);
    CHECK(text && strstr(text, "\nevent: progress\ndata: {\"step\":1}\n\nid: "));
    CHECK(text && strstr(text, "\nevent: progress\ndata: {\"step\":2}\n\n"));
    first = text ? atoll(text + 4) : 0;
    CHECK(first > 1700000000000 && after == first + 1);
    free(text);
    CHECK(next_step(all, 7, &after, 0.01) == -1);
    after = first;
    CHECK(next_step(all, 7, &after, 0) == 2);
    CHECK(next_step(all, 7, &after, 0.01) == -1);
    after = first;                       /* resumes behind what arrived */
    CHECK(next_step(all, 7, &after, 0) == 2);
    after = INT64_MAX;                   /* of a clock that has been put back: all is new */
    CHECK(next_step(all, 7, &after, 0) == 1);
    events_free(all);
}

static void test_end(void)
{
    events *all = events_new();
    int64_t after = 0;

    CHECK(next_step(all, 1, &after, 5) == -2);      /* nothing is known of it */
    publish(all, 1, 1);
    events_end(all, 1);
    publish(all, 1, 2);                             /* comes too late */
    CHECK(events_has(all, 1, 0));
    CHECK(next_step(all, 1, &after, 5) == 1);
    CHECK(next_step(all, 1, &after, 5) == -2);
    CHECK(!events_has(all, 1, after));
    events_free(all);
}

static void test_begin(void)
{
    events *all = events_new();
    int64_t after = 0;

    events_begin(all, 1, "state", json_pack("{s:i}", "step", 5));
    events_begin(all, 1, "state", json_pack("{s:i}", "step", 6));
    CHECK(next_step(all, 1, &after, 0) == 5);
    CHECK(next_step(all, 1, &after, 0) == -1);
    events_free(all);
}

static void test_ring(void)
{
    events *all = events_new();
    int64_t after = 0;

    for (int i = 0; i < EVENTS_KEPT + 10; i++) publish(all, 1, i);
    CHECK(next_step(all, 1, &after, 0) == 10);
    for (int i = 11; i < EVENTS_KEPT + 10; i++) CHECK(next_step(all, 1, &after, 0) == i);
    CHECK(next_step(all, 1, &after, 0) == -1);
    events_free(all);
}

static void test_forgotten(void)
{
    events *all = events_new();
    int64_t after = 0;

    publish(all, 1000, 1);                          /* not over, so it is kept */
    for (int job = 1; job <= EVENTS_ENDED + 1; job++) {
        publish(all, job, job);
        events_end(all, job);
    }
    CHECK(next_step(all, 1, &after, 0) == -2);
    CHECK(next_step(all, 2, &after, 0) == 2);
    after = 0;
    CHECK(next_step(all, 1000, &after, 0) == 1);
    events_free(all);
}

/* One ring for all, however many jobs there are. */
static void test_all(void)
{
    events *all = events_new();
    int64_t gone, last, after;
    char *text;

    events_span(all, &gone, &last);
    CHECK(gone == last && gone > 1700000000000);
    after = last;
    publish(all, 5, 1);
    publish(all, 6, 2);
    events_begin(all, 7, "state", json_pack("{s:i}", "step", 3));   /* has not happened now */
    events_end(all, 5);
    CHECK(events_next(all, EVENTS_OF_ALL, &after, &text, 0) == EVENTS_TEXT);
    CHECK(text && strstr(text, "\ndata: {\"step\":1,\"job\":5}\n\n"));
    CHECK(text && strstr(text, "\ndata: {\"step\":2,\"job\":6}\n\n"));
    free(text);
    CHECK(next_step(all, EVENTS_OF_ALL, &after, 0.01) == -1);
    for (int job = 10; job < 10 + EVENTS_KEPT; job++) publish(all, job, job);
    events_span(all, &gone, &last);
    CHECK(last == gone + EVENTS_KEPT && gone == after);
    publish(all, 5000, 1);
    events_span(all, &gone, &last);
    CHECK(last == gone + EVENTS_KEPT && gone == after + 1);
    events_free(all);
}

/* All events come, however many they are, in pieces that are bounded. */
static void test_pieces(void)
{
    events *all = events_new();
    int64_t after = 0;
    int steps = 0, pieces = 0;
    char *text;

    for (int i = 0; i < EVENTS_KEPT; i++) publish(all, 1, i);
    while (events_next(all, 1, &after, &text, 0) == EVENTS_TEXT) {
        CHECK(strlen(text) <= 16 * 1024);
        for (const char *at = text; (at = strstr(at, "\"step\":")); at += 7, steps++)
            CHECK(atoi(at + 7) == steps);
        pieces++;
        free(text);
    }
    CHECK(steps == EVENTS_KEPT && pieces > 1 && pieces < 10);
    events_free(all);
}

static double seconds_of_rest(events *all)
{
    struct timespec a, b;

    clock_gettime(CLOCK_MONOTONIC, &a);
    events_rest(all);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (double) (b.tv_sec - a.tv_sec) + 1e-9 * (double) (b.tv_nsec - a.tv_nsec);
}

/* The more watch, the longer each rests; nobody once all is closed. */
static void test_rest(void)
{
    events *all = events_new();
    double alone = 1;

    events_watch(all);
    for (int i = 0; i < 5; i++) alone = fmin(alone, seconds_of_rest(all));
    CHECK(alone < 0.1);
    for (int i = 0; i < 50; i++) events_watch(all);
    CHECK(seconds_of_rest(all) >= 0.4);
    for (int i = 0; i < 50; i++) events_unwatch(all);
    alone = 1;
    for (int i = 0; i < 5; i++) alone = fmin(alone, seconds_of_rest(all));
    CHECK(alone < 0.1);
    for (int i = 0; i < 100000; i++) events_watch(all);
    events_close(all);
    CHECK(seconds_of_rest(all) < 100);
    events_free(all);
}

static void *wait_for_one(void *user)
{
    int64_t after = 0;
    static int step;

    step = next_step(user, 1, &after, 60);
    if (step == 1) step = next_step(user, 1, &after, 60);
    return &step;
}

static void test_waiting(void)
{
    events *all = events_new();
    pthread_t thread;
    void *step;

    publish(all, 1, 1);
    if (pthread_create(&thread, NULL, wait_for_one, all)) exit(1);
    publish(all, 1, 2);
    pthread_join(thread, &step);
    CHECK(*(int *) step == 2);
    events_free(all);
}

static void test_close(void)
{
    events *all = events_new();
    pthread_t thread;
    void *step;

    publish(all, 1, 1);
    if (pthread_create(&thread, NULL, wait_for_one, all)) exit(1);
    events_close(all);
    pthread_join(thread, &step);
    CHECK(*(int *) step == -2);
    events_free(all);
}

int main(void)
{
    CHECK_RUN(test_order);
    CHECK_RUN(test_end);
    CHECK_RUN(test_begin);
    CHECK_RUN(test_ring);
    CHECK_RUN(test_forgotten);
    CHECK_RUN(test_all);
    CHECK_RUN(test_pieces);
    CHECK_RUN(test_rest);
    CHECK_RUN(test_waiting);
    CHECK_RUN(test_close);
    return check_done();
}
