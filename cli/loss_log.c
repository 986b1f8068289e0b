/* loss_log.c - see loss_log.h. */
#include "loss_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

static void heading(FILE *f, const imp_params *params, int styles)
{
    fputs("step,seconds,width,height,total,content,style,tv", f);
    for (int i = 0; i < params->content_layers.n; i++)
        fprintf(f, ",content:%s", params->content_layers.item[i].layer);
    for (int i = 0; i < params->style_layers.n; i++)
        fprintf(f, ",style:%s", params->style_layers.item[i].layer);
    for (int i = 0; styles > 1 && i < styles; i++) fprintf(f, ",style-%d", i + 1);
    fputs("\n", f);
    fflush(f);
}

/* The end of the row of a step; 0 if there is no such row. */
static long end_of_row(FILE *f, int step)
{
    char line[4096];

    while (fgets(line, sizeof line, f))
        if (atoi(line) == step && strchr(line, '\n')) return ftell(f);
    return 0;
}

/* The log of the painting up to a step, open behind that; NULL if there is none. */
static FILE *earlier_rows(const char *path, int step)
{
    FILE *f = step > 0 ? fopen(path, "r+") : NULL;
    const long end = f ? end_of_row(f, step) : 0;

    if (end > 0 && !ftruncate(fileno(f), end) && !fseek(f, end, SEEK_SET)) return f;
    if (f) fclose(f);
    return NULL;
}

int loss_log_open(loss_log *log, const char *path, const imp_params *params, int styles,
                  int step)
{
    *log = (loss_log) {
        .path = path, .file = path ? earlier_rows(path, step) : NULL, .styles = styles,
    };
    if (!path || log->file) return STATUS_OK;
    if (!(log->file = fopen(path, "w")))
        return complain(STATUS_OUTPUT, "%s: %s", path, strerror(errno));
    heading(log->file, params, styles);
    return STATUS_OK;
}

void loss_log_row(loss_log *log, const imp_params *params, const imp_progress *at)
{
    const imp_losses *loss = &at->loss;

    if (!log->file) return;
    fprintf(log->file, "%d,%.3f,%zu,%zu,%.9g,%.9g,%.9g,%.9g", at->step, at->seconds,
            at->width, at->height, loss->total, loss->content, loss->style, loss->tv);
    for (int i = 0; i < params->content_layers.n; i++)
        fprintf(log->file, ",%.9g", loss->content_layer[i]);
    for (int i = 0; i < params->style_layers.n; i++)
        fprintf(log->file, ",%.9g", loss->style_layer[i]);
    for (int i = 0; log->styles > 1 && i < log->styles; i++)
        fprintf(log->file, ",%.9g", loss->of_style[i]);
    fputs("\n", log->file);
    fflush(log->file);
}

int loss_log_close(loss_log *log)
{
    FILE *f = log->file;
    bool failed;

    log->file = NULL;
    if (!f) return STATUS_OK;
    failed = ferror(f);
    if (fclose(f) || failed)
        return complain(STATUS_OUTPUT, "%s: it could not be written whole; is the disk full?",
                        log->path);
    return STATUS_OK;
}
