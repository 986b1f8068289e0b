/* styles.c - see styles.h. */
#include "styles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "number.h"
#include "picture.h"
#include "report.h"

static int no_memory(void)
{
    return complain(STATUS_MEMORY, "no memory for the name of a painting");
}

/* A copy of `like`, its file's name included. */
static int add(style_choices *all, const style_choice *like)
{
    char *file;

    if (all->n == IMP_MAX_STYLES)
        return complain(STATUS_USAGE, "--style: more than %d paintings", IMP_MAX_STYLES);
    if (!like->file || !(file = strdup(like->file))) return no_memory();
    all->item[all->n] = *like;
    all->item[all->n++].file = file;
    return STATUS_OK;
}

/* --- Folders ----------------------------------------------------------------------------- */

static int is_picture(const struct dirent *entry)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff" };
    const char *dot = strrchr(entry->d_name, '.');

    for (size_t i = 0; dot && dot > entry->d_name && i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot, endings[i])) return 1;
    return 0;
}

static char *join(const char *folder, const char *name)
{
    const size_t n = strlen(folder) + strlen(name) + 2;
    char *path = malloc(n);

    if (path) snprintf(path, n, "%s/%s", folder, name);
    return path;
}

/* The pictures in the folder like->file share its weight. */
static int add_folder(style_choices *all, const style_choice *like)
{
    const char *folder = like->file;
    style_choice share = *like;
    struct dirent **entry = NULL;
    const int n = scandir(folder, &entry, is_picture, alphasort);
    int status = STATUS_OK;

    if (n < 0) return complain(STATUS_INPUT, "%s: %s", folder, strerror(errno));
    if (!n) status = complain(STATUS_INPUT, "%s: no pictures (.jpg, .png, .webp, .tif) in "
                              "this folder", folder);
    share.weight /= n;
    for (int i = 0; i < n; i++) {
        share.file = join(folder, entry[i]->d_name);
        if (status == STATUS_OK) status = add(all, &share);
        free(share.file);
        free(entry[i]);
    }
    free(entry);
    return status;
}

/* --- One --style ------------------------------------------------------------------------- */

/* The first n bytes of a text. */
static bool is_there(const char *text, size_t n)
{
    char *path = strndup(text, n);
    const bool there = path && picture_exists(path);

    free(path);
    return there;
}

/* Where "@CLASS" begins in the first n bytes of `text`, or n. */
static size_t class_at(const char *text, size_t n)
{
    const char *at = memrchr(text, '@', n);

    return at && at > text && at + 1 < text + n
                   && strcspn(at, ":/") >= n - (size_t) (at - text)
               ? (size_t) (at - text) : n;
}

/* Where ":WEIGHT:SCALE" begins: behind the longest name of a file that there is, or behind
 * what looks like one. */
static size_t numbers_at(const char *text)
{
    size_t n = strlen(text);

    while (n && !is_there(text, n) && !is_there(text, class_at(text, n))) {
        const char *colon = memrchr(text, ':', n);
        n = colon ? (size_t) (colon - text) : 0;
    }
    return n ? n : strcspn(text, ":");
}

/* ":WEIGHT:SCALE" behind a file's name; either may be missing. */
static int read_numbers(style_choice *style, const char *text)
{
    const size_t n = *text ? strcspn(text + 1, ":") : 0;
    imp_params scratch;
    char weight[64];
    imp_error err;

    if (!*text) return STATUS_OK;
    snprintf(weight, sizeof weight, "%.*s", (int) n, text + 1);
    if (!number_positive(&style->weight, weight))
        return complain(STATUS_USAGE, "%s: weight \"%s\" is not a number above 0", style->file,
                        weight);
    if (!text[1 + n]) return STATUS_OK;
    if (imp_params_set(&scratch, "style-scale", text + n + 2, &err))
        return complain(STATUS_USAGE, "%s: %s", style->file, err.message);
    style->scale = scratch.style_scale;
    return STATUS_OK;
}

/* The choices from `first` on go where the photograph has a class: the first n bytes of it. */
static int set_class(style_choices *all, int first, const char *name, size_t n)
{
    for (int i = first; i < all->n; i++)
        if (!(all->item[i].class_name = strndup(name, n))) return no_memory();
    return STATUS_OK;
}

static int add_style(style_choices *all, const char *text)
{
    const int first = all->n;
    const size_t numbers = numbers_at(text);
    const size_t end = is_there(text, numbers) ? numbers : class_at(text, numbers);
    char *file = strndup(text, end);
    style_choice like = { .file = file, .weight = 1, .scale = 1,
                          .match_colours = IMP_MATCH_AS_PARAMS };
    struct stat st;
    int status = STATUS_OK;

    if (!file) return no_memory();
    TRY(read_numbers(&like, text + numbers));
    TRY(!stat(file, &st) && S_ISDIR(st.st_mode) ? add_folder(all, &like) : add(all, &like));
    if (end < numbers) TRY(set_class(all, first, text + end + 1, numbers - end - 1));

done:
    free(file);
    return status;
}

static int set_colours(style_choice *choice, const char *how)
{
    imp_params scratch;
    imp_error err;

    if (choice->match_colours != IMP_MATCH_AS_PARAMS)
        return complain(STATUS_USAGE, "%s: has --style-colours twice", choice->file);
    if (imp_params_set(&scratch, "match-colours", how, &err))
        return complain(STATUS_USAGE, "--style-colours: %s", err.message);
    choice->match_colours = scratch.match_colours;
    return STATUS_OK;
}

/* A mask for the choices from `first` on. */
static int add_mask(style_choices *all, int first, const setting *option)
{
    const bool of_photo = !strcmp(option->name, "mask");

    for (int i = first; i < all->n; i++) {
        const style_choice *choice = &all->item[i];
        const char **mask = of_photo ? &all->item[i].mask : &all->item[i].style_mask;
        if (of_photo && choice->class_name)
            return complain(STATUS_USAGE, "%s: has two masks, @%s and --mask %s", choice->file,
                            choice->class_name, option->text);
        if (*mask)
            return complain(STATUS_USAGE, "%s: has two masks, --%s %s and %s", choice->file,
                            option->name, *mask, option->text);
        *mask = option->text;
    }
    return STATUS_OK;
}

/* What is said of the choices from `first` on. */
static int add_detail(style_choices *all, int first, const setting *option)
{
    int status = STATUS_OK;

    if (first == all->n)
        return complain(STATUS_USAGE, "--%s %s: name the painting that it is for before it",
                        option->name, option->text);
    if (strcmp(option->name, "style-colours")) return add_mask(all, first, option);
    for (int i = first; status == STATUS_OK && i < all->n; i++)
        status = set_colours(&all->item[i], option->text);
    return status;
}

int styles_collect(style_choices *all, const options *o)
{
    int status = STATUS_OK, first = 0;

    *all = (style_choices) { .n = 0 };
    if (o->n_operands > 1) TRY(add_style(all, o->operand[1]));
    for (int i = 0; i < o->n_each; i++) {
        const setting *option = &o->each[i];
        if (!strcmp(option->name, "keep")) continue;   /* not of a painting */
        if (strcmp(option->name, "style")) {
            TRY(add_detail(all, first, option));
            continue;
        }
        first = all->n;
        TRY(add_style(all, option->text));
    }

done:
    return status;
}

void styles_free(style_choices *all)
{
    for (int i = 0; i < all->n; i++) {
        free(all->item[i].file);
        free(all->item[i].class_name);
    }
    all->n = 0;
}
