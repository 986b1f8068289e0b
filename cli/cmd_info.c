/* cmd_info.c - impasto info: what a picture is, and the settings that it was painted with. */
#include <string.h>

#include "command.h"
#include "picture.h"
#include "report.h"

/* The settings on their own, without what else the picture's record holds, or why there are none. */
static int print_settings(const imp_image *picture, const char *name)
{
    const char *record = imp_image_settings(picture);
    imp_params params;
    imp_error err;
    char *json;

    if (!record) return complain(STATUS_INPUT, "%s: carries no settings; impasto did not paint it", name);
    if (imp_params_from_json(&params, record, name, &err) || imp_params_to_json(&json, &params, &err))
        return complain_error(&err, PHASE_INPUT);
    print_line(json);
    imp_data_free(json);
    return STATUS_OK;
}

/* A member for the settings: parsed if they are JSON, which any other program may have spoilt. */
static json_t *settings_json(const imp_image *picture)
{
    const char *text = imp_image_settings(picture);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;

    return json ? json : text ? report_text(text) : json_null();
}

static json_t *density_json(double x, double y)
{
    return x > 0 && y > 0 ? json_pack("[f, f]", x, y) : json_null();
}

static int print_json(const imp_image *picture, const char *name)
{
    double x, y;
    json_t *all;

    imp_image_density(picture, &x, &y);
    all = json_pack("{s:o, s:I, s:I, s:i, s:o, s:b, s:o}", "file", report_text(name),
                    "width", (json_int_t) imp_image_width(picture),
                    "height", (json_int_t) imp_image_height(picture),
                    "depth", imp_image_depth(picture), "density", density_json(x, y),
                    "alpha", imp_image_alpha_const(picture) != NULL, "settings", settings_json(picture));
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(all);
    return STATUS_OK;
}

static int print_text(const imp_image *picture, const char *name)
{
    double x, y;

    imp_image_density(picture, &x, &y);
    printf("%s\n", name);
    printf("  size:     %zux%zu pixels\n", imp_image_width(picture), imp_image_height(picture));
    printf("  depth:    %d bits per channel\n", imp_image_depth(picture));
    if (x > 0 && y > 0) printf("  density:  %.6gx%.6g pixels per inch\n", x, y);
    else printf("  density:  unknown\n");
    printf("  alpha:    %s\n", imp_image_alpha_const(picture) ? "yes" : "no");
    if (!imp_image_settings(picture)) printf("  settings: none\n");
    else printf("  settings:\n"), print_line(imp_image_settings(picture));
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
