/* answers_results.c - what is to be seen of a job: how it is now, and what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/answers.h"

static http_response *result_file(api *a, int64_t id, const char *ending, const char *type)
{
    char *path = store_result_path(a->store, id, ending);
    http_response *response = path ? http_file(type, path) : NULL;

    free(path);
    return response;
}

/* With the time when it was asked for: in another folder another job has its number, but
 * browsers know both by the same address. What `shown` says tells apart what is seen of it. */
static http_response *tag_of(http_response *response, const job *j, const char *shown)
{
    return http_tag(response, "job-%lld-%.3f-%s", (long long) j->id, j->created, shown);
}

/* The small picture that the job ended with, or that was kept of it last. */
static http_response *kept_preview(api *a, const job *j)
{
    char *path = store_result_path(a->store, j->id, ".jpg"), shown[32];
    const bool there = path && !access(path, R_OK);

    free(path);
    if (!there) return http_error(404, "no_preview", "there is nothing to be seen yet");
    snprintf(shown, sizeof shown, "small-%d", j->progress.step);
    return tag_of(result_file(a, j->id, ".jpg", "image/jpeg"), j, shown);
}

static http_response *preview(api *a, const job *j)
{
    imp_error err;
    void *data;
    size_t len;
    int step;
    char shown[32];

    if (worker_preview(a->worker, j->id, &data, &len, &step, &err)) return answer_failed(&err);
    if (!data) return kept_preview(a, j);
    snprintf(shown, sizeof shown, "%d", step);
    return tag_of(http_data("image/jpeg", data, len, free), j, shown);
}

http_response *answer_job_preview(api *a, http_request *r)
{
    http_response *response;
    job j;

    if (answer_find_job(a, r, &j, &response)) response = preview(a, &j);
    job_free(&j);
    return response;
}

static const struct { const char *name, *type; imp_format format; } formats[] = {
    { "png", "image/png", IMP_FORMAT_PNG },
    { "jpeg", "image/jpeg", IMP_FORMAT_JPEG },
    { "tiff", "image/tiff", IMP_FORMAT_TIFF },
    { "webp", "image/webp", IMP_FORMAT_WEBP },
};

enum { FORMATS = sizeof formats / sizeof *formats };

/* The index of the format; -1 if the query is not understood. */
static int read_format(imp_save_params *params, const http_request *r)
{
    const char *name = http_query(r, "format");
    int i = 0;

    imp_save_params_init(params);
    if (!answer_number(&params->depth, r, "depth", 8, 16, 8)
        || (params->depth != 8 && params->depth != 16)
        || !answer_number(&params->quality, r, "quality", 1, 100, 95)) return -1;
    while (name && i < FORMATS && strcmp(formats[i].name, name)) i++;
    if (i == FORMATS) return -1;
    params->format = formats[i].format;
    return i;
}

/* PNG of 16 bits is as it was kept; all else is made from it. */
static http_response *result(api *a, const job *j, const imp_save_params *params, int format)
{
    http_response *response;
    imp_error err;
    char shown[32];
    void *data;
    size_t len;

    if (j->state != JOB_DONE)
        return http_error(409, "state", "the job is not done: %s", job_state_name(j->state));
    if (params->format == IMP_FORMAT_PNG && params->depth == 16) {
        response = result_file(a, j->id, ".png", "image/png");
    } else {
        if (pictures_result(a->pictures, &data, &len, j->id, params, &err))
            return answer_failed(&err);
        response = http_data(formats[format].type, data, len, imp_data_free);
    }
    snprintf(shown, sizeof shown, "%s-%d-%d", formats[format].name, params->depth,
             params->quality);
    return tag_of(response, j, shown);
}

http_response *answer_job_result(api *a, http_request *r)
{
    http_response *response;
    imp_save_params params;
    const int format = read_format(&params, r);
    job j;

    if (format < 0)
        return http_error(400, "format",
                          "format is png, jpeg, tiff or webp; depth is 8 or 16; quality is 1 "
                          "to 100");
    if (answer_find_job(a, r, &j, &response)) response = result(a, &j, &params, format);
    job_free(&j);
    return response;
}
