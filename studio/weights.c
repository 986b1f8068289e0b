/* weights.c - see weights.h. */
#include "studio/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"

imp_status weights_of(imp_loss_weights *out, const job *j, imp_error *err)
{
    imp_params params;
    const imp_status status = imp_params_from_json(&params, j->params, "the settings", err);

    if (status != IMP_OK) return status;
    *out = (imp_loss_weights) {
        .content = params.content_weight, .style = params.style_weight,
        .tv = params.tv_weight,
    };
    for (int i = 0; i < j->styles; i++) out->of_style[i] = j->style[i].weight;
    return IMP_OK;
}

imp_status weights_set(job *j, const imp_loss_weights *w, imp_error *err)
{
    char *text = NULL, *own;
    imp_params params;
    imp_status status;

    TRY(imp_params_from_json(&params, j->params, "the settings", err));
    params.content_weight = w->content;
    params.style_weight = w->style;
    params.tv_weight = w->tv;
    TRY(imp_params_check(&params, err));
    TRY(imp_params_to_json(&text, &params, err));
    if (!(own = strdup(text))) status = studio_fail(err, IMP_ENOMEM, "no memory for settings");
    TRY(status);
    free(j->params);
    j->params = own;
    for (int i = 0; i < j->styles; i++) j->style[i].weight = w->of_style[i];

done:
    imp_data_free(text);
    return status;
}

json_t *weights_json(const imp_loss_weights *w, int styles)
{
    json_t *list = json_array();

    for (int i = 0; i < styles; i++)
        json_array_append_new(list, json_pack("{s:f}", "weight", w->of_style[i]));
    return json_pack("{s:{s:f, s:f, s:f}, s:o}", "params", "content-weight", w->content,
                     "style-weight", w->style, "tv-weight", w->tv, "styles", list);
}

char *weights_text(const imp_loss_weights *w, int styles)
{
    json_t *json = weights_json(w, styles);
    char *text = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return text;
}

bool weights_from_text(imp_loss_weights *w, int styles, const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    const bool read = json && !weights_change(w, styles, json_object_get(json, "params"),
                                              json_object_get(json, "styles"), NULL);

    json_decref(json);
    return read;
}

static void add_change(json_t *list, int step, const char *weight, double from, double to)
{
    if (from < to || from > to)
        json_array_append_new(list, json_pack("{s:i, s:s, s:f, s:f}", "step", step, "weight",
                                              weight, "from", from, "to", to));
}

static void add_changes(json_t *list, int step, const imp_loss_weights *from,
                        const imp_loss_weights *to, int styles)
{
    char name[24];

    add_change(list, step, "content-weight", from->content, to->content);
    add_change(list, step, "style-weight", from->style, to->style);
    add_change(list, step, "tv-weight", from->tv, to->tv);
    for (int i = 0; i < styles; i++) {
        snprintf(name, sizeof name, "style %d", i + 1);
        add_change(list, step, name, from->of_style[i], to->of_style[i]);
    }
}

imp_status weights_changes(json_t **out, store *s, const job *j, imp_error *err)
{
    imp_loss_weights from = { 0 }, to = { 0 };
    job_weights *all = NULL;
    size_t n = 0;
    imp_status status;

    *out = json_array();
    TRY(store_job_weights_before(s, &all, &n, j->id, err));
    for (size_t i = 0; i < n; i++) {
        if (i + 1 == n) TRY(weights_of(&to, j, err));
        if (!weights_from_text(&from, j->styles, all[i].text)
            || (i + 1 < n && !weights_from_text(&to, j->styles, all[i + 1].text)))
            status = studio_fail(err, IMP_EINVAL, "weights of before are not understood");
        TRY(status);
        add_changes(*out, all[i].step, &from, &to, j->styles);
    }

done:
    store_weights_free(all, n);
    return status;
}

static imp_status read_number(double *out, const json_t *value, const char *name,
                              imp_error *err)
{
    if (!json_is_number(value))
        return studio_fail(err, IMP_EINVAL, "%.40s: a weight is a number", name);
    *out = json_number_value(value);
    return IMP_OK;
}

static imp_status change_params(imp_loss_weights *w, const json_t *params, imp_error *err)
{
    imp_status status = IMP_OK;
    const char *name;
    json_t *value;

    if (!json_is_object(params))
        return studio_fail(err, IMP_EINVAL, "params: an object of weights");
    json_object_foreach((json_t *) (uintptr_t) params, name, value) {
        double *to = !strcmp(name, "content-weight") ? &w->content
                   : !strcmp(name, "style-weight") ? &w->style
                   : !strcmp(name, "tv-weight") ? &w->tv : NULL;
        if (!to)
            status = studio_fail(err, IMP_EINVAL, "params: %.40s cannot be changed, but "
                                 "content-weight, style-weight and tv-weight", name);
        TRY(status);
        TRY(read_number(to, value, name, err));
    }

done:
    return status;
}

/* As where a job is asked for. */
static const double most = 1e6;

static imp_status change_style(double *weight, const json_t *style, imp_error *err)
{
    imp_status status = IMP_OK;
    const char *name;
    json_t *value;

    if (!json_is_object(style))
        return studio_fail(err, IMP_EINVAL, "styles: each is an object with its weight");
    json_object_foreach((json_t *) (uintptr_t) style, name, value) {
        if (strcmp(name, "weight"))
            status = studio_fail(err, IMP_EINVAL, "styles: %.40s cannot be changed, but "
                                 "weight", name);
        TRY(status);
        TRY(read_number(weight, value, name, err));
    }
    if (!(*weight > 0 && *weight <= most))
        status = studio_fail(err, IMP_EINVAL, "styles: weight: above 0, at most %g", most);

done:
    return status;
}

imp_status weights_change(imp_loss_weights *w, int styles, const json_t *params,
                          const json_t *list, imp_error *err)
{
    imp_status status = IMP_OK;

    if (params) TRY(change_params(w, params, err));
    if (!list) return IMP_OK;
    if (!json_is_array(list) || (int) json_array_size(list) != styles)
        status = studio_fail(err, IMP_EINVAL, "styles: a list of %d, as the job has", styles);
    TRY(status);
    for (int i = 0; i < styles; i++)
        TRY(change_style(&w->of_style[i], json_array_get(list, (size_t) i), err));

done:
    return status;
}
