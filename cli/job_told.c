/* job_told.c - see job_told.h. */
#include "job_told.h"

#include <stdlib.h>
#include <string.h>

#include "job_masks.h"
#include "number.h"
#include "report.h"
#include "settings.h"

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text) json_object_set_new(object, name, report_text(text));
}

/* --style-colours, as it was given. */
static void set_colours(json_t *object, const style_choice *style)
{
    imp_params params;
    imp_error err;
    char *text;

    if (style->match_colours == IMP_MATCH_AS_PARAMS
        || imp_params_init(&params, "default", &err)) return;
    params.match_colours = style->match_colours;
    if (imp_params_get(&text, &params, "match-colours", &err)) return;
    set_text(object, "style-colours", text);
    imp_data_free(text);
}

/* A mask that is all white is none. */
static void set_mask(json_t *object, const char *name, const char *text, const imp_mask *mask)
{
    if (mask && !imp_mask_is_full(mask)) set_text(object, name, text);
}

/* The size is the one that it is seen at in the end. */
static json_t *style_json(const job *j, int i)
{
    const style_choice *style = j->painted[i];
    const imp_extent *seen = &j->plan.stage[j->plan.stages - 1].style[i];
    json_t *json = json_pack("{s:o, s:f, s:f}", "file", report_text(style->file), "weight",
                             style->weight, "scale", style->scale);

    set_mask(json, "mask", style->mask, j->mask[i]);
    set_text(json, "class", style->class_name);
    set_mask(json, "style-mask", style->style_mask, j->style_mask[i]);
    set_colours(json, style);
    json_object_set_new(json, "width", json_integer((json_int_t) seen->width));
    json_object_set_new(json, "height", json_integer((json_int_t) seen->height));
    json_object_set_new(json, "share", json_real(j->plan.share[i]));
    return json;
}

static json_t *styles_json(const job *j)
{
    json_t *all = json_array();

    for (int i = 0; i < j->inputs.styles; i++) json_array_append_new(all, style_json(j, i));
    return all;
}

static json_t *size_json(const imp_stage *s)
{
    return json_pack("{s:I, s:I, s:i, s:f}", "width", (json_int_t) s->width, "height",
                     (json_int_t) s->height, "steps", s->steps, "seconds", s->seconds);
}

json_t *job_plan_json(const job *j)
{
    const imp_plan *p = &j->plan;
    json_t *sizes = json_array();

    for (int i = 0; i < p->stages; i++) json_array_append_new(sizes, size_json(&p->stage[i]));
    return json_pack("{s:I, s:I, s:i, s:o, s:o, s:f, s:I}", "width", (json_int_t) p->width,
                     "height", (json_int_t) p->height, "steps", p->steps, "sizes", sizes,
                     "styles", styles_json(j), "seconds", p->seconds, "memory",
                     (json_int_t) p->memory);
}

static void print_size(const imp_stage *s, int number)
{
    char time[NUMBER_TEXT];

    printf("  size %d: %zux%zu, %d step%s, about %s\n", number, s->width, s->height, s->steps,
           s->steps == 1 ? "" : "s", number_duration(time, s->seconds));
}

static void print_style(const job *j, int i)
{
    const style_choice *style = j->painted[i];
    const imp_extent *seen = &j->plan.stage[j->plan.stages - 1].style[i];

    printf("  %s: weight %.3g", style->file, style->weight);
    if (style->scale < 1 || style->scale > 1) printf(", strokes times %.3g", style->scale);
    printf(", seen at %zux%zu, %.3g %% of the picture\n", seen->width, seen->height,
           100 * j->plan.share[i]);
}

void job_print_plan(const job *j)
{
    const imp_plan *p = &j->plan;
    char need[NUMBER_TEXT], have[NUMBER_TEXT], time[NUMBER_TEXT];

    printf("%zux%zu, %d step%s, about %s and %s of memory; %s available\n", p->width,
           p->height, p->steps, p->steps == 1 ? "" : "s", number_duration(time, p->seconds),
           number_memory(need, p->memory), number_bytes(have, p->available));
    for (int i = 0; p->stages > 1 && i < p->stages; i++) print_size(&p->stage[i], i + 1);
    for (int i = 0; i < j->inputs.styles; i++) print_style(j, i);
}

/* What is kept, as it was given. */
static json_t *keeps_json(const options *o)
{
    json_t *all = json_array();

    for (int i = 0; i < o->n_each; i++)
        if (job_masks_is_keep(&o->each[i]))
            json_array_append_new(all, report_text(o->each[i].text));
    return all;
}

/* All names without their folders: a picture is handed on, and those are its painter's own. */
static void drop_folders(json_t *json)
{
    const char *text = json_string_value(json), *slash = text ? strrchr(text, '/') : NULL;
    const char *key;
    json_t *value;
    size_t i;

    if (slash) json_string_set(json, slash + 1);
    json_object_foreach(json, key, value) drop_folders(value);
    json_array_foreach(json, i, value) drop_folders(value);
}

static json_t *inputs_json(const job *j)
{
    const options *o = j->o;
    json_t *json = json_object();

    set_text(json, "photo", o->operand[0]);
    json_object_set_new(json, "styles", styles_json(j));
    if (j->keep) json_object_set_new(json, "keep", keeps_json(o));
    set_mask(json, "content-mask", o->content_mask, j->content_mask);
    set_text(json, "subject", o->subject);
    set_text(json, "segment-model", o->segment_model);
    set_text(json, "init", settings_init_file(o));
    drop_folders(json);
    return json;
}

int job_add_record(imp_image *image, const job *j, const imp_progress *at)
{
    json_t *json = inputs_json(j);
    char *inputs = json_dumps(json, JSON_COMPACT);
    int status = STATUS_OK;
    imp_error err;

    json_decref(json);
    if (!inputs) status = complain(STATUS_MEMORY, "no memory for the record");
    else if (imp_image_tell_painted(image, at, inputs, &err))
        status = complain_error(&err, PHASE_WORK);
    free(inputs);
    return status;
}
