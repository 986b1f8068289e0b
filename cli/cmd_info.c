/* cmd_info.c - impasto info: what a picture is, and the settings that it was painted with. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "info_record.h"
#include "picture.h"
#include "report.h"

/* The settings on their own, without what else the picture's record holds, or why there are
 * none. */
static int print_settings(const imp_image *picture, const char *name)
{
    const char *record = imp_image_settings(picture);
    imp_params params;
    imp_error err;
    char *json;

    if (!record)
        return complain(STATUS_INPUT, "%s: carries no settings; impasto did not paint it",
                        name);
    if (imp_params_from_json(&params, record, name, &err)
        || imp_params_to_json(&json, &params, &err))
        return complain_error(&err, PHASE_INPUT);
    print_line(json);
    imp_data_free(json);
    return STATUS_OK;
}

/* The record as it stands in the file, if it is JSON: any other program may have spoilt it. */
static void print_record(const char *record)
{
    json_t *json = record ? json_loads(record, 0, NULL) : NULL;

    fputs(json ? record : "null", stdout);
    json_decref(json);
}

static int print_json(const imp_image *picture, const char *name)
{
    json_t *file = report_text(name);
    char *quoted = json_dumps(file, JSON_ENCODE_ANY);
    double x, y;

    imp_image_density(picture, &x, &y);
    printf("{\"file\": %s, \"width\": %zu, \"height\": %zu, \"depth\": %d, \"density\": ",
           quoted ? quoted : "null", imp_image_width(picture), imp_image_height(picture),
           imp_image_depth(picture));
    if (x > 0 && y > 0) printf("[%.6g, %.6g]", x, y);
    else fputs("null", stdout);
    printf(", \"alpha\": %s, \"settings\": ",
           imp_image_alpha_const(picture) ? "true" : "false");
    print_record(imp_image_settings(picture));
    puts("}");
    free(quoted);
    json_decref(file);
    return STATUS_OK;
}

static int print_text(const imp_image *picture, const char *name)
{
    double x, y;

    imp_image_density(picture, &x, &y);
    printf("%s\n", name);
    printf("  size:     %zux%zu pixels\n", imp_image_width(picture),
           imp_image_height(picture));
    printf("  depth:    %d bits per channel\n", imp_image_depth(picture));
    if (x > 0 && y > 0) printf("  density:  %.5gx%.5g pixels per inch\n", x, y);
    else printf("  density:  unknown\n");
    printf("  alpha:    %s\n", imp_image_alpha_const(picture) ? "yes" : "no");
    if (!imp_image_settings(picture)) printf("  settings: none\n");
    else info_record_print(imp_image_settings(picture), name);
    return STATUS_OK;
}

int cmd_info(const options *o)
{
    imp_image *picture = NULL;
    const char *name = o->operand[0];
    int status = STATUS_OK;

    if (!o->n_operands)
        return complain(STATUS_USAGE, "info: a picture is missing; see impasto help info");
    TRY(picture_load(&picture, name, o));
    if (!strcmp(name, "-")) name = "standard input";
    status = o->params_only ? print_settings(picture, name)
           : o->json ? print_json(picture, name) : print_text(picture, name);

done:
    imp_image_free(picture);
    return status;
}
