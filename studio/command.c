/* command.c - see command.h. */
#include "studio/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"
#include "studio/weights.h"

/* One word more, which a shell takes as it is. */
static void put(FILE *out, const char *word)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_./:,=+-@%";

    fputc(' ', out);
    if (*word && !word[strspn(word, plain)]) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++) {
        if (*word == '\'') fputs("'\\''", out);
        else fputc(*word, out);
    }
    fputc('\'', out);
}

static void put_option(FILE *out, const char *name, const char *value)
{
    fprintf(out, " --%s", name);
    put(out, value);
}

/* The shortest text that is read as the same number. */
static void print_number(char text[32], double x)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, x);
        if (strtod(text, NULL) == x) return;
    }
}

/* A painting as --style has it: FILE:WEIGHT:SCALE, as far as need be. */
static void style_text(char text[FILE_NAME + 72], const job_style *style, const char *file)
{
    char weight[32], scale[32];

    print_number(weight, style->weight);
    print_number(scale, style->scale);
    if (style->scale != 1) snprintf(text, FILE_NAME + 72, "%s:%s:%s", file, weight, scale);
    else if (style->weight != 1) snprintf(text, FILE_NAME + 72, "%s:%s", file, weight);
    else snprintf(text, FILE_NAME + 72, "%s", file);
}

/* A file, if the job has one there. */
static void put_file(FILE *out, const char *name, const char *id, const job_names *names)
{
    if (*id) put_option(out, name, job_names_find(names, id));
}

/* What is said of a painting stands behind it. */
static void put_style(FILE *out, int i, const job_style *style, const job_names *names)
{
    char text[FILE_NAME + 72];

    style_text(text, style, job_names_find(names, style->picture));
    if (i) put_option(out, "style", text);
    else put(out, text);
    put_file(out, "mask", style->mask, names);
    put_file(out, "style-mask", style->source, names);
    if (*style->colours) put_option(out, "style-colours", style->colours);
}

static void put_pictures(FILE *out, const job *j, const job_names *names)
{
    put(out, job_names_find(names, j->photo));
    for (int i = 0; i < j->styles; i++) put_style(out, i, &j->style[i], names);
    put_file(out, "keep", j->keep, names);
    put_file(out, "content-mask", j->content, names);
    put_file(out, "init", j->init, names);
}

/* One setting, if it is not the preset's. */
static imp_status put_setting(FILE *out, const imp_param_info *info, const imp_params *params,
                              const imp_params *preset, imp_error *err)
{
    char *value = NULL, *usual = NULL;
    imp_status status;

    TRY(imp_params_get(&value, params, info->name, err));
    TRY(imp_params_get(&usual, preset, info->name, err));
    if (!strcmp(value, usual) || !strcmp(value, "image")) goto done;   /* --init FILE */
    if (strcmp(info->value, "true|false")) put_option(out, info->name, value);
    else fprintf(out, " --%s%s", strcmp(value, "true") ? "no-" : "", info->name);

done:
    imp_data_free(value);
    imp_data_free(usual);
    return status;
}

static imp_status put_settings(FILE *out, const imp_params *params, imp_error *err)
{
    const imp_param_info *info;
    imp_params preset;
    imp_status status;

    TRY(imp_params_init(&preset, params->preset, err));
    if (strcmp(params->preset, "default")) put_option(out, "preset", params->preset);
    for (size_t i = 0; (info = imp_param_known(i)); i++)
        TRY(put_setting(out, info, params, &preset, err));

done:
    return status;
}

/* A job that was stopped took fewer steps: those of a single size can be asked for. */
static imp_status put_stopped(FILE *out, imp_params *params, const job *j, imp_error *err)
{
    char steps[16];

    if (j->state != JOB_DONE || j->progress.step >= j->progress.steps) return IMP_OK;
    snprintf(steps, sizeof steps, "%d", j->progress.step);
    if (!params->start_size) return imp_params_set(params, "steps", steps, err);
    fprintf(out, "# It was stopped after %d of %d steps; this takes them all.\n",
            j->progress.step, j->progress.steps);
    return IMP_OK;
}

/* Nor can weights be changed on the way. */
static imp_status put_changes(FILE *out, store *s, const job *j, imp_error *err)
{
    json_t *list = NULL, *change;
    size_t i;
    imp_status status;

    TRY(weights_changes(&list, s, j, err));
    if (json_array_size(list))
        fputs("# Weights were changed while it was painted; here the last ones count from the "
              "beginning.\n", out);
    json_array_foreach(list, i, change) {
        char from[32], to[32];
        print_number(from, json_number_value(json_object_get(change, "from")));
        print_number(to, json_number_value(json_object_get(change, "to")));
        fprintf(out, "# After step %d: %s from %s to %s.\n",
                (int) json_integer_value(json_object_get(change, "step")),
                json_string_value(json_object_get(change, "weight")), from, to);
    }

done:
    json_decref(list);
    return status;
}

imp_status command_of(char **text, store *s, const job *j, const job_names *names,
                      imp_error *err)
{
    char result[FILE_NAME + 8];
    size_t len;
    FILE *out = open_memstream(text, &len);
    imp_params params;
    imp_status status;

    if (!out) return studio_fail(err, IMP_ENOMEM, "no memory for a command");
    TRY(imp_params_from_json(&params, j->params, "the settings", err));
    TRY(put_stopped(out, &params, j, err));
    TRY(put_changes(out, s, j, err));
    fputs("impasto stylize", out);
    put_pictures(out, j, names);
    snprintf(result, sizeof result, "%s.png", names->result);
    put_option(out, "output", result);
    put_option(out, "depth", "16");
    if (j->threads) fprintf(out, " --threads %d", j->threads);   /* the bits depend on them */
    TRY(put_settings(out, &params, err));
    fputc('\n', out);

done:
    if (fclose(out) && status == IMP_OK)
        status = studio_fail(err, IMP_ENOMEM, "no memory for a command");
    if (status != IMP_OK) free(*text), *text = NULL;
    return status;
}
