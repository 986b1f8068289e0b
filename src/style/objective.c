/* objective.c - see objective.h. */
#include "style/objective.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/network.h"
#include "model/model.h"
#include "style/guide.h"
#include "style/inputs.h"
#include "style/lapack.h"
#include "style/style_loss.h"
#include "style/variable.h"

enum { MAX_TAPS = 2 * IMP_MAX_LAYERS, MAX_STAGES = 64 };

/* What is measured at one tap of the pass; the indices are those of the parameters' lists. */
typedef struct term {
    const char *layer;
    bool has_content, has_style;
    int content_index, style_index;
    imp_region content_region;
    imp_content_loss content;
    imp_style_loss style[IMP_MAX_STYLES];
} term;

struct imp_objective {
    const imp_ops *ops;
    imp_params params;
    imp_pass *pass;
    term terms[MAX_TAPS];
    int n_terms, n_styles;
    imp_input_map to_input, from_input;
    double tv_scale;
    float *room;             /* for packed regions and their gradients; NULL: there are none */
    const imp_watch *watch;
    double stage_seconds[2 * MAX_STAGES];   /* of the pass; only while watched */
};

/* --- Which taps, and what each of them is for -------------------------------------------- */

/* Adds the layers of a list that count to the taps, each layer once. */
static void add_taps(imp_pass_desc *desc, const imp_layer_list *list, double weight)
{
    for (int i = 0; i < list->n; i++) {
        const int tap = imp_network_find(desc->network, list->item[i].layer);
        bool known = weight * list->item[i].weight == 0.0;
        for (int t = 0; t < desc->n_taps; t++) known |= desc->taps[t] == tap;
        if (!known) desc->taps[desc->n_taps++] = tap;
    }
}

static imp_pass_desc pass_desc(const imp_params *params, size_t width, size_t height)
{
    return (imp_pass_desc) {
        .network = &imp_vgg19, .h = (int) height, .w = (int) width,
        .pooling = params->pooling, .padding = params->padding,
        .precision = params->precision,
    };
}

/* The pass over the picture being painted. */
static imp_pass_desc painted_desc(const imp_params *params, size_t width, size_t height)
{
    imp_pass_desc desc = pass_desc(params, width, height);

    desc.backward = true;
    add_taps(&desc, &params->content_layers, params->content_weight);
    add_taps(&desc, &params->style_layers, params->style_weight);
    return desc;
}

/* The pass over the painting, whose statistics are taken once. */
static imp_pass_desc painting_desc(const imp_params *params, size_t width, size_t height)
{
    imp_pass_desc desc = pass_desc(params, width, height);

    add_taps(&desc, &params->style_layers, params->style_weight);
    return desc;
}

/* The place of a layer in a list; -1 if it is not there or counts nothing. */
static int index_in(const imp_layer_list *list, const char *layer, double weight)
{
    for (int i = 0; i < list->n; i++)
        if (!strcmp(list->item[i].layer, layer) && weight * list->item[i].weight != 0.0)
            return i;
    return -1;
}

/* Which losses stand at tap t of the pass. */
static term term_of(const imp_params *params, const imp_pass_desc *desc, int t)
{
    const char *layer = desc->network->layer[desc->taps[t]].name;
    const int c = index_in(&params->content_layers, layer, params->content_weight);
    const int s = index_in(&params->style_layers, layer, params->style_weight);

    return (term) {
        .layer = layer, .has_content = c >= 0, .content_index = c, .has_style = s >= 0,
        .style_index = s,
    };
}

/* --- Memory ------------------------------------------------------------------------------ */

static uint64_t losses_bytes(const imp_params *params, const imp_pass_desc *desc, int styles,
                             bool regions)
{
    uint64_t bytes = 0;

    for (int t = 0; t < desc->n_taps; t++) {
        const term k = term_of(params, desc, t);
        const imp_tensor shape = imp_pass_tap_shape(desc, t);
        if (k.has_content) bytes += imp_content_loss_bytes(&shape);
        if (k.has_style)
            bytes += (uint64_t) styles * imp_style_loss_bytes(params, &shape, regions);
    }
    return bytes;
}

/* A picture can be too small; nothing else is its fault. */
static imp_status blame(const char *picture, imp_status status, imp_error *err)
{
    return status == IMP_EINVAL ? imp_fail_at(err, status, picture) : status;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What looking at regions takes; the content's gradient is made beside what is seen, if that
 * is a part. */
static size_t room_floats(const imp_params *params, const imp_pass_desc *desc,
                          const imp_inputs *in)
{
    size_t most = 0;

    for (int t = 0; t < desc->n_taps; t++) {
        const imp_tensor shape = imp_pass_tap_shape(desc, t);
        const term k = term_of(params, desc, t);
        if (k.has_content && in->content) most = larger(most, 2 * imp_tensor_floats(&shape));
        if (k.has_style) most = larger(most, imp_style_loss_room(params, &shape));
    }
    return most;
}

/* What looking at a part of a painting takes: a tap. */
static size_t source_floats(const imp_pass_desc *desc)
{
    size_t most = 0;

    for (int t = 0; t < desc->n_taps; t++) {
        const imp_tensor shape = imp_pass_tap_shape(desc, t);
        most = larger(most, imp_tensor_floats(&shape));
    }
    return most;
}

/* Of one region at all taps. */
static uint64_t region_bytes(const imp_pass_desc *desc)
{
    uint64_t bytes = 0;

    for (int t = 0; t < desc->n_taps; t++) {
        const imp_tensor shape = imp_pass_tap_shape(desc, t);
        bytes += imp_region_bytes(&shape);
    }
    return bytes;
}

imp_status imp_objective_bytes(uint64_t *bytes, const imp_ops *ops, const imp_params *params,
                               const imp_inputs *inputs, const imp_stage *stage,
                               imp_error *err)
{
    const imp_pass_desc painted = painted_desc(params, stage->width, stage->height);
    const bool regions = imp_inputs_have_regions(inputs);
    uint64_t most = 0;
    imp_status status = imp_pass_bytes(&most, ops, &painted, err);

    if (status != IMP_OK) return blame("the photograph", status, err);
    for (int i = 0; i < stage->styles; i++) {
        const imp_pass_desc painting = painting_desc(params, stage->style[i].width,
                                                     stage->style[i].height);
        uint64_t some = 0;
        if (painting.n_taps) status = imp_pass_bytes(&some, ops, &painting, err);
        if (status != IMP_OK) return blame("the painting", status, err);
        if (inputs->style[i].source)
            some += source_floats(&painting) * sizeof(float) + region_bytes(&painting);
        if (some > most) most = some;
    }
    *bytes = sizeof(imp_objective) + most
             + losses_bytes(params, &painted, stage->styles, regions);
    if (regions)
        *bytes += room_floats(params, &painted, inputs) * sizeof(float)
                  + (uint64_t) (stage->styles + 1) * region_bytes(&painted);
    return IMP_OK;
}

/* --- Making it --------------------------------------------------------------------------- */

static bool find_weights(void *user, const char *layer, const float **weight,
                         const float **bias, int *out_c, int *in_c, int *kernel)
{
    const imp_model *model = user;
    char name[IMP_TENSOR_NAME];
    const imp_named_tensor *w, *b;

    snprintf(name, sizeof name, "%s.weight", layer);
    w = imp_weights_find(model->weights, name);
    snprintf(name, sizeof name, "%s.bias", layer);
    b = imp_weights_find(model->weights, name);
    if (!w || !b) return false;
    *weight = w->data;
    *bias = b->data;
    *out_c = (int) w->dims[0];
    *in_c = (int) w->dims[1];
    *kernel = (int) w->dims[2];
    return true;
}

static imp_convention convention_of(const imp_objective_desc *desc)
{
    switch (desc->params->preprocess) {
    case IMP_PREPROCESS_CAFFE: return IMP_CONVENTION_CAFFE;
    case IMP_PREPROCESS_TORCHVISION: return IMP_CONVENTION_TORCHVISION;
    case IMP_PREPROCESS_AUTO: break;
    }
    return imp_model_convention(desc->model);
}

/* A pass over the network of the objective's model. */
static imp_status new_pass(imp_pass **pass, const imp_objective_desc *desc,
                           const imp_pass_desc *how, imp_error *err)
{
    /* Only read, by find_weights. */
    union { const imp_model *model; void *user; } u = { desc->model };
    const imp_status status = imp_pass_new(pass, desc->ctx->ops, how, find_weights, u.user,
                                           err);

    if (status != IMP_EFORMAT) return status;
    return imp_fail_at(err, status, imp_model_name(desc->model));
}

/* Runs the pass on a picture. */
static imp_status show(imp_pass *pass, const imp_objective_desc *desc, const imp_image *image,
                       imp_error *err)
{
    const imp_ops *ops = desc->ctx->ops;
    const imp_input_map map = imp_input_map_of(convention_of(desc), IMP_VARIABLE_UNIT);
    imp_tensor *input = imp_pass_input(pass);
    imp_tensor rgb = *input;
    const size_t n = imp_tensor_floats(&rgb);
    float *host = imp_alloc(n, sizeof *host);

    rgb.data = ops->alloc(n);
    if (host && rgb.data) {
        imp_variable_from_image(host, image, IMP_VARIABLE_UNIT);
        ops->upload(rgb.data, host, n);
        ops->affine(input, &rgb, map.from, map.scale, map.shift);
        imp_pass_forward(pass);
    }
    imp_free(host);
    ops->free(rgb.data);
    if (host && rgb.data) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory to look at a picture");
}

/* A mask at all taps of a pass; all NULL if the mask is. Free them in any case. */
static imp_status carry(imp_mask *guide[MAX_TAPS], const imp_mask *mask,
                        const imp_pass_desc *desc, imp_guide rule, imp_error *err)
{
    memset(guide, 0, MAX_TAPS * sizeof *guide);
    if (!mask) return IMP_OK;
    return imp_guide_carry(guide, mask, desc->network, desc->taps, desc->n_taps, rule, err);
}

static void free_guide(imp_mask *guide[MAX_TAPS])
{
    for (int t = 0; t < MAX_TAPS; t++) imp_mask_free(guide[t]);
}

static imp_status make_content(imp_objective *obj, const imp_pass_desc *desc,
                               const imp_mask *mask, imp_error *err)
{
    const imp_params *params = &obj->params;
    imp_mask *guide[MAX_TAPS];
    imp_status status = IMP_OK;

    TRY(carry(guide, mask, desc, params->guide, err));
    for (int t = 0; t < obj->n_terms; t++) {
        const imp_tensor shape = imp_pass_tap_shape(desc, t);
        term *k = &obj->terms[t];
        if (!k->has_content) continue;
        TRY(imp_region_init(&k->content_region, obj->ops, guide[t], IMP_REGION_COUNTS, err));
        const imp_features seen = imp_region_see(&k->content_region, &shape);
        const double w = params->content_layers.item[k->content_index].weight;
        TRY(imp_content_loss_init(&k->content, obj->ops, params, &seen,
                                  params->content_weight * w, err));
    }
done:
    free_guide(guide);
    return status;
}

static imp_status make_style(imp_objective *obj, const imp_pass_desc *desc, int i,
                             const imp_style *style, imp_error *err)
{
    const imp_params *params = &obj->params;
    imp_mask *guide[MAX_TAPS];
    imp_status status = IMP_OK;

    TRY(carry(guide, style->region, desc, params->guide, err));
    for (int t = 0; t < obj->n_terms; t++) {
        const imp_tensor shape = imp_pass_tap_shape(desc, t);
        term *k = &obj->terms[t];
        if (!k->has_style) continue;
        const double w = params->style_layers.item[k->style_index].weight
                         * pow(params->style_decay, k->style_index);
        TRY(imp_style_loss_init(&k->style[i], obj->ops, params, &shape, guide[t],
                                params->style_weight * w * style->weight, err));
    }
done:
    free_guide(guide);
    return status;
}

static imp_status make_terms(imp_objective *obj, const imp_pass_desc *desc,
                             const imp_inputs *in, imp_error *err)
{
    imp_status status = IMP_OK;
    size_t room;

    for (int t = 0; t < desc->n_taps; t++)
        obj->terms[obj->n_terms++] = term_of(&obj->params, desc, t);
    TRY(make_content(obj, desc, in->content, err));
    for (int i = 0; i < in->styles; i++) TRY(make_style(obj, desc, i, &in->style[i], err));
    room = imp_inputs_have_regions(in) ? room_floats(&obj->params, desc, in) : 0;
    if (room && !(obj->room = obj->ops->alloc(room)))
        status = imp_fail(err, IMP_ENOMEM, "no memory to look at regions");
done:
    return status;
}

/* The statistics of a tap of the painting, or of the part of it within the mask. */
static imp_status take_tap(imp_style_loss *loss, const imp_ops *ops, const imp_tensor *tap,
                           const imp_mask *mask, imp_error *err)
{
    imp_region region = { .ops = ops };
    imp_status status = IMP_OK;
    float *room = NULL;

    TRY(imp_region_init(&region, ops, mask, IMP_REGION_FILLS, err));
    if (mask && !(room = ops->alloc(imp_tensor_floats(tap))))
        TRY(imp_fail(err, IMP_ENOMEM, "no memory to look at a part of a painting"));
    if (imp_region_is_empty(&region)) {
        imp_style_loss_drop(loss);
    } else {
        const imp_features seen = imp_region_see(&region, tap);
        imp_style_loss_target(loss, &seen, room);
    }
done:
    ops->free(room);
    imp_region_free(&region);
    return status;
}

/* A painting's statistics, through a pass of its own, gone before the next is made. */
static imp_status take_style(imp_objective *obj, const imp_objective_desc *desc, int style,
                             imp_error *err)
{
    const imp_image *painting = desc->inputs->style[style].painting;
    const imp_pass_desc how = painting_desc(&obj->params, imp_image_width(painting),
                                            imp_image_height(painting));
    imp_mask *guide[MAX_TAPS];
    imp_status status = IMP_OK;
    imp_pass *pass = NULL;

    if (!how.n_taps) return IMP_OK;
    TRY(carry(guide, desc->inputs->style[style].source, &how, obj->params.guide, err));
    TRY(new_pass(&pass, desc, &how, err));
    TRY(show(pass, desc, painting, err));
    for (int tap = 0; tap < how.n_taps; tap++) {
        const int style_index = term_of(&obj->params, &how, tap).style_index;
        for (int t = 0; t < obj->n_terms; t++)
            if (obj->terms[t].style_index == style_index)
                TRY(take_tap(&obj->terms[t].style[style], obj->ops, imp_pass_tap(pass, tap),
                             guide[tap], err));
    }
done:
    imp_pass_free(pass);
    free_guide(guide);
    return status;
}

static imp_status take_content(imp_objective *obj, const imp_objective_desc *desc,
                               imp_error *err)
{
    imp_status status = show(obj->pass, desc, desc->inputs->photo, err);

    for (int t = 0; status == IMP_OK && t < obj->n_terms; t++) {
        term *k = &obj->terms[t];
        if (!k->has_content || imp_region_is_empty(&k->content_region)) continue;
        const imp_features f = imp_region_see(&k->content_region, imp_pass_tap(obj->pass, t));
        const imp_tensor packed = imp_features_packed(&f, obj->ops, obj->room);
        imp_content_loss_target(&k->content, &packed);
    }
    return status;
}

static double tv_scale(const imp_params *params, const imp_image *photo)
{
    const double w = (double) imp_image_width(photo), h = (double) imp_image_height(photo);
    const double n = 3.0 * w * h;

    return params->tv_weight / (params->tv_reduction == IMP_REDUCE_MEAN ? n : 1);
}

imp_status imp_objective_new(imp_objective **out, const imp_objective_desc *desc,
                             imp_error *err)
{
    const imp_params *params = desc->params;
    const imp_image *photo = desc->inputs->photo;
    const imp_pass_desc how = painted_desc(params, imp_image_width(photo),
                                           imp_image_height(photo));
    imp_status status = IMP_OK;
    imp_objective *obj = imp_alloc(1, sizeof *obj);

    *out = NULL;
    if (!obj) return imp_fail(err, IMP_ENOMEM, "no memory for the objective");
    obj->ops = desc->ctx->ops;
    obj->params = *params;
    obj->n_styles = desc->inputs->styles;
    obj->tv_scale = tv_scale(params, photo);
    obj->to_input = imp_input_map_of(convention_of(desc), params->variable);
    obj->from_input = imp_input_map_gradient(&obj->to_input);
    TRY(make_terms(obj, &how, desc->inputs, err));
    for (int i = 0; i < obj->n_styles; i++) TRY(take_style(obj, desc, i, err));
    TRY(new_pass(&obj->pass, desc, &how, err));
    TRY(take_content(obj, desc, err));
    *out = obj;
    obj = NULL;
done:
    imp_objective_free(obj);
    return status;
}

imp_status imp_objective_check(const imp_objective *obj, const imp_inputs *inputs,
                               imp_error *err)
{
    char text[IMP_STYLE_TEXT];

    for (int i = 0; i < obj->n_styles; i++) {
        bool some = false, any = false;
        for (int t = 0; t < obj->n_terms; t++) {
            any = any || obj->terms[t].has_style;
            some = some || imp_style_loss_counts(&obj->terms[t].style[i]);
        }
        if (any && !some)
            return imp_fail(err, IMP_EINVAL, "%s: its region, or that of its painting, is too "
                            "small for the layers to see: enlarge it, or choose guide simple",
                            imp_style_name(text, inputs, i));
    }
    return IMP_OK;
}

void imp_objective_free(imp_objective *obj)
{
    if (!obj) return;
    for (int t = 0; t < obj->n_terms; t++) {
        imp_region_free(&obj->terms[t].content_region);
        imp_content_loss_free(&obj->terms[t].content);
        for (int i = 0; i < IMP_MAX_STYLES; i++) imp_style_loss_free(&obj->terms[t].style[i]);
    }
    imp_pass_free(obj->pass);
    if (obj->room) obj->ops->free(obj->room);
    imp_free(obj);
}

/* --- Using it ---------------------------------------------------------------------------- */

/* Hands on what the pass has counted up, and lets it count from 0 again. */
static void tell_stages(imp_objective *obj)
{
    const imp_watch *watch = obj->watch;
    const int n = imp_pass_stages(obj->pass);
    imp_stage_info info;

    for (int i = 1; i < n && i < MAX_STAGES; i++) {
        const double *seconds = &obj->stage_seconds[2 * i];
        imp_pass_stage_info(obj->pass, i, &info);
        watch->part(watch->user, "", info.name, false, seconds[0], info.flop);
        watch->part(watch->user, "", info.name, true, seconds[1], info.flop);
    }
    memset(obj->stage_seconds, 0, sizeof obj->stage_seconds);
}

void imp_objective_watch(imp_objective *obj, const imp_watch *watch)
{
    const bool fits = imp_pass_stages(obj->pass) <= MAX_STAGES;

    obj->watch = watch;
    memset(obj->stage_seconds, 0, sizeof obj->stage_seconds);
    imp_pass_time(obj->pass, watch && fits ? obj->stage_seconds : NULL);
    if (watch) tell_stages(obj);   /* nothing yet, but in their order, before the losses */
}

static void packed_content_gradient(const void *loss, const imp_tensor *packed,
                                    imp_tensor *grad)
{
    imp_content_loss_gradient(loss, packed, grad);
}

static void content_gradient(const imp_objective *obj, const term *k, const imp_tensor *tap,
                             imp_tensor *grad)
{
    const imp_features f = imp_region_see(&k->content_region, tap);

    if (imp_region_is_empty(&k->content_region)) return;
    imp_features_gradient(&f, obj->ops, grad, obj->room, packed_content_gradient, &k->content);
}

static void add_gradient(void *user, int tap, const imp_tensor *output, imp_tensor *grad)
{
    const imp_objective *obj = user;
    const term *k = &obj->terms[tap];
    const double begin = imp_watch_begin(obj->watch);

    if (k->has_content) content_gradient(obj, k, output, grad);
    for (int i = 0; k->has_style && i < obj->n_styles; i++)
        imp_style_loss_gradient(&k->style[i], output, grad, obj->room);
    imp_watch_end(obj->watch, begin, "loss", k->layer, true);
}

/* Side by side where LAPACK allows it; the deepest taps, which take longest, first. */
static void solve(imp_objective *obj)
{
    const double begin = imp_watch_begin(obj->watch);
    const bool side_by_side = imp_lapack_side_by_side();

    #pragma omp parallel for schedule(dynamic) if (side_by_side)
    for (int i = obj->n_terms * obj->n_styles - 1; i >= 0; i--) {
        term *k = &obj->terms[i / obj->n_styles];
        if (k->has_style) imp_style_loss_solve(&k->style[i % obj->n_styles]);
    }
    imp_watch_end(obj->watch, begin, "loss", "solve", false);
}

static double content_loss(imp_objective *obj, term *k, const imp_tensor *tap)
{
    const imp_features f = imp_region_see(&k->content_region, tap);

    if (imp_region_is_empty(&k->content_region)) return 0;
    const imp_tensor packed = imp_features_packed(&f, obj->ops, obj->room);
    return imp_content_loss_eval(&k->content, &packed);
}

/* The losses at all taps; leaves behind what add_gradient() needs. */
static void measure(imp_objective *obj, imp_losses *losses)
{
    for (int t = 0; t < obj->n_terms; t++) {
        term *k = &obj->terms[t];
        const imp_tensor *f = imp_pass_tap(obj->pass, t);
        const double begin = imp_watch_begin(obj->watch);
        if (k->has_content) {
            double *loss = &losses->content_layer[k->content_index];
            losses->content += *loss = content_loss(obj, k, f);
        }
        for (int i = 0; k->has_style && i < obj->n_styles; i++)
            imp_style_loss_measure(&k->style[i], f, obj->room);
        imp_watch_end(obj->watch, begin, "loss", k->layer, false);
    }
    if (obj->params.style_loss == IMP_STYLE_WASSERSTEIN) solve(obj);
    for (int t = 0; t < obj->n_terms; t++) {
        const term *k = &obj->terms[t];
        for (int i = 0; k->has_style && i < obj->n_styles; i++) {
            losses->style += k->style[i].value;
            losses->style_layer[k->style_index] += k->style[i].value;
            losses->of_style[i] += k->style[i].value;
        }
    }
}

void imp_objective_eval(imp_objective *obj, const imp_tensor *x, imp_tensor *grad,
                        imp_losses *losses)
{
    static const float no_shift[3] = { 0 };
    const imp_input_map *to = &obj->to_input, *from = &obj->from_input;
    const imp_tensor *back;

    memset(losses, 0, sizeof *losses);
    obj->ops->affine(imp_pass_input(obj->pass), x, to->from, to->scale, to->shift);
    imp_pass_forward(obj->pass);
    measure(obj, losses);
    back = imp_pass_backward(obj->pass, add_gradient, obj);
    if (obj->watch) tell_stages(obj);
    obj->ops->affine(grad, back, from->from, from->scale, no_shift);
    if (obj->tv_scale > 0)
        losses->tv = obj->tv_scale * obj->ops->tv(grad, x, obj->params.tv_kind, obj->tv_scale);
    losses->total = losses->content + losses->style + losses->tv;
}
