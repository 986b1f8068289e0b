/* answers_exports.c - a job to take along: the command that repeats it, and all of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/answers.h"
#include "studio/command.h"
#include "studio/export.h"

static http_response *command(api *a, job *j)
{
    job_names names;
    imp_error err;
    char *text;

    if (job_names_of(&names, a->store, j, &err)
        || command_of(&text, a->store, j, &names, &err))
        return answer_failed(&err);
    return http_data("text/plain; charset=utf-8", text, strlen(text), free);
}

http_response *answer_job_command(api *a, http_request *r)
{
    return answer_of_job(a, r, command);
}

/* The file is on its way out once it is open, and needs no name any more. */
static http_response *export(api *a, job *j)
{
    char name[FILE_NAME + 8], *path;
    http_response *response;
    job_names names;
    imp_error err;

    if (j->state != JOB_DONE)
        return http_error(409, "state", "the job is not done: %s", job_state_name(j->state));
    if (job_names_of(&names, a->store, j, &err)
        || export_job(&path, a->store, j, &names, &err)) return answer_failed(&err);
    response = http_file("application/zip", path);
    unlink(path);
    free(path);
    snprintf(name, sizeof name, "%s.zip", names.result);
    return http_named(response, true, name);
}

http_response *answer_job_export(api *a, http_request *r)
{
    return answer_of_job(a, r, export);
}
