/* segmenter.c - a network from a file, and its look at a picture. */
#include "segment/segmenter.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/context.h"
#include "model/model.h"
#include "segment/deeplab.h"
#include "segment/fold.h"

struct imp_segmenter {
    const imp_context *ctx;
    const imp_deeplab *network;
    imp_graph graph;
    imp_graph_weights *weights;
};

/* --- From a file ------------------------------------------------------------------------- */

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
    const imp_model_info *known;
    imp_weights *weights = NULL;
    imp_status status = IMP_OK;
    char *path = NULL;

    *out = NULL;
    TRY(imp_model_locate(&path, &known, name_or_path, err));
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

/* --- At a picture ------------------------------------------------------------------------ */

void imp_segment_params_init(imp_segment_params *params)
{
    *params = (imp_segment_params) { .size = { IMP_SIZE_SHORT, 520, 0 } };
}

/* The picture as the network was trained to see it: less the mean of its training pictures,
 * over their deviation. */
static void fill_input(const imp_ops *ops, imp_tensor *input, const imp_image *image,
                       float *planes)
{
    static const float mean[3] = { 0.485f, 0.456f, 0.406f };
    static const float deviation[3] = { 0.229f, 0.224f, 0.225f };
    const size_t n = imp_tensor_pixels(input);
    const float *rgb = imp_image_rgb_const(image);

    for (size_t ch = 0; ch < 3; ch++)
        for (size_t i = 0; i < n; i++)
            planes[ch * n + i] = (rgb[3 * i + ch] - mean[ch]) / deviation[ch];
    ops->upload(input->data, planes, 3 * n);
}

/* The logits of all classes, place by place. */
static imp_status take_logits(imp_segmentation *found, const imp_ops *ops,
                              const imp_tensor *output, imp_error *err)
{
    const size_t floats = imp_tensor_floats(output);
    float *host = imp_alloc(floats, sizeof *host), *to = found->logits;

    if (!host) return imp_fail(err, IMP_ENOMEM, "no memory for what the network found");
    ops->download(host, output->data, floats);
    for (int y = 0; y < output->h; y++)
        for (int x = 0; x < output->w; x++)
            for (int k = 0; k < IMP_CLASSES; k++)
                *to++ = host[imp_tensor_index(output, k, y, x)];
    imp_free(host);
    return IMP_OK;
}

static imp_status look(imp_segmentation **out, const imp_segmenter *s, const imp_image *image,
                       const imp_image *original, imp_error *err)
{
    const size_t w = imp_image_width(image), h = imp_image_height(image);
    const imp_ops *ops = s->ctx->ops;
    const imp_tensor *output;
    imp_graph_run *run = NULL;
    float *planes = NULL;
    imp_status status = IMP_OK;

    TRY(imp_graph_run_new(&run, s->weights, (int) h, (int) w, err));
    if (!(planes = imp_alloc(3 * w * h, sizeof *planes))) {
        status = imp_fail(err, IMP_ENOMEM, "no memory for a picture of %zux%zu", w, h);
        goto done;
    }
    fill_input(ops, imp_graph_run_input(run), image, planes);
    imp_graph_run_forward(run);
    output = imp_graph_run_output(run);
    TRY(imp_segmentation_new(out, imp_image_width(original), imp_image_height(original),
                             output->h, output->w, err));
    TRY(take_logits(*out, ops, output, err));
done:
    imp_free(planes);
    imp_graph_run_free(run);
    return status;
}

imp_status imp_segmenter_run(imp_segmentation **out, const imp_segmenter *s,
                             const imp_image *image, const imp_segment_params *params,
                             imp_error *err)
{
    size_t w = imp_image_width(image), h = imp_image_height(image);
    const int before = imp_threads_use(s->ctx->threads);
    imp_segment_params defaults;
    imp_image *sized = NULL;
    imp_status status = IMP_OK;

    *out = NULL;
    imp_segment_params_init(&defaults);
    imp_size_apply(params ? &params->size : &defaults.size, &w, &h);
    if (w > INT32_MAX || h > INT32_MAX) {
        status = imp_fail(err, IMP_EINVAL, "a picture of %zux%zu is too large", w, h);
        goto done;
    }
    if (w != imp_image_width(image) || h != imp_image_height(image))
        TRY(imp_image_resize(&sized, image, w, h, IMP_FILTER_BILINEAR, false, err));
    TRY(look(out, s, sized ? sized : image, image, err));
done:
    if (status != IMP_OK) {
        imp_segmentation_free(*out);
        *out = NULL;
    }
    imp_image_free(sized);
    imp_threads_use(before);
    return status;
}
