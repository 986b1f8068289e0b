/* settings.c - see settings.h. */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "report.h"

/* One of the library's words; "image" stands for any file, and is none here. */
static bool is_word(const char *text)
{
    imp_params scratch;

    return strcmp(text, "image") && !imp_params_set(&scratch, "init", text, NULL);
}

const char *settings_init_file(const options *o)
{
    return o->init && !is_word(o->init) ? o->init : NULL;
}

/* A whole file ("-": standard input) with a zero byte behind it; the caller frees *data. */
static int read_all(char **data, size_t *len, const char *path, uint64_t max)
{
    FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    size_t room = 1 << 16, n = 0;
    char *bigger = malloc(room + 1);
    int status = STATUS_OK;

    *data = bigger;
    if (!f) TRY(complain(STATUS_INPUT, "%s: %s", path, strerror(errno)));
    while (bigger && (n += fread(*data + n, 1, room - n, f)) == room && n <= max)
        if ((bigger = realloc(*data, 2 * room + 1))) {
            *data = bigger;
            room *= 2;
        }
    if (!bigger) TRY(complain(STATUS_MEMORY, "%s: no memory for it", path));
    if (ferror(f)) TRY(complain(STATUS_INPUT, "%s: %s", path, strerror(errno)));
    if (!n) TRY(complain(STATUS_INPUT, "%s: is empty", path));
    if (n > max) TRY(complain(STATUS_MEMORY, "%s: larger than --max-bytes allows", path));
    (*data)[*len = n] = '\0';

done:
    if (f && f != stdin) fclose(f);
    return status;
}

/* The settings as JSON in place of the picture that carries them. */
static int settings_of_picture(char **data, size_t len, const char *path, const options *o)
{
    const imp_image_limits limits = picture_limits(o);
    imp_image *picture = NULL;
    imp_error err;
    char *json = NULL;
    int status = STATUS_OK;

    if (imp_image_decode(&picture, *data, len, path, &limits, &err))
        TRY(complain_error(&err, PHASE_INPUT));
    if (!imp_image_settings(picture))
        TRY(complain(STATUS_INPUT, "%s: carries no settings; impasto did not paint it", path));
    if (!(json = strdup(imp_image_settings(picture))))
        TRY(complain(STATUS_MEMORY, "%s: no memory for its settings", path));
    free(*data);
    *data = json;

done:
    imp_image_free(picture);
    return status;
}

/* Puts --preset into settings that name none; refuses it beside another one. A picture's
 * record holds the settings as its "params". */
static int reconcile_preset(char **data, const options *o)
{
    json_t *all = json_loads(*data, 0, NULL), *inner = json_object_get(all, "params");
    json_t *settings = inner ? inner : all, *named = json_object_get(settings, "preset");
    int status = STATUS_OK;

    if (!json_is_object(settings)) goto done; /* the library will say what is wrong with it */
    if (json_is_string(named) && strcmp(json_string_value(named), o->preset))
        TRY(complain(STATUS_USAGE, "%s: starts from the preset \"%s\", but --preset says "
                     "\"%s\"; leave --preset out", o->params, json_string_value(named),
                     o->preset));
    if (named) goto done;
    json_object_set_new(settings, "preset", json_string(o->preset));
    free(*data);
    *data = json_dumps(all, 0);
    if (!*data) status = complain(STATUS_MEMORY, "%s: no memory for its settings", o->params);

done:
    json_decref(all);
    return status;
}

static int from_file(imp_params *params, const options *o)
{
    imp_error err;
    char *data = NULL;
    size_t len;
    int status = STATUS_OK;

    TRY(read_all(&data, &len, o->params, picture_limits(o).max_bytes));
    if (data[strspn(data, " \t\r\n")] != '{')
        TRY(settings_of_picture(&data, len, o->params, o));
    if (o->preset) TRY(reconcile_preset(&data, o));
    if (imp_params_from_json(params, data, o->params, &err))
        TRY(complain_error(&err, PHASE_INPUT));

done:
    free(data);
    return status;
}

static int set(imp_params *params, const char *name, const char *text)
{
    imp_error err;

    return imp_params_set(params, name, text, &err) ? complain_error(&err, PHASE_SETTINGS)
                                                    : STATUS_OK;
}

int settings_collect(imp_params *params, const options *o)
{
    imp_error err;
    int status = STATUS_OK;

    if (imp_params_init(params, o->preset ? o->preset : "default", &err))
        TRY(complain_error(&err, PHASE_SETTINGS));
    if (o->params) TRY(from_file(params, o));
    for (int i = 0; i < o->n_settings; i++)
        TRY(set(params, o->settings[i].name, o->settings[i].text));
    if (o->init) TRY(set(params, "init", is_word(o->init) ? o->init : "image"));
    if (imp_params_check(params, &err)) TRY(complain_error(&err, PHASE_SETTINGS));

done:
    return status;
}
