/* styles.c - see styles.h. */
#include "styles.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "report.h"

static int no_memory(void)
{
    return complain(STATUS_MEMORY, "no memory for the name of a painting");
}

static int add(style_choices *all, char *file, double weight, double scale)
{
    if (file && all->n < IMP_MAX_STYLES) {
        all->item[all->n++] = (style_choice) {
            .file = file, .weight = weight, .scale = scale,
            .match_colours = IMP_MATCH_AS_PARAMS,
        };
        return STATUS_OK;
    }
    free(file);
    if (!file) return no_memory();
    return complain(STATUS_USAGE, "--style: more than %d paintings", IMP_MAX_STYLES);
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

static int add_folder(style_choices *all, const char *folder, double weight, double scale)
{
    struct dirent **entry = NULL;
    const int n = scandir(folder, &entry, is_picture, alphasort);
    int status = STATUS_OK;

    if (n < 0) return complain(STATUS_INPUT, "%s: %s", folder, strerror(errno));
    if (!n) status = complain(STATUS_INPUT, "%s: no pictures (.jpg, .png, .webp, .tif) in "
                              "this folder", folder);
    for (int i = 0; i < n; i++) {
        if (status == STATUS_OK)
            status = add(all, join(folder, entry[i]->d_name), weight / n, scale);
        free(entry[i]);
    }
    free(entry);
    return status;
}

/* --- One --style ------------------------------------------------------------------------- */

static bool exists(const char *path)
{
    struct stat st;

    return !stat(path, &st);
}

/* Cuts a number behind the last colon off `text`. */
static bool cut_number(char *text, double *number)
{
    char *colon = strrchr(text, ':'), *end;
    double x;

    if (!colon || colon == text) return false;
    x = strtod(colon + 1, &end);
    if (end == colon + 1 || *end || !isfinite(x)) return false;
    *colon = '\0';
    *number = x;
    return true;
}

/* Cuts "@CLASS" off `text`; NULL if there is none. */
static char *cut_class(char *text)
{
    char *at = strrchr(text, '@');

    if (exists(text) || !at || at == text || !at[1] || strchr(at, '/')) return NULL;
    *at = '\0';
    return at + 1;
}

/* The choices from `first` on go where the photograph has that class, if it is not NULL. */
static int set_class(style_choices *all, int first, const char *name)
{
    for (int i = first; name && i < all->n; i++)
        if (!(all->item[i].class_name = strdup(name))) return no_memory();
    return STATUS_OK;
}

static int add_style(style_choices *all, const char *text)
{
    const int first = all->n;
    const char *name = NULL;
    char *file = strdup(text), *copy;
    double last = 1, before = 1, weight = 1, scale = 1;
    struct stat st;
    int status;

    if (!file) return no_memory();
    if (!exists(file) && cut_number(file, &last)) {
        weight = last;
        if (!exists(file) && cut_number(file, &before)) weight = before, scale = last;
    }
    name = cut_class(file);
    copy = strdup(file);
    if (!copy || stat(file, &st) || !S_ISDIR(st.st_mode)) {
        status = add(all, copy, weight, scale);
    } else {
        status = add_folder(all, file, weight, scale);
        free(copy);
    }
    if (status == STATUS_OK) status = set_class(all, first, name);
    free(file);
    return status;
}

static int set_colours(style_choice *choice, const char *how)
{
    imp_params scratch;
    imp_error err;

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
        const char **mask = of_photo ? &all->item[i].mask : &all->item[i].style_mask;
        if (*mask || (of_photo && all->item[i].class_name))
            return complain(STATUS_USAGE, "%s: has two masks, --%s %s and %s",
                            all->item[i].file, option->name,
                            *mask ? *mask : all->item[i].class_name, option->text);
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
