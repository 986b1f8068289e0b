/* look.c - a network's look at a picture, tile by tile; most pictures are one tile. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "engine/context.h"
#include "model/model.h"
#include "segment/segmenter.h"
#include "segment/tiles.h"

enum { MAX_SIDE = 1 << 24 };

void imp_segment_params_init(imp_segment_params *params)
{
    *params = (imp_segment_params) { .size = { IMP_SIZE_SHORT, 520, 0 } };
}

/* A look at a picture, tile by tile. */
typedef struct look {
    const imp_ops *ops;
    const imp_image *image;
    imp_segmentation *found;
    imp_tiles tiles;
    imp_graph_run *run;
    float *input, *output;     /* of the run, on the host                      */
    float *weight;             /* of each place of `found`: how much has come  */
} look;

/* A tile of the picture as the network was trained to see it; 0 outside. */
static void fill_input(look *l, int left, int top)
{
    const imp_tiles *t = &l->tiles;
    const size_t plane = (size_t) t->tile_w * (size_t) t->tile_h;
    const float *rgb = imp_image_rgb_const(l->image);

    memset(l->input, 0, 3 * plane * sizeof *l->input);
    for (int y = 0; y < t->tile_h && top + y < t->h; y++)
        for (int x = 0; x < t->tile_w && left + x < t->w; x++) {
            const size_t from = (size_t) (top + y) * (size_t) t->w + (size_t) (left + x);
            const size_t to = (size_t) y * (size_t) t->tile_w + (size_t) x;
            for (size_t ch = 0; ch < 3; ch++)
                l->input[ch * plane + to] = (rgb[3 * from + ch] - imp_torchvision_mean[ch])
                                            / imp_torchvision_deviation[ch];
        }
    l->ops->upload(imp_graph_run_input(l->run)->data, l->input, 3 * plane);
}

/* Adds a tile's logits, by weight, to those of the places it covers. */
static void add_logits(look *l, int left, int top)
{
    const imp_tensor *output = imp_graph_run_output(l->run);
    imp_segmentation *found = l->found;

    l->ops->download(l->output, output->data, imp_tensor_floats(output));
    for (int y = 0; y < output->h && top + y < found->h; y++)
        for (int x = 0; x < output->w && left + x < found->w; x++) {
            const size_t place = (size_t) (top + y) * (size_t) found->w + (size_t) (left + x);
            const float weight = imp_tiles_weight(y, output->h)
                                 * imp_tiles_weight(x, output->w);
            float *to = found->logits + place * IMP_CLASSES;
            l->weight[place] += weight;
            for (int k = 0; k < IMP_CLASSES; k++)
                to[k] += weight * l->output[imp_tensor_index(output, k, y, x)];
        }
}

static void look_everywhere(look *l)
{
    const imp_tiles *t = &l->tiles;
    const size_t places = (size_t) l->found->h * (size_t) l->found->w;

    for (int i = 0; i < t->down; i++)
        for (int k = 0; k < t->across; k++) {
            const int top = imp_tiles_begin(t->h, t->tile_h, t->stride, i, t->down);
            const int left = imp_tiles_begin(t->w, t->tile_w, t->stride, k, t->across);
            fill_input(l, left, top);
            imp_graph_run_forward(l->run);
            add_logits(l, left / t->stride, top / t->stride);
        }
    for (size_t p = 0; p < places; p++)
        for (size_t k = 0; k < IMP_CLASSES; k++)
            l->found->logits[p * IMP_CLASSES + k] /= l->weight[p];
}

/* What the network may take beside what this process holds already. */
static uint64_t room(const imp_context *ctx)
{
    const uint64_t held = imp_memory_resident();
    const uint64_t most = ctx->max_memory ? ctx->max_memory : imp_memory_available() + held;

    if (!most) return UINT64_MAX;   /* the system does not tell */
    return most > held ? most - held : 0;
}

static imp_status take_memory(look *l, const imp_image *original, imp_error *err)
{
    const imp_tiles *t = &l->tiles;
    const int stride = t->stride;
    const int h = (t->h + stride - 1) / stride, w = (t->w + stride - 1) / stride;
    const size_t places = (size_t) h * (size_t) w;

    l->input = imp_alloc(imp_tensor_floats(imp_graph_run_input(l->run)), sizeof *l->input);
    l->output = imp_alloc(imp_tensor_floats(imp_graph_run_output(l->run)), sizeof *l->output);
    l->weight = imp_alloc(places, sizeof *l->weight);
    if (!l->input || !l->output || !l->weight)
        return imp_fail(err, IMP_ENOMEM, "no memory for a picture of %dx%d", t->w, t->h);
    return imp_segmentation_new(&l->found, imp_image_width(original),
                                imp_image_height(original), h, w, err);
}

static imp_status look_at(imp_segmentation **out, const imp_segmenter *s,
                          const imp_image *image, const imp_image *original, imp_error *err)
{
    const int w = (int) imp_image_width(image), h = (int) imp_image_height(image);
    look l = { .ops = s->ctx->ops, .image = image };
    imp_status status = IMP_OK;

    TRY(imp_tiles_fit(&l.tiles, s->weights, w, h, s->network->stride, room(s->ctx), err));
    TRY(imp_graph_run_new(&l.run, s->weights, l.tiles.tile_h, l.tiles.tile_w, err));
    TRY(take_memory(&l, original, err));
    look_everywhere(&l);
    *out = l.found;
    l.found = NULL;
done:
    imp_segmentation_free(l.found);
    imp_free(l.weight);
    imp_free(l.output);
    imp_free(l.input);
    imp_graph_run_free(l.run);
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
    if (w > MAX_SIDE || h > MAX_SIDE) {
        status = imp_fail(err, IMP_EINVAL, "a picture of %zux%zu is too large: choose a "
                          "smaller size", w, h);
        goto done;
    }
    if (w != imp_image_width(image) || h != imp_image_height(image))
        TRY(imp_image_resize(&sized, image, w, h, IMP_FILTER_BILINEAR, false, err));
    TRY(look_at(out, s, sized ? sized : image, image, err));
done:
    imp_image_free(sized);
    imp_threads_use(before);
    return status;
}
