/* objects.c - see objects.h. */
#include "objects.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "nearest.h"
#include "report.h"

/* A network that looks at 520 pixels draws no finer edges than these show. */
enum { LARGEST = 2048 };

/* How far off its edges are, as a share of the long side; how different colours are told
 * apart; how small a share of the picture is a speck. */
static const double radius = 0.015, contrast = 0.01, speck = 0.002;

int object_class(int *number, const char *option, const char *name)
{
    nearest near = nearest_to(name);

    *number = imp_class_find(name);
    if (*number >= 0) return STATUS_OK;
    for (size_t i = 0; imp_class_known(i); i++) nearest_try(&near, imp_class_known(i)->name);
    if (near.best)
        return complain(STATUS_USAGE, "--%s: unknown class \"%s\"; did you mean \"%s\"?",
                        option, name, near.best);
    return complain(STATUS_USAGE, "--%s: unknown class \"%s\"; see impasto segment "
                    "--list-classes", option, name);
}

bool object_is_class(const char *text)
{
    struct stat st;

    return stat(text, &st) && imp_class_find(text) >= 0;
}

int object_network(imp_segmenter **out, imp_context *ctx, const options *o)
{
    const char *model = o->segment_model ? o->segment_model : "deeplabv3-resnet101";
    imp_error err;

    return imp_segmenter_new(out, ctx, model, &err) ? complain_error(&err, PHASE_MODEL)
                                                    : STATUS_OK;
}

static int shrink(objects *all)
{
    const size_t w = imp_image_width(all->photo), h = imp_image_height(all->photo);
    const double by = fmin(1, LARGEST / (double) (w > h ? w : h));
    imp_error err;

    if (imp_image_resize(&all->small, all->photo, (size_t) fmax(1, rint((double) w * by)),
                         (size_t) fmax(1, rint((double) h * by)), IMP_FILTER_BICUBIC, true,
                         &err))
        return complain_error(&err, PHASE_WORK);
    return STATUS_OK;
}

static int measure(objects *all)
{
    const size_t w = imp_segmentation_width(all->found);
    const size_t h = imp_segmentation_height(all->found);
    uint8_t *labels = malloc(w * h);

    if (!labels) return complain(STATUS_MEMORY, "no memory for %zux%zu classes", w, h);
    imp_segmentation_labels(all->found, labels);
    imp_class_areas(all->areas, labels, w, h);
    free(labels);
    return STATUS_OK;
}

static int look(objects *all)
{
    imp_segmenter *segmenter = NULL;
    imp_error err;
    int status;

    if (all->found) return STATUS_OK;
    TRY(shrink(all));
    TRY(object_network(&segmenter, all->ctx, all->o));
    if (imp_segmenter_run(&all->found, segmenter, all->small, NULL, &err))
        TRY(complain_error(&err, PHASE_WORK));
    status = measure(all);

done:
    imp_segmenter_free(segmenter);
    return status;
}

int objects_mask(imp_mask **out, objects *all, const char *option, const char *name)
{
    imp_error err;
    int number, status;

    *out = NULL;
    TRY(object_class(&number, option, name));
    TRY(look(all));
    if (!all->areas[number].pixels) {   /* it is the likeliest class of no pixel */
        warn("--%s: there is no \"%s\" in the photograph", option, name);
        goto done;
    }
    if (imp_segmentation_mask(out, all->found, number, &err)
        || imp_mask_clean(*out, speck, &err)
        || imp_mask_refine(*out, all->small, radius, contrast, &err))
        status = complain_error(&err, PHASE_WORK);

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
