/* checkpoint.c - see checkpoint.h. */
#include "checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "whole_file.h"

int checkpoint_can(const options *o)
{
    if (o->resume && access(o->resume, R_OK))
        return complain(STATUS_INPUT, "--resume %s: %s; without --resume it begins anew",
                        o->resume, strerror(errno));
    return o->checkpoint ? whole_file_can_write(o->checkpoint) : STATUS_OK;
}

imp_status checkpoint_painter(imp_painter **out, const job *j, imp_error *err)
{
    const char *file = j->o->resume;

    return file ? imp_painter_resume(out, j->ctx, j->model, &j->inputs, &j->params, file, err)
                : imp_painter_new(out, j->ctx, j->model, &j->inputs, &j->params, err);
}

int checkpoint_find_place(const job *j, progress *told, imp_progress *at)
{
    imp_error err;

    if (imp_painter_step(j->painter, 0, at, &err)) return complain_error(&err, PHASE_WORK);
    if (!j->o->resume) return STATUS_OK;
    progress_say(told, "%s: %d of %d steps are done", j->o->resume, at->step, at->steps);
    report_event("resumed", json_pack("{s:o, s:i}", "file", report_text(j->o->resume), "step",
                                      at->step));
    return STATUS_OK;
}

bool checkpoint_write(const job *j, int step)
{
    const char *file = j->o->checkpoint;
    imp_error err;

    if (imp_painter_save(j->painter, file, &err)) {
        warn("%s; painting goes on without this checkpoint", err.message);
        return false;
    }
    report_event("checkpoint", json_pack("{s:o, s:i}", "file", report_text(file), "step",
                                         step));
    return true;
}

/* What a link leads to, if it is a file: a device stays. */
void checkpoint_remove(const job *j)
{
    char *file = j->o->checkpoint ? realpath(j->o->checkpoint, NULL) : NULL;
    struct stat st;

    if (file && !lstat(file, &st) && S_ISREG(st.st_mode)) unlink(file);
    free(file);
}
