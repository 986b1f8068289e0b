/* segmenter.c - a network from a file. */
#include "segment/segmenter.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/context.h"
#include "model/model.h"
#include "segment/fold.h"

static bool starts_with(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);

    return n >= m && !strcmp(name + n - m, ending);
}

/* The auxiliary head only helps in training, and so does a count of its steps. */
static bool wanted(const char *name)
{
    return !starts_with(name, "aux_classifier.") && !ends_with(name, ".num_batches_tracked");
}

static imp_status recognise(const imp_deeplab **out, const imp_weights *w, const char *name,
                            imp_error *err)
{
    const imp_named_tensor *last = imp_weights_find(w, "classifier.4.weight");

    for (size_t i = 0; (*out = imp_deeplab_known(i)); i++)
        if (imp_weights_find(w, (*out)->mark)) break;
    if (!*out)
        return imp_fail(err, IMP_EFORMAT, "%s: not a DeepLabV3 over ResNet101, ResNet50 or "
                        "MobileNetV3-Large as torchvision saves them; `impasto model list` "
                        "names some that are", name);
    if (last && last->n_dims == 4 && last->dims[0] != IMP_CLASSES)
        return imp_fail(err, IMP_EFORMAT, "%s: tells %zu classes apart, not the %d of PASCAL "
                        "VOC; use weights that were trained with VOC's labels", name,
                        last->dims[0], IMP_CLASSES);
    return IMP_OK;
}

imp_status imp_segmenter_from(imp_segmenter **out, const imp_context *ctx,
                              imp_weights *weights, const char *name, imp_error *err)
{
    imp_segmenter *s = imp_alloc(1, sizeof *s);
    imp_fold fold = { .weights = weights, .bias = imp_alloc(IMP_FOLD_MOST, sizeof(float)) };
    imp_status status = IMP_OK;

    *out = NULL;
    if (!s || !fold.bias) {
        status = imp_fail(err, IMP_ENOMEM, "%s: no memory for the network", name);
        goto done;
    }
    s->ctx = ctx;
    TRY(recognise(&s->network, weights, name, err));
    s->network->build(&s->graph, IMP_CLASSES);
    TRY(imp_fold_check(&s->graph, weights, name, err));
    TRY(imp_graph_weights_new(&s->weights, ctx->ops, &s->graph, imp_fold_source, &fold, err));
    *out = s;
    s = NULL;
done:
    imp_free(fold.bias);
    imp_segmenter_free(s);
    return status;
}

imp_status imp_segmenter_new(imp_segmenter **out, const imp_context *ctx,
                             const char *name_or_path, imp_error *err)
{
    const imp_weights_want want = { .wanted = wanted };
    imp_weights *weights = NULL;
    imp_status status = IMP_OK;
    char *path = NULL;

    *out = NULL;
    TRY(imp_model_locate(&path, name_or_path, IMP_MODEL_SEGMENTS, err));
    TRY(imp_weights_read(&weights, path, &want, err));
    TRY(imp_segmenter_from(out, ctx, weights, path, err));
done:
    imp_weights_free(weights);
    imp_free(path);
    return status;
}

void imp_segmenter_free(imp_segmenter *segmenter)
{
    if (!segmenter) return;
    imp_graph_weights_free(segmenter->weights);
    imp_free(segmenter);
}

const char *imp_segmenter_network(const imp_segmenter *segmenter)
{
    return segmenter->network->name;
}
