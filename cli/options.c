/* options.c - reads the command line by the table. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "nearest.h"
#include "number.h"
#include "report.h"

enum { FIRST = 256, NEGATED = 1 << 16, N_LONG = 2 * MAX_OPTIONS + 1 };

/* What getopt_long() asks for, and the names that it points to. */
typedef struct getopt_table {
    struct option item[N_LONG];
    char letters[2 * MAX_OPTIONS + 4];
    char negated[MAX_OPTIONS][72];
} getopt_table;

static void table_fill(getopt_table *t, const option_list *list)
{
    struct option *o = t->item;
    char *letter = t->letters;

    /* Operands are handed over in their place, whatever the environment says, and a missing
     * value is told from an unknown option. */
    *letter++ = '-';
    *letter++ = ':';
    for (int i = 0; i < list->n; i++) {
        const option_def *def = &list->item[i];
        const int kind = def->kind == VALUE_NONE ? no_argument
                       : def->kind == VALUE_SWITCH ? optional_argument : required_argument;
        *o++ = (struct option) { def->name, kind, NULL, FIRST + i };
        if (def->kind == VALUE_SWITCH) {
            snprintf(t->negated[i], sizeof t->negated[i], "no-%s", def->name);
            *o++ = (struct option) { t->negated[i], no_argument, NULL, (FIRST + i) | NEGATED };
        }
        if (!def->letter) continue;
        *letter++ = def->letter;
        if (kind == required_argument) *letter++ = ':';
    }
    *letter = '\0';
    *o = (struct option) { 0 };
}

static const char *known_word(const char *words, const char *text)
{
    const size_t n = strcspn(text, "|");

    if (text[n]) return NULL;
    for (const char *w = words; w; w = strchr(w, '|') ? strchr(w, '|') + 1 : NULL)
        if (n && !strncmp(w, text, n) && (w[n] == '|' || !w[n])) return text;
    return NULL;
}

static int bad_value(const option_def *def, const char *text, const char *expected)
{
    return complain(STATUS_USAGE, "--%s: \"%s\" is not %s", def->name, text, expected);
}

static int store_number(options *o, const option_def *def, const char *text)
{
    void *field = (char *) o + def->field;
    char expected[96];

    if (def->kind == VALUE_COUNT && number_count(field, text, def->min, def->max))
        return STATUS_OK;
    if (def->kind == VALUE_SCALED && number_scaled(field, text, def->min, def->max))
        return STATUS_OK;
    if (def->kind == VALUE_COUNT)
        snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f", def->min,
                 def->max);
    else
        snprintf(expected, sizeof expected, "a number such as 400M or 2G");
    return bad_value(def, text, expected);
}

static int store(options *o, int i, const char *text, bool negated)
{
    const option_def *def = &o->list.item[i];
    void *field = (char *) o + def->field;

    o->given[i] = true;
    switch (def->kind) {
    case VALUE_NONE:
        *(bool *) field = true;
        return STATUS_OK;
    case VALUE_SWITCH:
        text = negated ? "false" : text ? text : "true";
        /* fall through */
    case VALUE_PARAM:
        o->settings[o->n_settings++] = (setting) { def->name, text };
        return STATUS_OK;
    case VALUE_EACH:
        o->each[o->n_each++] = (setting) { def->name, text };
        return STATUS_OK;
    case VALUE_WORD:
        if (!known_word(def->value, text)) {
            char expected[128];
            snprintf(expected, sizeof expected, "one of %s", def->value);
            return bad_value(def, text, expected);
        }
        /* fall through */
    case VALUE_TEXT:
    case VALUE_FILE:
    case VALUE_PRESET:
        *(const char **) field = text;
        return STATUS_OK;
    case VALUE_COUNT:
    case VALUE_SCALED:
        return store_number(o, def, text);
    }
    return STATUS_USAGE;
}

static int operand(options *o, const command *c, const char *text)
{
    if (o->n_operands == c->max_operands)
        return complain(STATUS_USAGE,
                        "%s: \"%s\" is one argument too many; see impasto help %s", c->name,
                        text, c->name);
    o->operand[o->n_operands++] = text;
    return STATUS_OK;
}

/* Says what getopt_long() did not understand in `arg`. */
static int not_understood(const getopt_table *t, const command *c, const char *arg)
{
    const bool is_long = !strncmp(arg, "--", 2);
    const size_t n = strcspn(arg, "=");
    char word[64];
    nearest near;

    if (!is_long)
        return complain(STATUS_USAGE, "%s: unknown option -%c; see impasto help %s", c->name,
                        optopt, c->name);
    snprintf(word, sizeof word, "%.*s", (int) n - 2, arg + 2);
    near = nearest_to(word);
    for (const struct option *o = t->item; o->name; o++) {
        if (!strcmp(o->name, word))
            return complain(STATUS_USAGE, "--%s takes no value", word);
        nearest_try(&near, o->name);
    }
    for (const struct option *o = t->item; o->name; o++)
        if (!strncmp(o->name, word, strlen(word)))
            return complain(STATUS_USAGE,
                            "--%s could be several options, --%s for one; spell it out", word,
                            o->name);
    if (near.best)
        return complain(STATUS_USAGE, "%s: unknown option --%s; did you mean --%s?", c->name,
                        word, near.best);
    return complain(STATUS_USAGE, "%s: unknown option --%s; see impasto help %s", c->name,
                    word, c->name);
}

static int by_letter(const option_list *list, int letter)
{
    for (int i = 0; i < list->n; i++)
        if (list->item[i].letter == letter) return i;
    return 0;    /* getopt_long() knows only letters of the table */
}

static int parse(options *o, const getopt_table *t, const command *c, int argc, char **argv)
{
    int got, status = STATUS_OK;

    opterr = 0;
    optind = 0;
    while ((got = getopt_long(argc, argv, t->letters, t->item, NULL)) != -1) {
        if (got == 1) TRY(operand(o, c, optarg));
        else if (got == '?') TRY(not_understood(t, c, argv[optind - 1]));
        else if (got == ':') TRY(complain(STATUS_USAGE, "%s needs a value", argv[optind - 1]));
        else if (got < FIRST) TRY(store(o, by_letter(&o->list, got), optarg, false));
        else TRY(store(o, (got & ~NEGATED) - FIRST, optarg, got & NEGATED));
    }
    for (; optind < argc; optind++)
        TRY(operand(o, c, argv[optind]));

done:
    return status;
}

/* Options of which a person can mean only one, and options that mean nothing alone. */
static int check(const options *o, const command *c)
{
    static const char *const apart[][2] = {
        { "quiet", "list-presets" }, { "quiet", "print-params" }, { "quiet", "plan" },
        { "list-presets", "print-params" }, { "list-presets", "plan" },
        { "print-params", "plan" }, { "size", "keep-size" }, { "show", "json" },
    };

    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (c->bit & (FOR_STYLIZE | FOR_BLEND)
            && option_given(o, apart[i][0]) && option_given(o, apart[i][1]))
            return complain(STATUS_USAGE, "--%s and --%s contradict each other", apart[i][0],
                            apart[i][1]);
    if (c->bit == FOR_INFO && o->json && o->params_only)
        return complain(STATUS_USAGE, "--json and --params contradict each other");
    if (option_given(o, "every") && !o->preview && !o->checkpoint)
        return complain(STATUS_USAGE,
                        "--every says how often --preview FILE and --checkpoint FILE are "
                        "written; give one of them too");
    return STATUS_OK;
}

bool option_given(const options *o, const char *name)
{
    for (int i = 0; i < o->list.n; i++)
        if (o->given[i] && !strcmp(o->list.item[i].name, name)) return true;
    return false;
}

int options_parse(options *o, const command *c, int argc, char **argv)
{
    getopt_table t;
    int status;

    *o = (options) { .every = 25, .checkpoint_every = 20 };
    option_list_of(&o->list, c->bit);
    table_fill(&t, &o->list);
    o->settings = calloc((size_t) argc + 1, sizeof *o->settings);
    o->each = calloc((size_t) argc + 1, sizeof *o->each);
    if (!o->settings || !o->each) return complain(STATUS_MEMORY, "no memory for the options");
    status = parse(o, &t, c, argc, argv);
    if (status == STATUS_OK && !o->help) status = check(o, c);
    return status;
}

void options_free(options *o)
{
    free(o->settings);
    free(o->each);
    o->settings = o->each = NULL;
}
