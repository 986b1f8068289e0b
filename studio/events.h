/* events.h - what happens to jobs, for those who watch: a ring of events for each job, and one
 * for all of them together, in whose data "job" stands as well.
 *
 * An event is a piece of text as event streams have it: "id: ...", "event: ...", "data: ...".
 * Its id is larger than those before, also than those of an earlier run of the program. */
#ifndef STUDIO_EVENTS_H
#define STUDIO_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Kept of each job; ended jobs whose events are kept. */
enum { EVENTS_KEPT = 1024, EVENTS_ENDED = 32 };

/* Instead of a job's number: of all jobs. */
enum { EVENTS_OF_ALL = 0 };

/* Everything here may be called from any thread. */
typedef struct events events;

events *events_new(void);   /* NULL: no memory */
void events_free(events *all);

/* Takes `data`. Where there is no memory the event is lost. */
void events_publish(events *all, int64_t job, const char *name, json_t *data);

/* To those who watch all jobs: this one, or, if it is 0, this picture has been removed. */
void events_removed(events *all, int64_t job, const char *picture);

/* As events_publish(), for a job of which there is none; where there is one nothing
 * happens. */
void events_begin(events *all, int64_t job, const char *name, json_t *data);

/* No more come of this job. */
void events_end(events *all, int64_t job);

/* Everybody who waits goes home. */
void events_close(events *all);

typedef enum events_state { EVENTS_TEXT, EVENTS_QUIET, EVENTS_OVER } events_state;

/* The events kept whose ids are above *after, which becomes the id of the last of them: as
 * many as make a piece, one after the other. Waits up to `seconds` for one. EVENTS_OVER if
 * none will come, or none of this job are kept. The caller frees *text. */
events_state events_next(events *all, int64_t job, int64_t *after, char **text,
                         double seconds);

/* Somebody begins, and ends, to ask for events again and again. Between two pieces each is to
 * rest: not at all who watches alone, two seconds who is one of two hundred, who would
 * else together take a painting's time. */
void events_watch(events *all);
void events_rest(events *all);
void events_unwatch(events *all);

/* The ids of the last event that is not kept any more, or was of an earlier run, and of the
 * last one there is; of all jobs. */
void events_span(events *all, int64_t *gone, int64_t *last);

/* Whether events of this job are kept. */
bool events_known(events *all, int64_t job);

/* Whether one asked from `after` on will get something, at once or later. */
bool events_has(events *all, int64_t job, int64_t after);

#endif
