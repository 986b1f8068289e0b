/* styles.h - the paintings of stylize: PAINTING, and each --style with what follows it. */
#ifndef IMP_STYLES_H
#define IMP_STYLES_H

#include "options.h"

typedef struct style_choice {
    char *file;
    double weight, scale;
    const char *mask, *style_mask;   /* NULL: none; as mask_load() reads them */
    char *class_name;                /* where the photograph has that; NULL: no matter */
    imp_match match_colours;
} style_choice;

typedef struct style_choices {
    style_choice item[IMP_MAX_STYLES];
    int n;
} style_choices;

/* Reads them from the command line. FILE@CLASS:WEIGHT:SCALE is taken apart behind the longest
 * name of a file that there is; a folder stands for the pictures in it, by name, which
 * share its weight. --mask, --style-mask and --style-colours belong to the painting, or the
 * folder, before them. Returns an exit status; free with styles_free() in either case. */
int styles_collect(style_choices *all, const options *o);
void styles_free(style_choices *all);

#endif
