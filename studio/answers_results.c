/* answers_results.c - what is to be seen of a job: how it is now, and what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/answers.h"
#include "studio/names.h"

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

/* The small picture that the job ended with, or that was kept of it last: no smaller one
 * then. */
static http_response *kept_preview(api *a, const job *j, const char *small)
{
    const char *ending = j->state == JOB_DONE ? small : STORE_MIDDLE;
    char *path = store_result_path(a->store, j->id, ending), shown[32];
    const bool there = path && !access(path, R_OK);

    free(path);
    if (!there) return http_error(404, "no_preview", "there is nothing to be seen yet");
    snprintf(shown, sizeof shown, "%d%s", j->progress.step, ending);
    return tag_of(result_file(a, j->id, ending, "image/jpeg"), j, shown);
}

static http_response *preview(api *a, const job *j, const char *ending)
{
    imp_error err;
    void *data;
    size_t len;
    int step;
    char shown[32];

    if (worker_preview(a->worker, j->id, &data, &len, &step, &err)) return answer_failed(&err);
    if (!data) return kept_preview(a, j, ending);
    snprintf(shown, sizeof shown, "%d", step);
    return tag_of(http_data("image/jpeg", data, len, free), j, shown);
}

http_response *answer_job_preview(api *a, http_request *r)
{
    static const char *const sides[] = { "256", "1024", NULL };
    static const char *const endings[] = { STORE_SMALL, STORE_MIDDLE };
    http_response *response;
    int side;
    job j;

    if (!answer_word(&side, r, "side", sides, 1))
        return http_error(400, "side", "side is 256 or 1024");
    if (answer_find_job(a, r, &j, &response)) response = preview(a, &j, endings[side]);
    job_free(&j);
    return response;
}

static const struct { const char *name, *ending, *type; imp_format format; } formats[] = {
    { "png", "png", "image/png", IMP_FORMAT_PNG },
    { "jpeg", "jpg", "image/jpeg", IMP_FORMAT_JPEG },
    { "tiff", "tif", "image/tiff", IMP_FORMAT_TIFF },
    { "webp", "webp", "image/webp", IMP_FORMAT_WEBP },
};

enum { FORMATS = sizeof formats / sizeof *formats };

/* How a result is asked for. */
typedef struct wanted {
    int format;                     /* among those above */
    imp_save_params save;
    imp_size size;
} wanted;

static bool read_format(wanted *w, const http_request *r)
{
    const char *name = http_query(r, "format");

    imp_save_params_init(&w->save);
    w->format = 0;
    if (!answer_number(&w->save.depth, r, "depth", 8, 16, 8)
        || (w->save.depth != 8 && w->save.depth != 16)
        || !answer_number(&w->save.quality, r, "quality", 1, 100, 95)) return false;
    while (name && w->format < FORMATS && strcmp(formats[w->format].name, name)) w->format++;
    if (w->format == FORMATS) return false;
    w->save.format = formats[w->format].format;
    return true;
}

/* NULL if the query is understood. */
static http_response *read_wanted(wanted *w, const http_request *r)
{
    const char *size = http_query(r, "size");
    imp_error err;

    if (!read_format(w, r))
        return http_error(400, "format",
                          "format is png, jpeg, tiff or webp; depth is 8 or 16; quality is 1 "
                          "to 100");
    if (imp_size_parse(&w->size, size ? size : "keep", &err))
        return http_error(400, "size", "%s", err.message);
    return NULL;
}

/* What its file is called when it is saved; without a name if that cannot be found out. */
static http_response *named(http_response *response, api *a, const job *j, const char *ending)
{
    char file[FILE_NAME + 8];
    job_names names;

    if (job_names_of(&names, a->store, j, NULL)) return response;
    snprintf(file, sizeof file, "%s.%s", names.result, ending);
    return http_named(response, false, file);
}

/* PNG of 16 bits is as it was kept; all else is made from it. */
static http_response *result(api *a, const job *j, const wanted *w)
{
    const bool whole = w->size.mode == IMP_SIZE_KEEP && w->save.depth == 16
                    && w->save.format == IMP_FORMAT_PNG;
    char shown[32 + IMP_SIZE_TEXT], size[IMP_SIZE_TEXT];
    http_response *response;
    imp_params settings;
    imp_error err;
    void *data;
    size_t len;

    if (j->state != JOB_DONE)
        return http_error(409, "state", "the job is not done: %s", job_state_name(j->state));
    if (whole) {
        response = result_file(a, j->id, ".png", "image/png");
    } else {
        if (imp_params_from_json(&settings, j->params, "the settings", &err)
            || pictures_result(a->pictures, &data, &len, j->id, &w->size, &settings, &w->save,
                               &err)) return answer_failed(&err);
        response = http_data(formats[w->format].type, data, len, imp_data_free);
    }
    imp_size_format(size, &w->size);
    snprintf(shown, sizeof shown, "%s-%d-%d-%s", formats[w->format].name, w->save.depth,
             w->save.quality, size);
    return named(tag_of(response, j, shown), a, j, formats[w->format].ending);
}

http_response *answer_job_result(api *a, http_request *r)
{
    http_response *response;
    wanted w;
    job j;

    if ((response = read_wanted(&w, r))) return response;
    if (answer_find_job(a, r, &j, &response)) response = result(a, &j, &w);
    job_free(&j);
    return response;
}
