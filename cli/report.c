/* report.c - see report.h. */
#include "report.h"

#include <stdarg.h>
#include <string.h>

enum { LINE = sizeof ((imp_error *) 0)->message };

static FILE *events;

void report_events_to(FILE *stream)
{
    events = stream;
}

void report_event(const char *name, json_t *members)
{
    if (events) {
        json_t *event = json_pack("{s:s}", "event", name);
        json_object_update(event, members);
        json_dumpf(event, events, JSON_COMPACT | JSON_REAL_PRECISION(9));
        fputc('\n', events);
        fflush(events);
        json_decref(event);
    }
    json_decref(members);
}

json_t *report_text(const char *text)
{
    json_t *json = json_string(text);
    char ascii[LINE];
    size_t n = 0;

    if (json) return json;
    for (; text[n] && n + 1 < sizeof ascii; n++)
        ascii[n] = (unsigned char) text[n] < 0x80 ? text[n] : '?';
    ascii[n] = '\0';
    return json_string(ascii);
}

void put_text(FILE *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fputc((unsigned char) text[i] < ' ' || text[i] == 0x7f ? '?' : text[i], out);
}

/* One line whatever a file is called. */
static void say(const char *message)
{
    fputs("impasto: ", stderr);
    put_text(stderr, message, strlen(message));
    fputc('\n', stderr);
}

static int fail(int status, const char *message)
{
    if (events != stderr) say(message);
    report_event("error",
                 json_pack("{s:i, s:o}", "status", status, "message", report_text(message)));
    return status;
}

int complain(int status, const char *fmt, ...)
{
    char message[LINE];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    return fail(status, message);
}

int complain_error(const imp_error *err, phase where)
{
    return fail(status_of(err->status, where), err->message);
}

void warn(const char *fmt, ...)
{
    char message[LINE];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (events != stderr) say(message);
    report_event("warning", json_pack("{s:o}", "message", report_text(message)));
}

void print_line(const char *text)
{
    const size_t n = strlen(text);

    fputs(text, stdout);
    if (!n || text[n - 1] != '\n') putchar('\n');
}
