/* params_value.c - one field of imp_params: from text, to text, and whether it is in range. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "style/params.h"

static void *field(const imp_param *p, imp_params *params)
{
    return (char *) params + p->offset;
}

static const void *const_field(const imp_param *p, const imp_params *params)
{
    return (const char *) params + p->offset;
}

/* Refuses with the words or the range that would have been right. */
static imp_status refuse(const imp_param *p, const char *value, const char *why,
                         imp_error *err)
{
    return imp_fail(err, IMP_EINVAL, "%s: %s %s (accepted: %s)", p->info.name, value, why,
                    *p->info.range ? p->info.range : p->info.value);
}

static imp_status refuse_text(const imp_param *p, const char *text, const char *why,
                              imp_error *err)
{
    char quoted[IMP_QUOTED_TEXT];
    return refuse(p, imp_text_quote(quoted, text), why, err);
}

/* --- Numbers ----------------------------------------------------------------------------- */

static double number(const imp_param *p, const imp_params *params)
{
    const void *from = const_field(p, params);

    if (p->kind == IMP_PARAM_INT) return *(const int *) from;
    if (p->kind == IMP_PARAM_SEED) return (double) *(const uint64_t *) from;
    return *(const double *) from;
}

static bool in_range(const imp_param *p, double v)
{
    return (p->above_min ? v > p->min : v >= p->min)
        && (p->below_max ? v < p->max : v <= p->max);
}

imp_status imp_param_check_number(const imp_param *p, double v, imp_error *err)
{
    char text[IMP_NUMBER_TEXT];

    imp_number_write(text, v);
    if (!in_range(p, v)) return refuse(p, text, "is out of range", err);
    if (p->kind != IMP_PARAM_NUMBER && v != floor(v))
        return refuse(p, text, "is not a whole number", err);
    return IMP_OK;
}

imp_status imp_param_set_number(const imp_param *p, imp_params *params, double value,
                                imp_error *err)
{
    const imp_status status = imp_param_check_number(p, value, err);
    void *to = field(p, params);

    if (status != IMP_OK) return status;
    if (p->kind == IMP_PARAM_INT) *(int *) to = (int) value;
    else if (p->kind == IMP_PARAM_SEED) *(uint64_t *) to = (uint64_t) value;
    else *(double *) to = value + 0.0;   /* no negative zero */
    return IMP_OK;
}

static imp_status set_number_text(const imp_param *p, imp_params *params, const char *text,
                                  imp_error *err)
{
    double value;

    if (!imp_number_read(&value, text)) return refuse_text(p, text, "is not a number", err);
    return imp_param_set_number(p, params, value, err);
}

/* --- Flags and choices ------------------------------------------------------------------- */

bool imp_param_flag(const imp_param *p, const imp_params *params)
{
    return *(const bool *) const_field(p, params);
}

void imp_param_set_flag(const imp_param *p, imp_params *params, bool value)
{
    *(bool *) field(p, params) = value;
}

static imp_status set_flag_text(const imp_param *p, imp_params *params, const char *text,
                                imp_error *err)
{
    static const char *const word[] = { "false", "true", "no", "yes", "off", "on" };

    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (strcmp(word[i], text)) continue;
        imp_param_set_flag(p, params, i % 2);
        return IMP_OK;
    }
    return refuse_text(p, text, "is neither true nor false", err);
}

/* The i-th of the words that a choice has, with its length; NULL past the last one. */
static const char *choice_word(const imp_param *p, int i, size_t *len)
{
    const char *word = p->info.value;

    while (word && i-- > 0)
        if ((word = strchr(word, '|'))) word++;
    if (word) *len = strcspn(word, "|");
    return word;
}

static int choice(const imp_param *p, const imp_params *params)
{
    int value;

    memcpy(&value, const_field(p, params), sizeof value);
    return value;
}

static imp_status set_choice_text(const imp_param *p, imp_params *params, const char *text,
                                  imp_error *err)
{
    const char *word;
    size_t len;

    for (int i = 0; (word = choice_word(p, i, &len)); i++) {
        if (strlen(text) != len || strncasecmp(word, text, len)) continue;
        memcpy(field(p, params), &i, sizeof i);
        return IMP_OK;
    }
    return refuse_text(p, text, "is not known", err);
}

static imp_status check_choice(const imp_param *p, const imp_params *params, imp_error *err)
{
    const int value = choice(p, params);
    char text[IMP_NUMBER_TEXT];
    size_t len;

    if (value >= 0 && choice_word(p, value, &len)) return IMP_OK;
    imp_number_write(text, value);
    return refuse(p, text, "is not known", err);
}

/* --- Sizes, layers, steps, text ---------------------------------------------------------- */

static imp_status set_size_text(const imp_param *p, imp_params *params, const char *text,
                                imp_error *err)
{
    imp_size size;

    if (imp_size_parse(&size, text, NULL) != IMP_OK)
        return refuse_text(p, text, "is not a size", err);
    memcpy(field(p, params), &size, sizeof size);
    return IMP_OK;
}

static imp_status check_size(const imp_param *p, const imp_params *params, imp_error *err)
{
    const imp_size *size = const_field(p, params);
    imp_size again;
    char text[IMP_SIZE_TEXT] = "it";

    if ((unsigned) size->mode > IMP_SIZE_EXACT) return refuse(p, text, "is not a size", err);
    imp_size_format(text, size);
    if (imp_size_parse(&again, text, NULL) != IMP_OK)
        return refuse(p, text, "is not a size", err);
    return IMP_OK;
}

const imp_layer_list *imp_param_layers(const imp_param *p, const imp_params *params)
{
    return const_field(p, params);
}

void imp_param_set_layers(const imp_param *p, imp_params *params, const imp_layer_list *list)
{
    memcpy(field(p, params), list, sizeof *list);
}

const imp_step_list *imp_param_steps(const imp_param *p, const imp_params *params)
{
    return const_field(p, params);
}

void imp_param_set_steps(const imp_param *p, imp_params *params, const imp_step_list *list)
{
    memcpy(field(p, params), list, sizeof *list);
}

static imp_status check_text(const imp_param *p, const char *text, imp_error *err)
{
    if (!memchr(text, '\0', IMP_PARAM_TEXT_MAX))
        return imp_fail(err, IMP_EINVAL, "%s: longer than %d bytes", p->info.name,
                        IMP_PARAM_TEXT_MAX - 1);
    if (!*text) return refuse(p, "an empty text", "says nothing", err);
    if (!imp_text_is_utf8(text)) return refuse_text(p, text, "is not UTF-8", err);
    return IMP_OK;
}

static imp_status set_text(const imp_param *p, imp_params *params, const char *text,
                           imp_error *err)
{
    char copy[IMP_PARAM_TEXT_MAX] = "";
    const size_t len = strlen(text);
    imp_status status;

    memcpy(copy, text, len < sizeof copy ? len : sizeof copy);
    status = check_text(p, copy, err);
    if (status == IMP_OK) memcpy(field(p, params), copy, sizeof copy);
    return status;
}

/* --- By kind ----------------------------------------------------------------------------- */

imp_status imp_param_set_text(const imp_param *p, imp_params *params, const char *text,
                              imp_error *err)
{
    switch (p->kind) {
    case IMP_PARAM_NUMBER:
    case IMP_PARAM_INT:
    case IMP_PARAM_SEED:   return set_number_text(p, params, text, err);
    case IMP_PARAM_FLAG:   return set_flag_text(p, params, text, err);
    case IMP_PARAM_CHOICE: return set_choice_text(p, params, text, err);
    case IMP_PARAM_SIZE:   return set_size_text(p, params, text, err);
    case IMP_PARAM_LAYERS: return imp_layers_read(field(p, params), p, text, err);
    case IMP_PARAM_STEPS:  return imp_steps_read(field(p, params), p, text, err);
    case IMP_PARAM_TEXT:   break;
    }
    return set_text(p, params, text, err);
}

imp_status imp_param_check(const imp_param *p, const imp_params *params, imp_error *err)
{
    switch (p->kind) {
    case IMP_PARAM_NUMBER:
    case IMP_PARAM_INT:
    case IMP_PARAM_SEED:   return imp_param_check_number(p, number(p, params), err);
    case IMP_PARAM_FLAG:   return IMP_OK;
    case IMP_PARAM_CHOICE: return check_choice(p, params, err);
    case IMP_PARAM_SIZE:   return check_size(p, params, err);
    case IMP_PARAM_LAYERS: return imp_layers_check(imp_param_layers(p, params), p, err);
    case IMP_PARAM_STEPS:  return imp_steps_check(imp_param_steps(p, params), p, err);
    case IMP_PARAM_TEXT:   break;
    }
    return check_text(p, const_field(p, params), err);
}

static void write_choice(char text[IMP_PARAM_TEXT_MAX], const imp_param *p,
                         const imp_params *params)
{
    size_t len = 0;
    const char *word = choice_word(p, choice(p, params), &len);

    snprintf(text, IMP_PARAM_TEXT_MAX, "%.*s", (int) len, word ? word : "");
}

void imp_param_write(char text[IMP_PARAM_TEXT_MAX], const imp_param *p,
                     const imp_params *params)
{
    switch (p->kind) {
    case IMP_PARAM_NUMBER:
    case IMP_PARAM_INT:
    case IMP_PARAM_SEED:   imp_number_write(text, number(p, params)); break;
    case IMP_PARAM_FLAG:   strcpy(text, imp_param_flag(p, params) ? "true" : "false"); break;
    case IMP_PARAM_CHOICE: write_choice(text, p, params); break;
    case IMP_PARAM_SIZE:   imp_size_format(text, const_field(p, params)); break;
    case IMP_PARAM_LAYERS: imp_layers_write(text, imp_param_layers(p, params)); break;
    case IMP_PARAM_STEPS:  imp_steps_write(text, imp_param_steps(p, params)); break;
    case IMP_PARAM_TEXT:   strcpy(text, const_field(p, params)); break;
    }
}
