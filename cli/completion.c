/* completion.c - what bash and zsh complete: command words, options and their values. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "report.h"

enum { WORDS_TEXT = 1024 };

static void append(char text[WORDS_TEXT], const char *word)
{
    const size_t n = strlen(text);

    snprintf(text + n, WORDS_TEXT - n, "%s%s", n ? " " : "", word);
}

/* The value is one of several words, not a description: lower case and bars alone. */
static bool is_choice(const char *value)
{
    return strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789|-") == strlen(value)
        && strchr(value, '|');
}

static bool is_model(const option_def *def)
{
    return !strcmp(def->name, "model") || !strcmp(def->name, "segment-model");
}

/* What the network that it names is for; the library's own option is for painting. */
static imp_model_use use_of(const option_def *def)
{
    return def->range ? IMP_MODEL_PAINTS : IMP_MODEL_SEGMENTS;
}

/* The words that an option's value can be, with blanks between them: those in the table, the
 * presets, the models; "" if any text will do. */
static void words_of(char text[WORDS_TEXT], const option_def *def)
{
    *text = '\0';
    if (def->kind == VALUE_PRESET)
        for (size_t i = 0; imp_preset_known(i); i++)
            append(text, imp_preset_known(i)->name);
    else if (is_model(def))
        for (size_t i = 0; imp_model_known(i); i++) {
            if (imp_model_known(i)->use == use_of(def))
                append(text, imp_model_known(i)->name);
        }
    else if (!strcmp(def->name, "init"))
        strcpy(text, "content style noise grey");
    else if (def->value && is_choice(def->value)) {
        snprintf(text, WORDS_TEXT, "%s", def->value);
        for (char *bar = text; (bar = strchr(bar, '|')); *bar = ' ');
    }
}

/* The value is a file, or may be. */
static bool is_file(const option_def *def)
{
    return def->kind == VALUE_FILE || is_model(def)
        || (def->kind == VALUE_EACH && !is_choice(def->value));
}

/* --- bash ------------------------------------------------------------------------------- */

static void bash_values(const command *c, const option_list *list)
{
    char words[WORDS_TEXT];

    for (int i = 0; i < list->n; i++) {
        const option_def *def = &list->item[i];
        if (!def->value || def->kind == VALUE_SWITCH || !def->group) continue;
        if (def->letter) printf("    %s:-%c|", c->name, def->letter);
        else printf("    ");
        printf("%s:--%s) ", c->name, def->name);
        words_of(words, def);
        printf("words='%s' %s ;;\n", words, is_file(def) ? "files=1" : "values=1");
    }
}

static void bash_options(const command *c, const option_list *list)
{
    printf("    %s) words='", c->name);
    for (int i = 0; i < list->n; i++) {
        const option_def *def = &list->item[i];
        if (!def->group) continue;
        printf("%s--%s", i ? " " : "", def->name);
        if (def->kind == VALUE_SWITCH) printf(" --no-%s", def->name);
    }
    puts("' ;;");
}

static void each_command(void (*print)(const command *, const option_list *))
{
    static option_list list;
    const command *c;

    for (size_t i = 0; (c = command_known(i)); i++) {
        option_list_of(&list, c->bit);
        print(c, &list);
    }
}

static void command_words(char separator)
{
    for (size_t i = 0; command_known(i); i++)
        printf("%.1s%s", i ? &separator : "", command_known(i)->name);
}

static void model_words(void)
{
    for (size_t i = 0; imp_model_known(i); i++)
        printf("%s%s", i ? " " : "", imp_model_known(i)->name);
}

int completion_bash(void)
{
    puts("# bash completion of impasto, made by: impasto help --completion bash\n"
         "_impasto() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words= "
         "files= values=\n"
         "    COMPREPLY=()\n"
         "    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then "
         "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
         "    if (( COMP_CWORD == 1 )); then");
    printf("        mapfile -t COMPREPLY < <(compgen -W '");
    command_words(' ');
    puts(" --help --version' -- \"$cur\")\n"
         "        return\n"
         "    fi\n"
         "    case ${COMP_WORDS[1]}:$prev in");
    each_command(bash_values);
    printf("    model:model) words='list fetch verify path' values=1 ;;\n"
           "    model:fetch|model:verify|model:path) words='");
    model_words();
    printf("' values=1 ;;\n    help:help) words='");
    command_words(' ');
    puts("' values=1 ;;\n"
         "    esac\n"
         "    if [[ -z $files$values && $cur == -* ]]; then\n"
         "        case ${COMP_WORDS[1]} in");
    each_command(bash_options);
    puts("        esac\n"
         "    fi\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
         "    if [[ -n $values ]]; then compopt +o default 2> /dev/null; fi\n"
         "    if [[ -n $files ]]; then\n"
         "        compopt -o filenames 2> /dev/null\n"
         "        mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$cur\")\n"
         "    fi\n"
         "}\n"
         "complete -o default -F _impasto impasto");
    return STATUS_OK;
}

/* --- zsh -------------------------------------------------------------------------------- */

/* Text inside '...[text]': what _arguments and the quotes would take for themselves is
 * escaped. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'') fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text)) printf("\\%c", *text);
        else putchar(*text);
    }
}

static void zsh_option(const option_def *def)
{
    char words[WORDS_TEXT];

    printf("        ");
    if (def->letter)
        printf("'(-%c --%s)'{-%c,--%s", def->letter, def->name, def->letter, def->name);
    else printf("'--%s", def->name);
    if (def->value && def->kind != VALUE_SWITCH) printf(def->letter ? "=}'" : "=");
    else if (def->letter) printf("}'");
    putchar('[');
    zsh_text(def->help);
    putchar(']');
    if (def->value && def->kind != VALUE_SWITCH) {
        printf(":");
        zsh_text(def->value);
        words_of(words, def);
        if (*words && is_file(def))
            printf(":{ compadd %s; _files }", words);
        else if (*words) printf(":(%s)", words);
        else printf(is_file(def) ? ":_files" : ": ");
    }
    puts("' \\");
    if (def->kind == VALUE_SWITCH) {
        printf("        '--no-%s[not\\: ", def->name);
        zsh_text(def->help);
        puts("]' \\");
    }
}

static void zsh_command(const command *c, const option_list *list)
{
    printf("    (%s) _arguments -S : \\\n", c->name);
    for (int i = 0; i < list->n; i++)
        if (list->item[i].group) zsh_option(&list->item[i]);
    if (c->bit == FOR_HELP) {
        printf("        '1:command:(");
        command_words(' ');
        puts(")' ;;");
    } else if (c->bit == FOR_MODEL) {
        printf("        '1:what:(list fetch verify path)' '2:model:(");
        model_words();
        puts(")' ;;");
    } else
        puts(c->max_operands ? "        '*:picture:_files' ;;" : "        ;;");
}

int completion_zsh(void)
{
    puts("#compdef impasto\n"
         "# zsh completion of impasto, made by: impasto help --completion zsh\n"
         "_impasto() {\n"
         "    if (( CURRENT == 2 )); then\n"
         "        local -a commands=(");
    for (size_t i = 0; command_known(i); i++) {
        printf("            '%s:", command_known(i)->name);
        zsh_text(command_known(i)->summary);
        puts("'");
    }
    puts("        )\n"
         "        _describe command commands\n"
         "        [[ $PREFIX == -* ]] && compadd -- --help --version\n"
         "        return\n"
         "    fi\n"
         "    shift words; (( CURRENT-- ))\n"
         "    case $words[1] in");
    each_command(zsh_command);
    puts("    esac\n"
         "}\n"
         "if [[ $funcstack[1] == _impasto ]]; then _impasto \"$@\"; else compdef _impasto "
         "impasto; fi");
    return STATUS_OK;
}
