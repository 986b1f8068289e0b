/* progress.c - see progress.h. */
#include "progress.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "number.h"
#include "report.h"

progress progress_of(const options *o)
{
    return (progress) {
        .kind = o->json ? PROGRESS_EVENTS : o->quiet ? PROGRESS_QUIET
              : isatty(STDERR_FILENO) ? PROGRESS_TERMINAL : PROGRESS_LINES,
    };
}

void progress_end(progress *p)
{
    if (p->drawn) fputs("\r\033[K", stderr);
    p->drawn = false;
}

void progress_say(progress *p, const char *fmt, ...)
{
    va_list ap;

    if (p->kind == PROGRESS_QUIET || p->kind == PROGRESS_EVENTS) return;
    progress_end(p);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* A bar as wide as the terminal leaves it beside `text`, then the text. */
static void draw(progress *p, double part, const char *text)
{
    static const char full[] = "########################################";
    struct winsize size;
    int columns = 80, width, done;

    if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col) columns = size.ws_col;
    width = columns - (int) strlen(text) - 4;
    if (width > 40) width = 40;
    done = (int) (part * width);
    fputs("\r\033[K", stderr);
    if (width >= 8) fprintf(stderr, "[%.*s%*s] ", done, full, width - done, "");
    fprintf(stderr, "%.*s", columns - 1, text);
    fflush(stderr);
    p->drawn = true;
}

/* Whether another tenth of the job is done, for plain lines. */
static bool another_tenth(progress *p, double part)
{
    const int tenths = (int) (part * 10 + 1e-9);

    if (tenths <= p->tenths) return false;
    p->tenths = tenths;
    return true;
}

static void tell(progress *p, double part, const char *text)
{
    if (p->kind == PROGRESS_TERMINAL) draw(p, part, text);
    else if (p->kind == PROGRESS_LINES && another_tenth(p, part))
        fprintf(stderr, "%s\n", text);
}

void progress_paint_begin(progress *p, const imp_plan *plan)
{
    char time[NUMBER_TEXT], memory[NUMBER_TEXT];

    progress_say(p, "%zux%zu, %d step%s, about %s and %s of memory", plan->width,
                 plan->height, plan->steps, plan->steps == 1 ? "" : "s",
                 number_duration(time, plan->seconds), number_memory(memory, plan->memory));
    if (p->kind == PROGRESS_EVENTS)
        report_event("start",
                     json_pack("{s:I, s:I, s:i, s:f, s:I}", "width",
                               (json_int_t) plan->width, "height", (json_int_t) plan->height,
                               "steps", plan->steps, "seconds", plan->seconds, "memory",
                               (json_int_t) plan->memory));
}

void progress_paint(progress *p, const imp_progress *at)
{
    const double speed = at->seconds > 0 ? at->step / at->seconds : 0;
    char text[160], left[NUMBER_TEXT];

    if (p->kind == PROGRESS_EVENTS) {
        report_event("step", json_pack("{s:i, s:i, s:f, s:f, s:f, s:f, s:f}", "step", at->step,
                                       "steps", at->steps, "total", at->loss.total,
                                       "content", at->loss.content, "style", at->loss.style,
                                       "tv", at->loss.tv, "seconds", at->seconds));
        return;
    }
    number_time(left, speed > 0 ? (at->steps - at->step) / speed : 0);
    snprintf(text, sizeof text, "%d/%d  loss %.4g  %.3g steps/s  %s left", at->step, at->steps,
             at->loss.total, speed, left);
    tell(p, at->steps ? (double) at->step / at->steps : 1, text);
}

void progress_fetch(progress *p, const char *name, uint64_t done, uint64_t total)
{
    char text[160], got[NUMBER_TEXT], all[NUMBER_TEXT];

    if (p->kind == PROGRESS_EVENTS) {
        report_event("fetch", json_pack("{s:s, s:I, s:I}", "model", name, "done",
                                        (json_int_t) done, "total", (json_int_t) total));
        return;
    }
    snprintf(text, sizeof text, "%s: %s of %s", name, number_bytes(got, done),
             total ? number_bytes(all, total) : "?");
    tell(p, total && done <= total ? (double) done / (double) total : 0, text);
}
