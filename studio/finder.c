/* finder.c - see finder.h. */
#include "studio/finder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <impasto/model.h>

#include "studio/fail.h"

/* What was found takes some MB at most. */
enum { REMEMBERED = 8 };

typedef struct look {
    char id[PICTURE_ID];             /* "" of none */
    imp_segmentation *found;
    imp_class_area area[IMP_CLASSES];
} look;

struct finder {
    pictures *pictures;
    const imp_context *ctx;
    const char *model;
    imp_segmenter *segmenter;
    look look[REMEMBERED];           /* the latest first */
    char id[PICTURE_ID];             /* of the photograph that is held, not too large */
    imp_image *photo;
};

finder *finder_new(pictures *p, const imp_context *ctx, const char *model)
{
    finder *f = calloc(1, sizeof *f);

    if (!f) return NULL;
    f->pictures = p;
    f->ctx = ctx;
    f->model = model;
    return f;
}

void finder_free(finder *f)
{
    if (!f) return;
    for (int i = 0; i < REMEMBERED; i++) imp_segmentation_free(f->look[i].found);
    imp_image_free(f->photo);
    imp_segmenter_free(f->segmenter);
    free(f);
}

/* --- The network ------------------------------------------------------------------------- */

static bool is_there(const imp_model_info *m)
{
    imp_model_state state;

    return !imp_model_verify(&state, m, false, NULL)
        && (state == IMP_MODEL_PRESENT || state == IMP_MODEL_VERIFIED);
}

const char *finder_model(const finder *f)
{
    const imp_model_info *m;

    if (f->model) return f->model;
    for (size_t i = 0; (m = imp_model_known(i)); i++)
        if (m->use == IMP_MODEL_SEGMENTS && is_there(m)) return m->name;
    return NULL;
}

static imp_status need_network(finder *f, imp_error *err)
{
    const imp_model_info *small = imp_model_find("deeplabv3-mobilenet-v3-large");
    const char *model = finder_model(f);
    imp_error why;

    if (f->segmenter) return IMP_OK;
    if (!model)
        return studio_fail(err, IMP_ENOMODEL, "no network that finds things is there: "
                           "impasto model fetch %s gets one (%s); the main subject, and masks "
                           "that are drawn, need none", small->name, small->size);
    if (!imp_segmenter_new(&f->segmenter, f->ctx, model, &why)) return IMP_OK;
    return studio_fail(err, why.status == IMP_ENOMEM ? IMP_ENOMEM : IMP_ENOMODEL, "%s",
                       why.message);
}

/* --- Looking ----------------------------------------------------------------------------- */

static imp_status hold(finder *f, const char *id, imp_error *err)
{
    imp_image *photo;
    imp_status status;

    if (f->photo && !strcmp(f->id, id)) return IMP_OK;
    status = pictures_load_small(f->pictures, &photo, id, IMP_SEGMENT_LARGEST, err);
    if (status != IMP_OK) return status;
    imp_image_free(f->photo);
    f->photo = photo;
    memcpy(f->id, id, PICTURE_ID);
    return IMP_OK;
}

/* To the front, into which the i-th comes. */
static void bring(finder *f, int i)
{
    const look wanted = f->look[i];

    for (; i > 0; i--) f->look[i] = f->look[i - 1];
    f->look[0] = wanted;
}

static imp_status measure(look *l, imp_error *err)
{
    const size_t w = imp_segmentation_width(l->found), h = imp_segmentation_height(l->found);
    uint8_t *labels = malloc(w * h);

    if (!labels) return studio_fail(err, IMP_ENOMEM, "no memory to look at a picture");
    imp_segmentation_labels(l->found, labels);
    imp_class_areas(l->area, labels, w, h);
    free(labels);
    return IMP_OK;
}

/* The photograph is held; what is found becomes the first. */
static imp_status look_at(finder *f, const char *id, imp_error *err)
{
    look *l = &f->look[REMEMBERED - 1];
    imp_status status;

    TRY(need_network(f, err));
    imp_segmentation_free(l->found);
    *l = (look) { .found = NULL };
    TRY(imp_segmenter_run(&l->found, f->segmenter, f->photo, NULL, err));
    TRY(measure(l, err));
    memcpy(l->id, id, PICTURE_ID);
    bring(f, REMEMBERED - 1);

done:
    return status;
}

/* What is in the photograph is then the first; the photograph itself need not be held. */
static imp_status find(finder *f, const char *id, imp_error *err)
{
    imp_status status;

    for (int i = 0; i < REMEMBERED; i++)
        if (!strcmp(f->look[i].id, id)) {
            bring(f, i);
            return IMP_OK;
        }
    TRY(need_network(f, err));       /* before the photograph is read for nothing */
    TRY(hold(f, id, err));
    status = look_at(f, id, err);

done:
    return status;
}

/* From pixels of `from` in all to pixels of `to`: the pixel in which that one lies, and behind
 * the last one in which any of them lies. */
static size_t scaled(size_t x, size_t from, size_t to)
{
    return (size_t) ((double) x * (double) to / (double) from);
}

static size_t scaled_end(size_t x, size_t from, size_t to)
{
    return (size_t) ceil((double) x * (double) to / (double) from);
}

imp_status finder_find(finder *f, imp_class_area areas[IMP_CLASSES], uint64_t *all,
                       const picture *photo, imp_error *err)
{
    const look *l = &f->look[0];
    imp_status status = find(f, photo->id, err);
    size_t w, h;

    if (status != IMP_OK) return status;
    w = imp_segmentation_width(l->found);
    h = imp_segmentation_height(l->found);
    *all = (uint64_t) w * h;
    for (int i = 0; i < IMP_CLASSES; i++) {
        const imp_class_area *a = &l->area[i];
        areas[i] = (imp_class_area) { .pixels = a->pixels, .x = scaled(a->x, w, photo->width),
                                      .y = scaled(a->y, h, photo->height) };
        areas[i].width = scaled_end(a->x + a->width, w, photo->width) - areas[i].x;
        areas[i].height = scaled_end(a->y + a->height, h, photo->height) - areas[i].y;
    }
    return IMP_OK;
}

/* --- Masks ------------------------------------------------------------------------------- */

/* Forgets the classes that are nowhere. */
static bool any_there(const look *l, bool wanted[IMP_CLASSES])
{
    bool any = false;

    for (int i = 0; i < IMP_CLASSES; i++) {
        wanted[i] = wanted[i] && l->area[i].pixels;
        any = any || wanted[i];
    }
    return any;
}

static imp_status nothing_there(imp_error *err)
{
    return studio_fail(err, IMP_EINVAL, "none of that is in the photograph: choose what is");
}

static imp_status mask_of_classes(finder *f, imp_mask **out, finder_ask *ask,
                                  imp_error *err)
{
    imp_status status;

    if (!any_there(&f->look[0], ask->wanted)) return nothing_there(err);
    TRY(imp_segmentation_cut(out, f->look[0].found, ask->wanted, f->photo, err));
    if (!imp_mask_is_empty(*out)) return IMP_OK;
    imp_mask_free(*out);
    *out = NULL;
    status = nothing_there(err);

done:
    return status;
}

static imp_status mask_at(finder *f, imp_mask **out, finder_ask *ask, const picture *photo,
                          imp_error *err)
{
    const imp_segmentation *found = f->look[0].found;
    const size_t x = scaled(ask->x, photo->width, imp_segmentation_width(found));
    const size_t y = scaled(ask->y, photo->height, imp_segmentation_height(found));
    int what = 0;
    const imp_status status = imp_segmentation_cut_at(out, &what, found, x, y, f->photo, err);

    memset(ask->wanted, 0, sizeof ask->wanted);
    ask->wanted[what] = true;
    return status;
}

static imp_status mask_of_subject(finder *f, imp_mask **out, const finder_ask *ask,
                                  const picture *photo, imp_error *err)
{
    const size_t w = imp_image_width(f->photo), h = imp_image_height(f->photo);
    imp_box box = ask->box;

    if (ask->kind == FINDER_SUBJECT) return imp_mask_subject(out, f->photo, NULL, err);
    box.width = scaled_end(box.x + box.width, photo->width, w);
    box.height = scaled_end(box.y + box.height, photo->height, h);
    box.x = scaled(box.x, photo->width, w);
    box.y = scaled(box.y, photo->height, h);
    box.width -= box.x;
    box.height -= box.y;
    return imp_mask_subject(out, f->photo, &box, err);
}

imp_status finder_mask(finder *f, imp_mask **out, finder_ask *ask, const picture *photo,
                       imp_error *err)
{
    const bool subject = ask->kind == FINDER_SUBJECT || ask->kind == FINDER_BOX;
    imp_status status;

    *out = NULL;
    if (!subject) TRY(find(f, photo->id, err));
    TRY(hold(f, photo->id, err));
    status = subject ? mask_of_subject(f, out, ask, photo, err)
           : ask->kind == FINDER_AT ? mask_at(f, out, ask, photo, err)
           : mask_of_classes(f, out, ask, err);

done:
    return status;
}
