/* masks.c - see masks.h. */
#include "studio/masks.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"

/* Masks are looked at no larger than this: those of one job take some 600 MB at most. */
enum { LARGEST = 2048 };

enum { TEXT = PICTURE_NAME + 8 };

struct masks {
    store *store;
    pictures *pictures;
    pthread_mutex_t one_at_a_time;
};

masks *masks_new(store *s, pictures *p)
{
    masks *all = calloc(1, sizeof *all);

    if (!all) return NULL;
    all->store = s;
    all->pictures = p;
    pthread_mutex_init(&all->one_at_a_time, NULL);
    return all;
}

void masks_free(masks *all)
{
    if (!all) return;
    pthread_mutex_destroy(&all->one_at_a_time);
    free(all);
}

/* --- Words ------------------------------------------------------------------------------- */

/* "styles[1].mask" */
static const char *place(char text[TEXT], const job_picture *what)
{
    if (what->style < 0) return what->member;
    snprintf(text, TEXT, "styles[%d].%s", what->style, what->member);
    return text;
}

/* Its name in quotation marks, or else "the picture". */
static const char *called(char text[TEXT], const picture *p)
{
    snprintf(text, TEXT, *p->name ? "\"%s\"" : "the picture", p->name);
    return text;
}

/* --- Rows: what is there, and of which shape --------------------------------------------- */

static masks_verdict find(const masks *all, picture *row, const job_picture *what,
                          imp_error *err)
{
    char text[TEXT];
    bool found;

    if (store_picture_find(all->store, row, &found, what->id, err)) return MASKS_FAILED;
    if (found) return MASKS_GOOD;
    studio_fail(err, IMP_EINVAL, "%s: there is no picture %s", place(text, what), what->id);
    return MASKS_MISSING;
}

static bool is_mask(const job_picture *what)
{
    return strcmp(what->member, "photo") && strcmp(what->member, "init")
        && strcmp(what->member, "picture");
}

/* Of the photograph, or of the style's painting. */
static masks_verdict check_shape(const picture *mask, const job_picture *what,
                                 const picture *photo, const picture *painting, imp_error *err)
{
    const bool of_painting = !strcmp(what->member, "source");
    const picture *of = of_painting ? painting : photo;
    char where[TEXT], name[TEXT], other[TEXT];

    if (imp_mask_fits(mask->width, mask->height, of->width, of->height)) return MASKS_GOOD;
    studio_fail(err, IMP_EINVAL, "%s: %s is %zux%zu and the %s %s %zux%zu, which is another "
                "shape: draw it over that picture itself", place(where, what),
                called(name, mask), mask->width, mask->height,
                of_painting ? "painting" : "photograph", called(other, of), of->width,
                of->height);
    return MASKS_UNFIT;
}

static masks_verdict check_rows(const masks *all, const job *j, imp_error *err)
{
    masks_verdict verdict = MASKS_GOOD;
    picture photo = { 0 }, painting = { 0 }, row;
    job_picture what;

    for (int k = 0; verdict == MASKS_GOOD && job_picture_known(&what, j, k); k++) {
        if (!*what.id) continue;
        if ((verdict = find(all, &row, &what, err)) != MASKS_GOOD) break;
        if (!strcmp(what.member, "photo")) photo = row;
        else if (!strcmp(what.member, "picture")) painting = row;
        else if (is_mask(&what)) verdict = check_shape(&row, &what, &photo, &painting, err);
    }
    return verdict;
}

/* --- White ------------------------------------------------------------------------------- */

/* The masks of a job, not larger than LARGEST. */
typedef struct looked_at {
    imp_mask *mask[IMP_MAX_STYLES], *keep;
} looked_at;

static imp_status shrink(imp_mask **mask, imp_error *err)
{
    size_t width = imp_mask_width(*mask), height = imp_mask_height(*mask);
    const imp_size size = { .mode = IMP_SIZE_LONG, .width = LARGEST };
    imp_mask *small;
    imp_status status;

    if (width <= LARGEST && height <= LARGEST) return IMP_OK;
    imp_size_apply(&size, &width, &height);
    if ((status = imp_mask_resize(&small, *mask, width, height, err)) != IMP_OK) return status;
    imp_mask_free(*mask);
    *mask = small;
    return IMP_OK;
}

static const char *without_white(const job_picture *what)
{
    return !strcmp(what->member, "keep") ? "keeps nothing"
         : !strcmp(what->member, "content") ? "lets nothing of the photograph count"
         : !strcmp(what->member, "source") ? "lets nothing of the painting count"
         : "leaves the painting nowhere to go";
}

/* Into *in, if what each painting gets depends on it. */
static masks_verdict look(const masks *all, looked_at *in, const job_picture *what,
                          imp_error *err)
{
    const bool shared = !strcmp(what->member, "mask") || !strcmp(what->member, "keep");
    masks_verdict verdict = MASKS_FAILED;
    imp_mask *mask = NULL, **place_of = what->style < 0 ? &in->keep : &in->mask[what->style];
    char text[TEXT];

    if (pictures_load_mask(all->pictures, &mask, what->id, err)) goto done;
    if (imp_mask_is_empty(mask)) {
        studio_fail(err, IMP_EINVAL, "%s: the mask has no white and %s: paint it some, or "
                    "leave it out", place(text, what), without_white(what));
        verdict = MASKS_UNFIT;
        goto done;
    }
    if (shared && shrink(&mask, err)) goto done;
    if (shared) {
        *place_of = mask;
        mask = NULL;
    }
    verdict = MASKS_GOOD;

done:
    imp_mask_free(mask);
    return verdict;
}

/* Says why painting i gets nothing. */
static masks_verdict nothing_left(const looked_at *in, int i, imp_error *err)
{
    if (in->keep && imp_mask_is_full(in->keep))
        studio_fail(err, IMP_EINVAL, "keep: the mask covers the whole photograph and leaves "
                    "nothing to paint: keep less");
    else if (in->mask[i])
        studio_fail(err, IMP_EINVAL, "styles[%d]: all of its mask is kept, which leaves the "
                    "painting nowhere to go: keep less", i);
    else
        studio_fail(err, IMP_EINVAL, "styles[%d]: the other paintings' masks%s leave nothing "
                    "for it: drop it, or leave it some black", i,
                    in->keep ? " and what is kept" : "");
    return MASKS_UNFIT;
}

static masks_verdict check_shares(const looked_at *in, const job *j, imp_error *err)
{
    const imp_mask *first = in->keep;
    imp_inputs inputs = { .styles = j->styles, .keep = in->keep };
    imp_mask *share[IMP_MAX_STYLES];
    masks_verdict verdict = MASKS_GOOD;

    for (int i = 0; i < IMP_MAX_STYLES; i++) {
        inputs.style[i].region = in->mask[i];
        if (!first) first = in->mask[i];
    }
    if (!first) return MASKS_GOOD;
    if (imp_inputs_shares(share, &inputs, imp_mask_width(first), imp_mask_height(first), err))
        return MASKS_FAILED;
    for (int i = 0; i < j->styles; i++) {
        if (verdict == MASKS_GOOD && imp_mask_is_empty(share[i]))
            verdict = nothing_left(in, i, err);
        imp_mask_free(share[i]);
    }
    return verdict;
}

masks_verdict masks_check(masks *all, const job *j, imp_error *err)
{
    looked_at in = { .keep = NULL };
    masks_verdict verdict;
    job_picture what;

    if ((verdict = check_rows(all, j, err)) != MASKS_GOOD) return verdict;
    pthread_mutex_lock(&all->one_at_a_time);
    for (int k = 0; verdict == MASKS_GOOD && job_picture_known(&what, j, k); k++)
        if (*what.id && is_mask(&what)) verdict = look(all, &in, &what, err);
    if (verdict == MASKS_GOOD) verdict = check_shares(&in, j, err);
    imp_mask_free(in.keep);
    for (int i = 0; i < IMP_MAX_STYLES; i++) imp_mask_free(in.mask[i]);
    pthread_mutex_unlock(&all->one_at_a_time);
    return verdict;
}
