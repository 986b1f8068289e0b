/* man.c - the manual page in man(7), from the tables. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "report.h"

static const char date[] = "2026-11-21";    /* when the page last changed */

enum { MAN_LINE = 78 };    /* bytes of source, as mandoc likes them */

/* One character so that roff takes it literally; returns the bytes printed. */
static int roff_char(char c)
{
    switch (c) {
    case '\\': return printf("\\e");
    case '-': return printf("\\-");
    case '~': return printf("\\(ti");
    case '^': return printf("\\(ha");
    default: return printf("%c", c);
    }
}

/* n characters, whatever they begin with; `at` is the column. Returns the new column. */
static int roff_word(const char *text, size_t n, int at)
{
    if (!at && (*text == '.' || *text == '\'')) at += printf("\\&");
    for (size_t i = 0; i < n; i++) at += roff_char(text[i]);
    return at;
}

static void roff(const char *text)
{
    roff_word(text, strlen(text), 0);
}

/* Text in lines that end where sentences do, or where they are long enough. */
static void sentences(const char *text)
{
    bool ends_sentence = false;

    for (int at = 0; *text;) {
        const size_t n = strcspn(text, " ");
        const bool full = at && at + (int) n + 1 > MAN_LINE;
        if (at) putchar(full || ends_sentence ? '\n' : ' ');
        at = roff_word(text, n, full || ends_sentence ? 0 : at + 1);
        ends_sentence = n && text[n - 1] == '.';
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void line(const char *request, const char *text)
{
    fputs(request, stdout);
    roff(text);
    putchar('\n');
}

static void section(const char *title)
{
    printf(".SH %s\n", title);
}

static void synopsis(void)
{
    const command *c;

    section("SYNOPSIS");
    for (size_t i = 0; (c = command_known(i)); i++)
        for (int u = 0; c->usage[u]; u++) {
            printf("%s.B impasto %s\n", i || u ? ".br\n" : "", c->name);
            line("", c->usage[u]);
        }
    printf(".br\n.B impasto\n\\-\\-help | \\-\\-version\n");
}

static void options_of(const command *c)
{
    static option_list list;
    char left[OPTION_TEXT], text[HELP_TEXT];
    const char *group = "";

    option_list_of(&list, c->bit);
    for (int i = 0; i < list.n && list.item[i].group; i++) {
        const option_def *def = &list.item[i];
        if (strcmp(group, def->group)) {
            group = def->group;
            printf(".PP\n.I %s\n", option_group_title(group));
        }
        option_format(left, def);
        printf(".TP\n.B ");
        line("", left);
        sentences(help_sentence(text, def));
    }
}

static void describe(const command *c)
{
    printf(".SS impasto %s\n", c->name);
    for (int i = 0; c->text[i]; i++) {
        if (i) puts(".PP");
        sentences(c->text[i]);
    }
    options_of(c);
}

static void presets(void)
{
    const imp_preset_info *p;

    section("PRESETS");
    for (size_t i = 0; (p = imp_preset_known(i)); i++) {
        line(".TP\n.B ", p->name);
        sentences(p->description);
        puts(".br");
        sentences(p->origin);
    }
}

static void exit_status(void)
{
    const status_info *s;

    section("EXIT STATUS");
    for (size_t i = 0; (s = status_known(i)); i++) {
        printf(".TP\n.B %d\n", s->status);
        sentences(s->meaning);
    }
}

static void surroundings(void)
{
    static const char *const variable[][2] = {
        { "IMPASTO_HOME", "Where the model store is, in its folder models." },
        { "XDG_DATA_HOME", "The same, in impasto/models, and what serve keeps, in "
                           "impasto/studio; by default ~/.local/share." },
        { "IMPASTO_CPU", "What to compute with if --backend is not given: avx512, avx2 or "
                         "c." },
        { "IMPASTO_VIEWER", "What --show opens a picture with on a desktop, instead of "
                            "xdg-open: a program and its options, split at blanks; the "
                            "file's name is added." },
        { "BROWSER", "What --open opens the studio with, on a desktop or not, instead of "
                     "xdg-open; split as that." },
        { "DISPLAY, WAYLAND_DISPLAY", "If neither is set, --show draws in the terminal." },
    };

    section("ENVIRONMENT");
    for (size_t i = 0; i < sizeof variable / sizeof *variable; i++) {
        line(".TP\n.B ", variable[i][0]);
        sentences(variable[i][1]);
    }
}

static void examples(void)
{
    const command *c;

    section("EXAMPLES");
    for (size_t i = 0; (c = command_known(i)); i++)
        for (int e = 0; c->example[e]; e += 2) {
            line(".TP\n.B ", c->example[e]);
            sentences(c->example[e + 1]);
        }
}

int man_print(void)
{
    printf(".TH IMPASTO 1 %s \"impasto %s\" \"User Commands\"\n", date, imp_version());
    section("NAME");
    puts("impasto \\- repaint a photograph in the manner of a painting");
    synopsis();
    section("DESCRIPTION");
    sentences("Neural style transfer on one's own machine: a network trained to see says "
              "what is in the photograph and how the painting is painted; a picture is "
              "changed step by step until it has both. Options may stand before and behind "
              "the other arguments; -- ends them. The value of an option is the next "
              "argument, or follows an equals sign.");
    section("COMMANDS");
    for (size_t i = 0; command_known(i); i++)
        describe(command_known(i));
    presets();
    exit_status();
    surroundings();
    examples();
    return STATUS_OK;
}
