/* help.c - --help and --version. */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "report.h"
#include "wrap.h"

enum { COLUMN = 28 };    /* where the help of an option begins */

static void paragraph(const char *text, int indent)
{
    printf("%*s", indent, "");
    wrap_text(text, indent);
}

/* A left column and a text beside it, or below it if the left one is too long. */
static void entry(const char *left, const char *text, int column)
{
    const int n = printf("  %s", left);

    if (n + 2 > column) printf("\n%*s", column, "");
    else printf("%*s", column - n, "");
    wrap_text(text, column);
}

/* The value of a parameter in the default preset, "" if it is too long to be read here. */
static void default_of(char *text, size_t size, const char *name)
{
    imp_params params;
    char *value = NULL;

    *text = '\0';
    if (imp_params_init(&params, "default", NULL)
        || imp_params_get(&value, &params, name, NULL))
        return;
    if (strlen(value) < size) strcpy(text, value);
    imp_data_free(value);
}

const char *help_sentence(char text[HELP_TEXT], const option_def *def)
{
    const char *range = def->range;
    char value[32];

    if (!range) return strcpy(text, def->help);
    default_of(value, sizeof value, def->name);
    snprintf(text, HELP_TEXT, "%.*s (%s%s%s%s).", (int) strlen(def->help) - 1, def->help,
             range, *range && *value ? "; " : "", *value ? "default " : "", value);
    return text;
}

static void print_usage(const command *c)
{
    for (int i = 0; c->usage[i]; i++)
        printf("%s impasto %s %s\n", i ? "      " : "Usage:", c->name, c->usage[i]);
}

static void print_options(const command *c)
{
    static option_list list;
    const char *group = "";
    char left[OPTION_TEXT], text[HELP_TEXT];

    option_list_of(&list, c->bit);
    for (int i = 0; i < list.n && list.item[i].group; i++) {
        const option_def *def = &list.item[i];
        if (strcmp(group, def->group))
            printf("\n%s:\n", option_group_title(group = def->group));
        option_format(left, def);
        entry(left, help_sentence(text, def), COLUMN);
    }
}

int help_command(const command *c)
{
    print_usage(c);
    for (int i = 0; c->text[i]; i++) {
        putchar('\n');
        paragraph(c->text[i], 0);
    }
    print_options(c);
    if (c->example[0]) printf("\nExamples:\n");
    for (int i = 0; c->example[i]; i += 2) {
        printf("  %s\n", c->example[i]);
        paragraph(c->example[i + 1], 6);
    }
    return STATUS_OK;
}

int help_program(void)
{
    const command *c;
    const status_info *s;

    printf("Usage: impasto COMMAND [ARGUMENT]...\n\n");
    wrap_text("Repaints a photograph in the manner of a painting: neural style transfer on "
              "your own machine.", 0);
    printf("\nCommands:\n");
    for (size_t i = 0; (c = command_known(i)); i++)
        entry(c->name, c->summary, 12);
    printf("\nOptions:\n");
    entry("--version", "Print the version and what was built in.", 16);
    entry("-h, --help", "Print this help.", 16);
    printf("\nExit status:\n");
    for (size_t i = 0; (s = status_known(i)); i++) {
        char number[NUMBER_TEXT];
        snprintf(number, sizeof number, "%d", s->status);
        entry(number, s->meaning, 8);
    }
    printf("\nSee impasto help COMMAND for the options of a command.\n");
    return STATUS_OK;
}

int help_version(void)
{
    imp_context *ctx;
    imp_error err;
    const char *part;

    printf("impasto %s\n", imp_version());
    for (size_t i = 0; (part = imp_build_part(i)); i++)
        printf("  %s\n", part);
    printf("  studio: %s\n", serve_is_built_in() ? "built in" : "left out");
    if (imp_context_new(&ctx, NULL, &err) != IMP_OK) return complain_error(&err, PHASE_WORK);
    printf("  computing: %s, %d thread%s\n", imp_context_backend(ctx),
           imp_context_threads(ctx), imp_context_threads(ctx) == 1 ? "" : "s");
    imp_context_free(ctx);
    return STATUS_OK;
}
