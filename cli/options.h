/* options.h - the one table of options: it makes parsing, --help, manual and completion.
 *
 * The library's parameters join the program's own options: each is an option of `stylize`. */
#ifndef IMP_OPTIONS_H
#define IMP_OPTIONS_H

#include <impasto/impasto.h>

enum { MAX_OPTIONS = 128, MAX_OPERANDS = 2 };

typedef enum value_kind {
    VALUE_NONE,      /* a flag: bool                                    */
    VALUE_TEXT,      /* const char *                                    */
    VALUE_FILE,      /* the same, completed as a file                   */
    VALUE_WORD,      /* the same, one of those in `value`: "a|b"        */
    VALUE_PRESET,    /* the same, the name of a preset                  */
    VALUE_EACH,      /* a file, as often as wanted: kept in `each`      */
    VALUE_COUNT,     /* long, min..max                                  */
    VALUE_SCALED,    /* uint64_t, min..max, with K, M, G, T behind it   */
    VALUE_PARAM,     /* of the library: kept as text in settings        */
    VALUE_SWITCH     /* of the library, true or false: --name, --no-name */
} value_kind;

/* Commands that take an option. */
enum {
    FOR_STYLIZE = 1, FOR_BLEND = 2, FOR_MODEL = 4, FOR_INFO = 8, FOR_HELP = 16,
    FOR_BENCH = 32, FOR_SEGMENT = 64, FOR_SERVE = 128, FOR_ALL = 255
};

typedef struct option_def {
    const char *name;
    char letter;               /* 0: none                                     */
    value_kind kind;
    const char *value;         /* what it looks like: "FILE"                  */
    unsigned commands;
    const char *group;         /* NULL: not shown                             */
    const char *help;
    size_t field;              /* in options; not used for the library's      */
    double min, max;           /* of a number                                 */
    const char *range;         /* of the library's, "" if `value` says it all */
} option_def;

/* Every option that one command takes, in the order of the groups. */
typedef struct option_list {
    option_def item[MAX_OPTIONS];
    int n;
} option_list;

void option_list_of(option_list *list, unsigned command);
const option_def *option_find(const option_list *list, const char *name);

/* The title of a group of options: "Output". */
const char *option_group_title(const char *group);

/* "-o, --output=FILE" without its help; `text` holds OPTION_TEXT bytes. */
enum { OPTION_TEXT = 160 };
void option_format(char text[OPTION_TEXT], const option_def *def);

/* A parameter of the library given as an option, or one that may be given again. */
typedef struct setting { const char *name, *text; } setting;

typedef struct options {
    const char *operand[MAX_OPERANDS];
    int n_operands;
    setting *settings;         /* in the order given */
    int n_settings;
    setting *each;             /* likewise           */
    int n_each;
    bool given[MAX_OPTIONS];   /* as in list */
    option_list list;

    bool help, man, quiet, json, show, list_presets, print_params, plan, keep_size;
    bool params_only, overlay, list_classes, open;
    const char *output, *format, *depth, *preset, *params, *init, *preview, *log, *plot;
    const char *checkpoint, *resume;
    const char *content_mask, *subject, *save_masks, *classes;
    const char *segment_model, *address, *data, *model;
    const char *token, *certificate, *key;
    const char *backend, *weights, *size, *from, *completion, *precision, *compare;
    long quality, every, threads, max_side, steps, tolerance, port;
    long checkpoint_every, jobs;
    uint64_t memory, max_pixels, max_bytes, disk;
} options;

/* Reads argv (argv[0] is the command's name) by the table. Returns an exit status; what is
 * wrong has been said. Strings point into argv. Free with options_free() in either case. */
struct command;
int options_parse(options *o, const struct command *command, int argc, char **argv);
void options_free(options *o);

bool option_given(const options *o, const char *name);

#endif
