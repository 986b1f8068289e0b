/* params_json.c - parameters to and from JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "style/params.h"

/* --- Reading ----------------------------------------------------------------------------- */

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:  return "an object";
    case JSON_ARRAY:   return "an array";
    case JSON_STRING:  return "a string";
    case JSON_INTEGER:
    case JSON_REAL:    return "a number";
    case JSON_NULL:    return "null";
    case JSON_TRUE:
    case JSON_FALSE:   break;
    }
    return "true or false";
}

static imp_status wrong_type(const char *name, const char *want, const json_t *got,
                             imp_error *err)
{
    return imp_fail(err, IMP_EINVAL, "%s: must be %s, not %s", name, want, type_name(got));
}

static const char layers_wanted[] = "an object of layers and their weights";

static imp_status read_layers(const imp_param *p, imp_params *params, json_t *object,
                              imp_error *err)
{
    imp_layer_list list = { .n = 0 };
    const char *layer;
    json_t *weight;

    json_object_foreach(object, layer, weight) {
        imp_status status;
        if (!json_is_number(weight))
            return wrong_type(p->info.name, layers_wanted, weight, err);
        status = imp_layers_add(&list, p, layer, json_number_value(weight), err);
        if (status != IMP_OK) return status;
    }
    imp_param_set_layers(p, params, &list);
    return IMP_OK;
}

static const char steps_wanted[] = "a number, a text or an array of numbers";

/* 500, "1000,500" or [1000, 500] */
static imp_status read_steps(const imp_param *p, imp_params *params, json_t *value,
                             imp_error *err)
{
    imp_step_list list = { .n = 0 };
    imp_status status = IMP_OK;

    if (json_is_string(value))
        return imp_param_set_text(p, params, json_string_value(value), err);
    if (json_is_number(value)) status = imp_steps_add(&list, p, json_number_value(value), err);
    else if (!json_array_size(value))   /* nothing else has a size */
        return wrong_type(p->info.name, steps_wanted, value, err);
    for (size_t i = 0; status == IMP_OK && i < json_array_size(value); i++) {
        json_t *count = json_array_get(value, i);
        if (!json_is_number(count)) return wrong_type(p->info.name, steps_wanted, count, err);
        status = imp_steps_add(&list, p, json_number_value(count), err);
    }
    if (status == IMP_OK) imp_param_set_steps(p, params, &list);
    return status;
}

static imp_status read_value(const imp_param *p, imp_params *params, json_t *value,
                             imp_error *err)
{
    switch (p->kind) {
    case IMP_PARAM_NUMBER:
    case IMP_PARAM_INT:
    case IMP_PARAM_SEED:
        if (!json_is_number(value)) return wrong_type(p->info.name, "a number", value, err);
        return imp_param_set_number(p, params, json_number_value(value), err);
    case IMP_PARAM_FLAG:
        if (!json_is_boolean(value))
            return wrong_type(p->info.name, "true or false", value, err);
        imp_param_set_flag(p, params, json_is_true(value));
        return IMP_OK;
    case IMP_PARAM_LAYERS:
        if (!json_is_object(value))
            return wrong_type(p->info.name, layers_wanted, value, err);
        return read_layers(p, params, value, err);
    case IMP_PARAM_STEPS:
        return read_steps(p, params, value, err);
    case IMP_PARAM_CHOICE:
    case IMP_PARAM_SIZE:
    case IMP_PARAM_TEXT:
        break;
    }
    if (!json_is_string(value)) return wrong_type(p->info.name, "a string", value, err);
    return imp_param_set_text(p, params, json_string_value(value), err);
}

/* Begins from the preset that the object names. */
static imp_status read_preset(imp_params *params, json_t *object, imp_error *err)
{
    const json_t *preset = json_object_get(object, "preset");

    if (preset && !json_is_string(preset))
        return wrong_type("preset", "a string", preset, err);
    return imp_params_init(params, preset ? json_string_value(preset) : "default", err);
}

static imp_status read_object(imp_params *params, json_t *object, imp_error *err)
{
    imp_status status = read_preset(params, object, err);
    const imp_param *p;
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        if (status != IMP_OK || !strcmp(key, "preset")) continue;
        status = imp_param_find(&p, key, err);
        if (status == IMP_OK) status = read_value(p, params, value, err);
    }
    return status;
}

/* The record in a picture keeps the parameters beside other things, as its "params". */
static imp_status read_root(imp_params *params, json_t *root, imp_error *err)
{
    json_t *inside = json_object_get(root, "params");

    if (!json_is_object(root)) return wrong_type("the whole", "an object", root, err);
    if (inside && !json_is_object(inside))
        return wrong_type("params", "an object", inside, err);
    return read_object(params, inside ? inside : root, err);
}

static imp_status bad_syntax(const char *name, json_error_t *why, imp_error *err)
{
    imp_text_clean(why->text);
    if (json_error_code(why) == json_error_out_of_memory
        || why->line < 0)   /* not even begun */
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for the parameters", name);
    return imp_fail(err, IMP_EFORMAT, "%s: not valid JSON: line %d, column %d: %s", name,
                    why->line, why->column, why->text);
}

imp_status imp_params_from_json(imp_params *params, const char *json, const char *name,
                                imp_error *err)
{
    json_error_t why;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    imp_error inside;
    imp_params read;
    imp_status status;

    if (!root) return bad_syntax(name, &why, err);
    status = read_root(&read, root, &inside);
    json_decref(root);
    if (status != IMP_OK) return imp_fail(err, status, "%s: %s", name, inside.message);
    *params = read;
    return IMP_OK;
}

/* --- Writing ----------------------------------------------------------------------------- */

/* Jansson writes 17 digits of a number (0.0030000000000000001): it gets only the strings. */
static bool write_string(FILE *out, const char *text)
{
    json_t *string = json_string(text);
    const bool ok = string && !json_dumpf(string, out, JSON_ENCODE_ANY);

    json_decref(string);
    return ok;
}

static void write_layers(FILE *out, const imp_layer_list *list)
{
    char weight[IMP_NUMBER_TEXT];

    fputc('{', out);
    for (int i = 0; i < list->n; i++) {
        imp_number_write(weight, list->item[i].weight);
        fprintf(out, "%s\"%s\": %s", i ? ", " : "", list->item[i].layer, weight);
    }
    fputc('}', out);
}

static bool write_value(FILE *out, const imp_param *p, const imp_params *params)
{
    char text[IMP_PARAM_TEXT_MAX];

    fprintf(out, ",\n  \"%s\": ", p->info.name);
    imp_param_write(text, p, params);
    switch (p->kind) {
    case IMP_PARAM_NUMBER:
    case IMP_PARAM_INT:
    case IMP_PARAM_SEED:
    case IMP_PARAM_FLAG:   fputs(text, out); return true;
    case IMP_PARAM_LAYERS: write_layers(out, imp_param_layers(p, params)); return true;
    case IMP_PARAM_STEPS:  fprintf(out, strchr(text, ',') ? "[%s]" : "%s", text); return true;
    case IMP_PARAM_CHOICE:
    case IMP_PARAM_SIZE:
    case IMP_PARAM_TEXT:   break;
    }
    return write_string(out, text);
}

static bool write_all(FILE *out, const imp_params *params)
{
    bool ok;

    fputs("{\n  \"preset\": ", out);
    ok = write_string(out, params->preset);
    for (size_t i = 0; ok && imp_param_at(i); i++)
        ok = write_value(out, imp_param_at(i), params);
    fputs("\n}\n", out);
    return ok && !ferror(out);
}

imp_status imp_params_to_json(char **json, const imp_params *params, imp_error *err)
{
    imp_status status = imp_params_check_fields(params, err);
    size_t len;
    FILE *out;
    bool ok;

    *json = NULL;
    if (status != IMP_OK) return status;
    if ((out = open_memstream(json, &len))) {
        ok = write_all(out, params);
        if (!fclose(out) && ok && *json) return IMP_OK;   /* glibc hides its last failure */
    }
    free(*json);
    *json = NULL;
    return imp_fail(err, IMP_ENOMEM, "no memory for the parameters as JSON");
}
