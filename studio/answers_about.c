/* answers_about.c - what the server is, and which settings there are. */
#include <string.h>

#include <impasto/impasto.h>

#include "studio/answers.h"
#include "studio/pages.h"

/* Those that can paint now: the one that the server was started with, and what the store has
 * of VGG19. */
static json_t *models(const api *a)
{
    json_t *all = json_array();
    const imp_model_info *m;
    imp_model_state state;

    if (a->model) json_array_append_new(all, json_string(a->model));
    for (size_t i = 0; (m = imp_model_known(i)); i++)
        if (!strncmp(m->name, "vgg19", 5) && !(a->model && !strcmp(a->model, m->name))
            && !imp_model_verify(&state, m, false, NULL)
            && (state == IMP_MODEL_PRESENT || state == IMP_MODEL_VERIFIED))
            json_array_append_new(all, json_string(m->name));
    return all;
}

http_response *answer_about(api *a, http_request *r)
{
    (void) r;
    return http_json(200, json_pack("{s:s, s:o, s:{s:s?}, s:i, s:{s:I, s:I, s:i}}",
                                    "version", imp_version(), "models", models(a), "objects",
                                    "model", finder_model(a->finder), "threads",
                                    imp_context_threads(a->ctx), "limits",
                                    "bytes", (json_int_t) PICTURES_MAX_BYTES,
                                    "pixels", (json_int_t) PICTURES_MAX_PIXELS,
                                    "styles", IMP_MAX_STYLES));
}

http_response *answer_disk(api *a, http_request *r)
{
    disk_state d;
    imp_error err;

    (void) r;
    if (disk_look(a->disk, &d, &err)) return answer_failed(&err);
    return http_json(200, json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I}}",
        "used", (json_int_t) disk_used(&d.use), "budget", (json_int_t) d.budget,
        "pinned", (json_int_t) d.use.pinned, "pictures", (json_int_t) d.use.pictures,
        "masks", (json_int_t) d.use.masks, "results", (json_int_t) d.use.results,
        "checkpoints", (json_int_t) d.use.checkpoints,
        "database", (json_int_t) d.use.database,
        "gone", "jobs", (json_int_t) d.jobs_gone, "pictures", (json_int_t) d.pictures_gone));
}

http_response *answer_presets(api *a, http_request *r)
{
    json_t *all = json_array();
    const imp_preset_info *p;

    (void) a, (void) r;
    for (size_t i = 0; (p = imp_preset_known(i)); i++)
        json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", p->name, "what",
                                             p->description, "origin", p->origin));
    return http_json(200, all);
}

http_response *answer_params(api *a, http_request *r)
{
    const char *preset = http_query(r, "preset");
    imp_params params;
    imp_error err;
    char *json;

    if (imp_params_init(&params, preset ? preset : "default", &err)
        || (a->model && imp_params_set(&params, "model", a->model, &err))
        || imp_params_to_json(&json, &params, &err)) return answer_failed(&err);
    return http_data("application/json", json, strlen(json), imp_data_free);
}

http_response *answer_params_known(api *a, http_request *r)
{
    json_t *all = json_array();
    const imp_param_info *p;

    (void) a, (void) r;
    for (size_t i = 0; (p = imp_param_known(i)); i++)
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", p->name,
                                             "value", p->value, "range", p->range, "help",
                                             p->help, "group", p->group));
    return http_json(200, all);
}

http_response *answer_openapi(api *a, http_request *r)
{
    const page *p = page_find("openapi.json");

    (void) a, (void) r;
    return http_tag(http_constant(p->type, p->data, p->len), "%s", p->tag);
}
