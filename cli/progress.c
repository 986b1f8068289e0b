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
    char time[NUMBER_TEXT], memory[NUMBER_TEXT], from[64] = "";

    if (plan->stages > 1)
        snprintf(from, sizeof from, " in %d sizes from %zux%zu on", plan->stages,
                 plan->stage[0].width, plan->stage[0].height);
    progress_say(p, "%zux%zu%s, %d step%s, about %s and %s of memory", plan->width,
                 plan->height, from, plan->steps, plan->steps == 1 ? "" : "s",
                 number_duration(time, plan->seconds), number_memory(memory, plan->memory));
}

void progress_paint_from(progress *p, const imp_progress *at)
{
    const imp_plan *plan = p->plan;

    for (int i = 0; i + 1 < at->scale; i++)
        p->work += (double) (plan->stage[i].width * plan->stage[i].height)
                   * plan->stage[i].steps;
    p->work += (double) (at->width * at->height) * at->scale_step;
    p->scale_from = at->step;
    p->scale_begun = at->seconds;
    p->last = *at;
}

/* Pixels times steps that are still to come. */
static double work_left(const imp_plan *plan, const imp_progress *at)
{
    double work = (double) (at->width * at->height) * (at->scale_steps - at->scale_step);

    for (int i = at->scale; i < plan->stages; i++)
        work += (double) (plan->stage[i].width * plan->stage[i].height) * plan->stage[i].steps;
    return work;
}

/* Counts what was done since the last time. */
static void count(progress *p, const imp_progress *at)
{
    if (at->scale != p->last.scale) {
        p->scale_from = p->last.step;
        p->scale_begun = p->last.seconds;
    }
    p->work += (double) (at->width * at->height) * (at->step - p->last.step);
    p->last = *at;
}

static void tell_step(progress *p, const imp_progress *at)
{
    const double seconds = at->seconds - p->scale_begun, left = work_left(p->plan, at);
    const double part = p->work + left > 0 ? p->work / (p->work + left) : 1;
    char text[160], time[NUMBER_TEXT], size[80] = "";

    if (at->scales > 1)
        snprintf(size, sizeof size, "  %zux%zu, size %d of %d", at->width, at->height,
                 at->scale, at->scales);
    number_time(time, part > 0 ? at->seconds * (1 - part) / part : 0);
    snprintf(text, sizeof text, "%d/%d%s  loss %.4g  %.3g steps/s  %s left", at->step,
             at->steps, size, at->loss.total,
             seconds > 0 ? (at->step - p->scale_from) / seconds : 0, time);
    tell(p, part, text);
}

static json_t *losses_of_styles(const imp_losses *loss, int n)
{
    json_t *all = json_array();

    for (int i = 0; i < n; i++) json_array_append_new(all, json_real(loss->of_style[i]));
    return all;
}

void progress_paint(progress *p, const imp_progress *at)
{
    count(p, at);
    if (p->kind != PROGRESS_EVENTS) tell_step(p, at);
    else
        report_event("step",
                     json_pack("{s:i, s:i, s:i, s:i, s:I, s:I, s:f, s:f, s:f, s:o, s:f, s:f}",
                               "step", at->step, "steps", at->steps, "size", at->scale,
                               "sizes", at->scales, "width", (json_int_t) at->width, "height",
                               (json_int_t) at->height, "total", at->loss.total, "content",
                               at->loss.content, "style", at->loss.style, "styles",
                               losses_of_styles(&at->loss, p->plan->stage[0].styles), "tv",
                               at->loss.tv, "seconds", at->seconds));
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
