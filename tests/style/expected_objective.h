/* expected_objective.h - an objective's losses and gradient against those that PyTorch
 * computed, as recorded by tests/reference/objective.py and guided.py. */
#ifndef EXPECTED_OBJECTIVE_H
#define EXPECTED_OBJECTIVE_H

#include "expected.h"

#include "style/objective.h"
#include "style/transport.h"
#include "style/variable.h"

/* Feature maps in float carry some 1e-6 of error each; losses average it out, Gram matrices
 * square it. The Wasserstein distance of few pixels may leave something out. */
static const double expected_loss_tolerance = 1e-5;

static inline double expected_style_tolerance(const imp_params *params)
{
    return params->style_loss == IMP_STYLE_GRAM ? expected_loss_tolerance
                                                : IMP_TRANSPORT_NEGLECT;
}

/* The item's settings: a preset, or what differs from `classic`. */
static inline imp_status expected_params(imp_params *params, const json_t *item,
                                         const char *name, imp_error *err)
{
    const char *preset = json_string_value(json_object_get(item, "preset"));
    json_t *settings;
    char *text;
    imp_status status;

    if (preset) return imp_params_init(params, preset, err);
    settings = json_pack("{s:s}", "preset", "classic");
    json_object_update(settings, json_object_get(item, "params"));
    text = json_dumps(settings, 0);
    status = imp_params_from_json(params, text, name, err);
    free(text);
    json_decref(settings);
    return status;
}

/* The picture, but for a share of it turned round, as whole numbers over 255 * of, so that
 * neighbours which are equal in PyTorch are equal here. */
static inline imp_image *expected_mixed(const imp_image *content, const json_t *turned)
{
    const size_t w = imp_image_width(content), h = imp_image_height(content), n = w * h;
    const double share = json_number_value(json_array_get(turned, 0));
    const double of = json_number_value(json_array_get(turned, 1));
    const float *rgb = imp_image_rgb_const(content);
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, false, NULL) != IMP_OK) exit(1);
    for (size_t i = 0; i < n; i++)
        for (size_t ch = 0; ch < 3; ch++) {
            const double other = rgb[3 * (n - 1 - i) + ch];
            const double sum = (of - share) * rgb[3 * i + ch] + share * other;
            imp_image_rgb(image)[3 * i + ch] = (float) (round(sum * 255) / (255 * of));
        }
    return image;
}

static inline void expected_compare_layers(const json_t *losses, const char *key,
                                           const double *got, double tolerance)
{
    const json_t *want = json_object_get(losses, key);

    for (size_t i = 0; i < json_array_size(want); i++)
        CHECK_CLOSE(got[i], json_number_value(json_array_get(want, i)), tolerance);
}

static inline void expected_compare_losses(const json_t *losses, const imp_losses *got,
                                           double style)
{
    const double rest = expected_loss_tolerance;

    CHECK_CLOSE(got->total, expected_number(losses, "total"), style);
    CHECK_CLOSE(got->content, expected_number(losses, "content"), rest);
    CHECK_CLOSE(got->style, expected_number(losses, "style"), style);
    CHECK_CLOSE(got->tv, expected_number(losses, "tv"), rest);
    expected_compare_layers(losses, "content-layers", got->content_layer, rest);
    expected_compare_layers(losses, "style-layers", got->style_layer, style);
    expected_compare_layers(losses, "styles", got->of_style, style);
}

/* Returns the gradient's error, and the losses. */
static inline double expected_compare_objective(const json_t *item, imp_objective *objective,
                                                const imp_params *params,
                                                const imp_image *content, bool jumps,
                                                const char *name, imp_losses *got)
{
    const imp_ops *ops = expected_ctx->ops;
    const int h = (int) imp_image_height(content), w = (int) imp_image_width(content);
    const size_t n = 3 * (size_t) h * (size_t) w;
    imp_tensor x = { ops->alloc(n), 3, h, w, 1 }, gradient = { ops->alloc(n), 3, h, w, 1 };
    imp_image *at = expected_mixed(content, json_object_get(item, "turned"));
    float *host = imp_alloc(n, sizeof *host);
    double d;

    imp_variable_from_image(host, at, params->variable);
    ops->upload(x.data, host, n);
    imp_objective_eval(objective, &x, &gradient, got);
    expected_compare_losses(json_object_get(item, "losses"), got,
                            expected_style_tolerance(params));
    d = expected_check_gradient(json_object_get(item, "gradient"), &gradient, jumps, name);
    imp_image_free(at);
    imp_free(host);
    ops->free(x.data);
    ops->free(gradient.data);
    return d;
}

#endif
