/* info_record.c - see info_record.h. */
#include "info_record.h"

#include <stdio.h>
#include <string.h>

#include <impasto/impasto.h>

#include "report.h"

/* A member's text; NULL if there is none. */
static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

static void put(const char *text)
{
    put_text(stdout, text, strlen(text));
}

/* --- Where ------------------------------------------------------------------------------- */

static bool are_classes(const char *mask)
{
    char first[64];

    snprintf(first, sizeof first, "%.*s", (int) strcspn(mask, ","), mask);
    return imp_class_find(first) >= 0;
}

/* Of a mask as the command line names it: a file, one of its colours, auto, classes. */
static void put_where(const char *mask)
{
    const char *hash = strrchr(mask, '#');
    const bool coded = hash && strspn(hash + 1, "0123456789abcdefABCDEF") == 6 && !hash[7];

    if (!strcmp(mask, "auto")) {
        fputs("where the main subject is", stdout);
    } else if (are_classes(mask)) {
        fputs("where \"", stdout);
        put(mask);
        fputs("\" was found", stdout);
    } else {
        fputs("where ", stdout);
        put_text(stdout, mask, coded ? (size_t) (hash - mask) : strlen(mask));
        printf(" is %s", coded ? hash : "white");
    }
}

static void print_mask(const char *label, const json_t *text)
{
    const char *mask = json_string_value(text);

    if (!mask) return;
    fputs(label, stdout);
    put_where(mask);
    putchar('\n');
}

static void print_name(const char *label, const json_t *inputs, const char *member)
{
    const char *name = text_of(inputs, member);

    if (!name) return;
    fputs(label, stdout);
    put(name);
    putchar('\n');
}

/* --- The paintings ----------------------------------------------------------------------- */

static const char *region_of(const json_t *style)
{
    const char *mask = text_of(style, "mask");

    return mask ? mask : text_of(style, "class");
}

static bool have_regions(const json_t *styles)
{
    const json_t *style;
    size_t i;

    json_array_foreach(styles, i, style)
        if (region_of(style)) return true;
    return false;
}

static double number_of(const json_t *style, const char *member)
{
    const json_t *number = json_object_get(style, member);

    return json_is_number(number) ? json_number_value(number) : 1;
}

/* "a.jpg, weight 2, where sky.png is white" */
static void print_style(const json_t *style, bool some_regions)
{
    const char *region = region_of(style), *source = text_of(style, "style-mask");
    const char *colours = text_of(style, "style-colours"), *file = text_of(style, "file");
    const double scale = number_of(style, "scale");

    fputs("  painting: ", stdout);
    put(file ? file : "?");
    printf(", weight %.3g", number_of(style, "weight"));
    if (scale < 1 || scale > 1) printf(", strokes times %.3g", scale);
    if (region || some_regions) fputs(", ", stdout);
    if (region) put_where(region);
    else if (some_regions) fputs("where the others are not", stdout);
    if (source) {
        fputs("; looked at ", stdout);
        put_where(source);
    }
    if (colours) {
        fputs("; colours matched: ", stdout);
        put(colours);
    }
    putchar('\n');
}

/* "changed:  after step 60 content-weight from 5 to 3" */
static void print_change(const json_t *change)
{
    const char *weight = text_of(change, "weight");

    printf("  changed:  after step %" JSON_INTEGER_FORMAT " ",
           json_integer_value(json_object_get(change, "step")));
    put(weight ? weight : "?");
    printf(" from %.6g to %.6g\n", number_of(change, "from"), number_of(change, "to"));
}

static void print_inputs(const json_t *inputs)
{
    const json_t *styles = json_object_get(inputs, "styles"), *style;
    const bool some_regions = have_regions(styles);
    const json_t *keep, *change;
    size_t i;

    print_name("  photo:    ", inputs, "photo");
    json_array_foreach(styles, i, style) print_style(style, some_regions);
    json_array_foreach(json_object_get(inputs, "keep"), i, keep)
        print_mask("  kept:     ", keep);
    print_mask("  content:  ", json_object_get(inputs, "content-mask"));
    print_name("  subject:  ", inputs, "subject");
    print_name("  start:    ", inputs, "init");
    json_array_foreach(json_object_get(inputs, "changes"), i, change) print_change(change);
}

/* --- How it went ------------------------------------------------------------------------- */

static void print_painted(const json_t *record)
{
    const json_t *painted = json_object_get(record, "painted");
    const json_t *loss = json_object_get(json_object_get(painted, "losses"), "total");
    const json_int_t steps = json_integer_value(json_object_get(painted, "steps"));
    const json_int_t planned = json_integer_value(json_object_get(painted, "planned"));
    const char *version = text_of(record, "impasto");

    if (!version) return;
    fputs("  painted:  by impasto ", stdout);
    put(version);
    if (steps == planned && steps) printf(", %" JSON_INTEGER_FORMAT " step%s", steps,
                                          steps == 1 ? "" : "s");
    else if (steps) printf(", %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " steps",
                           steps, planned);
    if (json_is_number(loss)) printf(", loss %.4g", json_number_value(loss));
    putchar('\n');
}

/* --- The settings ------------------------------------------------------------------------ */

/* As an option, if the preset has another value; returns whether it has. */
static bool print_setting(const char *name, const imp_params *params, const imp_params *preset,
                          bool first)
{
    char *own = NULL, *usual = NULL;
    imp_error err;
    bool other = false;

    if (!imp_params_get(&own, params, name, &err)
        && !imp_params_get(&usual, preset, name, &err) && strcmp(own, usual)) {
        if (first) fputs(", but for", stdout);
        printf("\n    --%s=", name);
        put(own);
        other = true;
    }
    imp_data_free(own);
    imp_data_free(usual);
    return other;
}

static void print_settings(const char *record, const char *name)
{
    imp_params params, preset;
    const imp_param_info *p;
    bool first = true;
    imp_error err;

    if (imp_params_from_json(&params, record, name, &err)
        || imp_params_init(&preset, params.preset, &err)) {
        fputs("  settings: not understood: ", stdout);
        put(err.message);
        putchar('\n');
        return;
    }
    printf("  settings: those of the preset %s", params.preset);
    for (size_t i = 0; (p = imp_param_known(i)); i++)
        first &= !print_setting(p->name, &params, &preset, first);
    putchar('\n');
}

void info_record_print(const char *record, const char *name)
{
    json_t *json = json_loads(record, 0, NULL);

    if (json_is_object(json)) {
        print_painted(json);
        print_inputs(json_object_get(json, "inputs"));
    }
    print_settings(record, name);
    json_decref(json);
}
