/* report.h - what the program says besides results: errors, warnings, events for programs. */
#ifndef IMP_REPORT_H
#define IMP_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "exit_status.h"

/* Hands a failed call's exit status on to the `done` label of the caller. */
#define TRY(call) do { if ((status = (call)) != STATUS_OK) goto done; } while (0)

/* Prints "impasto: MESSAGE" as one line on standard error, as an event too if there is a
 * stream of them, and returns `status`: `return complain(STATUS_USAGE, ...)`. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a failed call of the library. */
int complain_error(const imp_error *err, phase where);

/* Prints "impasto: MESSAGE" without failing. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes n bytes of text that others made: none of them may move the cursor. */
void put_text(FILE *out, const char *text, size_t n);

/* Prints text on standard output, with a newline behind it whether it ends in one or not. */
void print_line(const char *text);

/* Where events go, one JSON object a line; NULL (as at first) for nowhere. */
void report_events_to(FILE *stream);

/* Writes {"event": name, ...members} if there is a stream. Takes `members`, of json_pack(). */
void report_event(const char *name, json_t *members);

/* A JSON string of any text: bytes that are not UTF-8, as file names may hold, become '?'. */
json_t *report_text(const char *text);

#endif
