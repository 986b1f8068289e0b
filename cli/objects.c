/* objects.c - see objects.h. */
#include "objects.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "masks.h"
#include "nearest.h"
#include "report.h"

enum { LONGEST_NAME = 64 };

static int no_class(const char *option, const char *name, const char *what)
{
    nearest near = nearest_to(name);

    for (size_t i = 0; imp_class_known(i); i++) nearest_try(&near, imp_class_known(i)->name);
    if (near.best)
        return complain(STATUS_USAGE, "--%s: \"%s\" is %s; did you mean \"%s\"?", option,
                        name, what, near.best);
    return complain(STATUS_USAGE, "--%s: \"%s\" is %s; the classes: impasto segment "
                    "--list-classes", option, name, what);
}

int object_classes(bool wanted[IMP_CLASSES], const char *option, const char *list,
                   const char *what)
{
    for (const char *end; ; list = end + 1) {
        char name[LONGEST_NAME];
        int number;

        end = list + strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int) (end - list), list);
        if ((number = imp_class_find(name)) < 0) return no_class(option, name, what);
        wanted[number] = true;
        if (!*end) return STATUS_OK;
    }
}

int object_labels(uint8_t **labels, imp_class_area areas[IMP_CLASSES],
                  const imp_segmentation *found)
{
    const size_t w = imp_segmentation_width(found), h = imp_segmentation_height(found);

    if (!(*labels = malloc(w * h)))
        return complain(STATUS_MEMORY, "no memory for the classes of %zux%zu pixels", w, h);
    imp_segmentation_labels(found, *labels);
    imp_class_areas(areas, *labels, w, h);
    return STATUS_OK;
}

/* Weights that are missing need not be these, nor any. */
static int no_weights(const char *model, const imp_error *err, const options *o)
{
    const imp_model_info *small = imp_model_find("deeplabv3-mobilenet-v3-large");
    const bool paints = option_find(&o->list, "segment-model");

    if (err->status != IMP_ENOMODEL || !strcmp(model, small->name))
        return complain_error(err, PHASE_MODEL);
    return complain(STATUS_MODEL, "%s, or a smaller one, %s (%s), to be named by --%s%s",
                    err->message, small->name, small->size, paints ? "segment-model" : "model",
                    paints ? "; masks that are drawn, or auto, need none" : "");
}

int object_network(imp_segmenter **out, imp_context *ctx, const options *o)
{
    const char *model = o->segment_model ? o->segment_model : "deeplabv3-resnet101";
    imp_error err;

    return imp_segmenter_new(out, ctx, model, &err) ? no_weights(model, &err, o) : STATUS_OK;
}

static int shrink(objects *all)
{
    const size_t w = imp_image_width(all->photo), h = imp_image_height(all->photo);
    const double by = fmin(1, IMP_SEGMENT_LARGEST / (double) (w > h ? w : h));
    imp_error err;

    if (imp_image_resize(&all->small, all->photo, (size_t) fmax(1, rint((double) w * by)),
                         (size_t) fmax(1, rint((double) h * by)), IMP_FILTER_BICUBIC, true,
                         &err))
        return complain_error(&err, PHASE_WORK);
    return STATUS_OK;
}

static int look(objects *all)
{
    imp_segmenter *segmenter = NULL;
    uint8_t *labels = NULL;
    imp_error err;
    int status;

    if (all->found) return STATUS_OK;
    TRY(shrink(all));
    TRY(object_network(&segmenter, all->ctx, all->o));
    if (imp_segmenter_run(&all->found, segmenter, all->small, NULL, &err))
        TRY(complain_error(&err, PHASE_WORK));
    status = object_labels(&labels, all->areas, all->found);

done:
    free(labels);
    imp_segmenter_free(segmenter);
    return status;
}

/* Forgets those that are not there: they are the likeliest class of no pixel. */
static bool any_there(bool wanted[IMP_CLASSES], const objects *all, const char *option)
{
    bool any = false;

    for (int i = 0; i < IMP_CLASSES; i++) {
        if (wanted[i] && !all->areas[i].pixels)
            warn("--%s: there is no \"%s\" in the photograph", option,
                 imp_class_known((size_t) i)->name);
        wanted[i] = wanted[i] && all->areas[i].pixels;
        any = any || wanted[i];
    }
    return any;
}

int objects_mask(imp_mask **out, objects *all, const char *option, const char *list,
                 const char *what)
{
    bool wanted[IMP_CLASSES] = { false };
    imp_error err;
    int status;

    *out = NULL;
    TRY(object_classes(wanted, option, list, what));
    TRY(look(all));
    if (!any_there(wanted, all, option)) goto done;
    if (imp_segmentation_cut(out, all->found, wanted, all->small, &err))
        TRY(complain_error(&err, PHASE_WORK));
    if (!imp_mask_is_empty(*out)) goto done;
    warn("--%s: there are only specks of \"%s\" in the photograph", option, list);
    imp_mask_free(*out);
    *out = NULL;

done:
    return status;
}

void objects_free(objects *all)
{
    imp_image_free(all->small);
    imp_segmentation_free(all->found);
    all->small = NULL;
    all->found = NULL;
}
