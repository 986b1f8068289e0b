/* job_request.c - see job_request.h. */
#include "studio/job_request.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <impasto/impasto.h>

#include "studio/answers.h"
#include "studio/fail.h"

/* Weights and scales beyond are no use; the library has limits of its own. */
static const double most_times = 1e6;

static imp_status check_members(const json_t *object, const char *const *known,
                                const char *where, imp_error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *) (uintptr_t) object, name, value) {
        int i = 0;
        while (known[i] && strcmp(known[i], name)) i++;
        if (!known[i])
            return studio_fail(err, IMP_EINVAL, "%s: there is no \"%.40s\"", where, name);
    }
    return IMP_OK;
}

static imp_status read_picture(char id[PICTURE_ID], const json_t *value, const char *where,
                               imp_error *err)
{
    const char *text = json_string_value(value);

    if (!text || !answer_is_picture_id(text))
        return studio_fail(err, IMP_EINVAL, "%s: the id of a picture is missing", where);
    snprintf(id, PICTURE_ID, "%s", text);
    return IMP_OK;
}

/* One that there need not be: "" then, as for null. */
static imp_status read_picture_if_any(char id[PICTURE_ID], const json_t *json,
                                      const char *member, const char *where, imp_error *err)
{
    const json_t *value = json_object_get(json, member);
    char whole[64];

    snprintf(whole, sizeof whole, "%s%s", where, member);
    *id = '\0';
    return !value || json_is_null(value) ? IMP_OK : read_picture(id, value, whole, err);
}

/* How a painting's colours are matched, in the words of the setting. */
static imp_status read_colours(char word[JOB_WORD], const json_t *value, const char *where,
                               imp_error *err)
{
    const char *text = json_string_value(value);
    imp_params scratch;
    imp_error why;

    *word = '\0';
    if (!value || json_is_null(value)) return IMP_OK;
    if (!text) return studio_fail(err, IMP_EINVAL, "%s: colours: a word", where);
    if (imp_params_set(&scratch, "match-colours", text, &why))
        return studio_fail(err, IMP_EINVAL, "%s: colours: %s", where, why.message);
    snprintf(word, JOB_WORD, "%s", text);
    return IMP_OK;
}

static imp_status read_times(double *out, const json_t *value, const char *where,
                             imp_error *err)
{
    *out = value ? json_number_value(value) : 1;
    if ((value && !json_is_number(value)) || !(*out > 0 && *out <= most_times))
        return studio_fail(err, IMP_EINVAL,
                           "%s: weight and scale are numbers above 0, at most %g", where,
                           most_times);
    return IMP_OK;
}

static imp_status read_style(job_style *style, const json_t *json, int i, imp_error *err)
{
    static const char *const known[] = { "picture", "weight", "scale", "mask", "source",
                                         "colours", NULL };
    char where[32], inside[40];
    imp_status status;

    snprintf(where, sizeof where, "styles[%d]", i);
    snprintf(inside, sizeof inside, "%s.", where);
    TRY(check_members(json, known, where, err));
    TRY(read_picture(style->picture, json_object_get(json, "picture"), where, err));
    TRY(read_times(&style->weight, json_object_get(json, "weight"), where, err));
    TRY(read_times(&style->scale, json_object_get(json, "scale"), where, err));
    TRY(read_picture_if_any(style->mask, json, "mask", inside, err));
    TRY(read_picture_if_any(style->source, json, "source", inside, err));
    TRY(read_colours(style->colours, json_object_get(json, "colours"), where, err));

done:
    return status;
}

static imp_status read_styles(job *j, const json_t *list, imp_error *err)
{
    const size_t n = json_array_size(list);
    imp_status status = IMP_OK;

    if (!n || n > IMP_MAX_STYLES)
        return studio_fail(err, IMP_EINVAL, "styles: a list of 1 to %d paintings",
                           IMP_MAX_STYLES);
    j->styles = (int) n;
    for (int i = 0; i < j->styles && status == IMP_OK; i++)
        status = read_style(&j->style[i], json_array_get(list, (size_t) i), i, err);
    return status;
}

/* A model in settings may be a file's path, but not in those that come through the network:
 * only the one that the server was started with. */
static imp_status check_params(const imp_params *params, const char *model, imp_error *err)
{
    if (!imp_model_find(params->model) && !(model && !strcmp(params->model, model)))
        return studio_fail(err, IMP_EINVAL,
                           "params: model: \"%.60s\" is none that the studio has",
                           params->model);
    return imp_params_check(params, err);
}

static imp_status read_params(job *j, json_t *settings, const char *model, imp_error *err)
{
    char *text = NULL, *whole = NULL;
    imp_params params;
    imp_status status = IMP_OK;

    if (!json_is_object(settings))
        status = studio_fail(err, IMP_EINVAL, "params: an object of settings");
    TRY(status);
    if (model && !json_object_get(settings, "model"))
        json_object_set_new(settings, "model", json_string(model));
    if (!(text = json_dumps(settings, JSON_COMPACT)))
        status = studio_fail(err, IMP_ENOMEM, "no memory for settings");
    TRY(status);
    TRY(imp_params_from_json(&params, text, "params", err));
    TRY(check_params(&params, model, err));
    if ((params.init == IMP_INIT_IMAGE) != (*j->init != '\0'))
        status = studio_fail(err, IMP_EINVAL, "init: a picture to start from goes with the "
                             "setting init \"image\", and nothing else does");
    TRY(status);
    TRY(imp_params_to_json(&whole, &params, err));
    if (!(j->params = strdup(whole)))
        status = studio_fail(err, IMP_ENOMEM, "no memory for settings");

done:
    imp_data_free(whole);
    free(text);
    return status;
}

imp_status job_request_line(const char **out, const json_t *value, const char *member,
                            size_t room, imp_error *err)
{
    const char *text = json_string_value(value);

    if (!text || strlen(text) >= room)
        return studio_fail(err, IMP_EINVAL, "%s: a text of at most %zu bytes", member,
                           room - 1);
    for (const char *c = text; *c; c++)
        if ((unsigned char) *c < ' ' || *c == 0x7f)
            return studio_fail(err, IMP_EINVAL, "%s: one line, without control characters",
                               member);
    *out = text;
    return IMP_OK;
}

static imp_status read_group(char group[JOB_GROUP], const json_t *value, imp_error *err)
{
    const char *text = "";
    imp_status status = IMP_OK;

    if (value) status = job_request_line(&text, value, "group", JOB_GROUP, err);
    snprintf(group, JOB_GROUP, "%s", text);
    return status;
}

imp_status job_request_priority(int *out, const json_t *value, imp_error *err)
{
    const json_int_t n = json_integer_value(value);

    if (!json_is_integer(value) || n < -JOB_PRIORITY || n > JOB_PRIORITY)
        return studio_fail(err, IMP_EINVAL, "priority: a whole number from %d to %d",
                           -JOB_PRIORITY, JOB_PRIORITY);
    *out = (int) n;
    return IMP_OK;
}

imp_status job_request_read(job *j, json_t *request, const char *model, imp_error *err)
{
    static const char *const known[] = { "photo", "styles", "keep", "content", "init",
                                         "priority", "group", "params", NULL };
    json_t *given;
    imp_status status;

    *j = (job) { .state = JOB_QUEUED, .progress = { .left = -1 } };
    TRY(check_members(request, known, "the job", err));
    TRY(read_picture(j->photo, json_object_get(request, "photo"), "photo", err));
    TRY(read_styles(j, json_object_get(request, "styles"), err));
    TRY(read_picture_if_any(j->keep, request, "keep", "", err));
    TRY(read_picture_if_any(j->content, request, "content", "", err));
    TRY(read_picture_if_any(j->init, request, "init", "", err));
    TRY(read_group(j->group, json_object_get(request, "group"), err));
    if ((given = json_object_get(request, "priority")))
        TRY(job_request_priority(&j->priority, given, err));
    given = json_object_get(request, "params");
    if (!given) json_object_set_new(request, "params", given = json_object());
    status = read_params(j, given, model, err);

done:
    return status;
}
