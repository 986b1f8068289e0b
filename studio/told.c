/* told.c - see told.h. */
#include "studio/told.h"

#include <string.h>

#include "studio/fail.h"
#include "studio/names.h"
#include "studio/weights.h"

static void set_file(json_t *object, const char *member, const char *id,
                     const job_names *names)
{
    if (*id) json_object_set_new(object, member, json_string(job_names_find(names, id)));
}

/* A mask that is all white is none. */
static void set_mask(json_t *object, const char *member, const char *id, const imp_mask *mask,
                     const job_names *names)
{
    if (mask && !imp_mask_is_full(mask)) set_file(object, member, id, names);
}

/* The size is the one that it is seen at in the end. */
static json_t *style_json(const job *j, int i, const job_names *names, const imp_inputs *in,
                          const imp_plan *plan)
{
    const job_style *style = &j->style[i];
    const imp_extent *seen = &plan->stage[plan->stages - 1].style[i];
    json_t *json = json_object();

    set_file(json, "file", style->picture, names);
    json_object_set_new(json, "weight", json_real(style->weight));
    json_object_set_new(json, "scale", json_real(style->scale));
    set_mask(json, "mask", style->mask, in->style[i].region, names);
    set_mask(json, "style-mask", style->source, in->style[i].source, names);
    if (*style->colours)
        json_object_set_new(json, "style-colours", json_string(style->colours));
    json_object_set_new(json, "width", json_integer((json_int_t) seen->width));
    json_object_set_new(json, "height", json_integer((json_int_t) seen->height));
    json_object_set_new(json, "share", json_real(plan->share[i]));
    return json;
}

static json_t *inputs_json(const job *j, const job_names *names, const imp_inputs *in,
                           const imp_plan *plan)
{
    json_t *json = json_object(), *styles = json_array();

    set_file(json, "photo", j->photo, names);
    for (int i = 0; i < j->styles; i++)
        json_array_append_new(styles, style_json(j, i, names, in, plan));
    json_object_set_new(json, "styles", styles);
    if (*j->keep)
        json_object_set_new(json, "keep", json_pack("[s]", job_names_find(names, j->keep)));
    set_mask(json, "content-mask", j->content, in->content, names);
    set_file(json, "init", j->init, names);
    return json;
}

/* The last of them are enough: a picture's file has not room for any number. */
static void set_changes(json_t *inputs, json_t *list)
{
    enum { CHANGES_TOLD = 100 };

    while (json_array_size(list) > CHANGES_TOLD) json_array_remove(list, 0);
    if (json_array_size(list)) json_object_set(inputs, "changes", list);
}

imp_status told_inputs(char **text, store *s, const job *j, const imp_inputs *in,
                       const imp_plan *plan, imp_error *err)
{
    job_names names;
    json_t *json = NULL, *changes = NULL;
    imp_status status;

    *text = NULL;
    TRY(job_names_of(&names, s, j, err));
    TRY(weights_changes(&changes, s, j, err));
    json = inputs_json(j, &names, in, plan);
    set_changes(json, changes);
    if (!(*text = json_dumps(json, JSON_COMPACT)))
        status = studio_fail(err, IMP_ENOMEM, "no memory for the record");

done:
    json_decref(changes);
    json_decref(json);
    return status;
}
