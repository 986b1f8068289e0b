/* presets.c - whole sets of parameters, each with where it comes from. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "style/params.h"

typedef struct setting { const char *name, *value; } setting;

/* What a preset does not set has the initial value of the table of parameters. */
typedef struct preset {
    imp_preset_info info;
    setting set[40];   /* up to the first without a name */
} preset;

/* 256 : 64 : 16 : 4 : 1, of 341. */
#define W2_LAYERS \
    "relu1_1:0.750733137829912,relu2_1:0.187683284457478,relu3_1:0.0469208211143695," \
    "relu4_1:0.0117302052785924,relu5_1:0.0029325513196481"

static const preset presets[] = {
    /* Chosen by looking: the loss of `wasserstein` below, with the total variation that fits
     * the features of the original network, and less than a tenth of its evaluations. */
    { { "default", "The photograph repainted with its outlines kept, from broad to fine.",
        "the losses of crowsonkb's style-transfer-pytorch, walked by L-BFGS with a first "
        "metric of bands; each size begins with the photograph's detail" },
      { { "size", "long:512" }, { "start-size", "128" },
        { "scale-factor", "1.4142135623730951" }, { "style-fit", "within" },
        { "filter", "bicubic" }, { "padding", "replicate" },
        { "content-layers", "relu4_2" }, { "style-layers", W2_LAYERS },
        { "content-weight", "0.015" }, { "style-weight", "1" }, { "tv-weight", "6700" },
        { "content-reduction", "mean" }, { "style-loss", "wasserstein" },
        { "style-reduction", "mean" }, { "tv-kind", "nine-point" }, { "tv-reduction", "mean" },
        { "variable", "unit" }, { "steps", "40,30" }, { "detail", "1" },
        { "optimiser", "lbfgs" }, { "history", "10" }, { "line-search", "backtracking" },
        { "metric", "bands" }, { "clamp", "true" }, { "result", "last" } } },

    { { "classic", "What the usual PyTorch script paints, term by term.",
        "the PyTorch scripts that change a copy of the photograph by Adam, with Gram matrices "
        "as they are; they tap convolutions, which torchvision rectifies in place" },
      { { "size", "long:512" }, { "style-fit", "content" },
        { "filter", "bilinear" }, { "linear-light", "false" },
        { "preprocess", "auto" }, { "pooling", "max" }, { "padding", "zero" },
        { "content-layers", "relu4_2" },
        { "style-layers", "relu1_1:1,relu2_1:0.75,relu3_1:0.2,relu4_1:0.2,relu5_1:0.2" },
        { "content-weight", "1" }, { "style-weight", "1e6" }, { "tv-weight", "0" },
        { "content-reduction", "mean" },
        { "gram-norm", "none" }, { "style-reduction", "mean" }, { "style-norm", "chw" },
        { "init", "content" }, { "init-weight", "1" },
        { "variable", "normalised" }, { "steps", "1000" }, { "learning-rate", "0.003" },
        { "beta1", "0.9" }, { "beta2", "0.999" }, { "epsilon", "1e-8" },
        { "epsilon-hat", "false" }, { "clamp", "false" }, { "result", "last" } } },

    { { "tf-eager", "What the TensorFlow article and its followers paint, term by term.",
        "the tf.keras article on style transfer by eager execution, and what was made of it" },
      { { "size", "long:512" }, { "style-fit", "size" },
        { "filter", "lanczos" }, { "linear-light", "false" },
        { "preprocess", "auto" }, { "pooling", "max" }, { "padding", "zero" },
        { "content-layers", "relu5_2" },
        { "style-layers", "relu1_1:0.2,relu2_1:0.2,relu3_1:0.2,relu4_1:0.2,relu5_1:0.2" },
        { "content-weight", "1e3" }, { "style-weight", "1e-2" }, { "tv-weight", "0" },
        { "content-reduction", "mean" },
        { "gram-norm", "hw" }, { "style-reduction", "mean" }, { "style-norm", "none" },
        { "init", "content" }, { "init-weight", "1" },
        { "variable", "byte" }, { "steps", "1000" }, { "learning-rate", "5" },
        { "beta1", "0.99" }, { "beta2", "0.999" }, { "epsilon", "0.1" },
        { "epsilon-hat", "true" }, { "clamp", "true" }, { "result", "best" } } },

    { { "gatys", "What Gatys' own notebook paints, term by term: short side 512, then 800.",
        "github.com/leongatys/PytorchNeuralStyleTransfer, after Gatys et al., CVPR 2016 and "
        "2017; its loops, in portions of 20, take 520 and 220 steps of L-BFGS" },
      { { "size", "short:800" }, { "start-size", "512" }, { "scale-factor", "1.5625" },
        { "style-fit", "size" }, { "filter", "bilinear" }, { "linear-light", "false" },
        { "preprocess", "auto" }, { "pooling", "max" }, { "padding", "zero" },
        { "content-layers", "relu4_2" },
        { "style-layers", "relu1_1:0.244140625,relu2_1:0.06103515625,relu3_1:0.0152587890625,"
                          "relu4_1:0.003814697265625,relu5_1:0.003814697265625" },
        { "content-weight", "1" }, { "style-weight", "1" }, { "tv-weight", "0" },
        { "content-reduction", "mean" }, { "style-loss", "gram" },
        { "gram-norm", "hw" }, { "style-reduction", "mean" }, { "style-norm", "none" },
        { "init", "content" }, { "init-weight", "1" },
        { "variable", "byte" }, { "steps", "520,220" }, { "stop", "0" }, { "carry", "false" },
        { "detail", "0" },
        { "optimiser", "lbfgs" }, { "step-length", "1" }, { "history", "100" },
        { "line-search", "none" }, { "metric", "scalar" }, { "learning-rate", "10" },
        { "clamp", "false" }, { "average", "0" }, { "result", "last" } } },

    /* Its total variation is a gradient alone, x - y: that of (x - y)^2 / 2. Its rate for Adam
     * is 10, which the notebook above, having none of its own, gets as well. */
    { { "neural-style", "What the Lua program of 2015 paints by default, term by term.",
        "github.com/jcjohnson/neural-style; there a picture's values go to 256, here to 255" },
      { { "size", "long:512" }, { "start-size", "0" },
        { "style-fit", "size" }, { "filter", "bilinear" }, { "linear-light", "false" },
        { "preprocess", "auto" }, { "pooling", "max" }, { "padding", "zero" },
        { "content-layers", "relu4_2" },
        { "style-layers", "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1" },
        { "content-weight", "5" }, { "style-weight", "100" }, { "tv-weight", "5e-4" },
        { "content-reduction", "mean" }, { "style-loss", "gram" },
        { "gram-norm", "chw" }, { "style-reduction", "mean" }, { "style-norm", "none" },
        { "tv-kind", "squared" }, { "tv-reduction", "sum" },
        { "init", "grey" }, { "init-weight", "1" },
        { "variable", "byte" }, { "steps", "1000" }, { "stop", "0" },
        { "optimiser", "lbfgs" }, { "step-length", "1" }, { "history", "100" },
        { "line-search", "none" }, { "metric", "scalar" }, { "learning-rate", "10" },
        { "clamp", "false" }, { "average", "0" }, { "result", "last" } } },

    /* There the network is torchvision's, whose features are smaller by some 1 : 60; so is,
     * with the original one, the share of total variation. */
    { { "wasserstein",
        "What crowsonkb's style-transfer-pytorch paints by default, term by term.",
        "github.com/crowsonkb/style-transfer-pytorch, version 0.1 of May 2023; its square "
        "roots of matrices, 12 iterations in float, differ from ours, which are exact" },
      { { "size", "long:512" }, { "start-size", "128" },
        { "scale-factor", "1.4142135623730951" },
        { "style-fit", "within" }, { "filter", "bicubic" }, { "linear-light", "false" },
        { "preprocess", "auto" }, { "pooling", "max" }, { "padding", "replicate" },
        { "content-layers", "relu4_2" },
        { "style-layers", W2_LAYERS },
        { "content-weight", "0.015" }, { "style-weight", "1" }, { "tv-weight", "2" },
        { "content-reduction", "mean" }, { "style-loss", "wasserstein" },
        { "style-reduction", "mean" }, { "style-norm", "none" },
        { "tv-kind", "nine-point" }, { "tv-reduction", "mean" },
        { "init", "content" }, { "init-weight", "1" },
        { "variable", "unit" }, { "steps", "1000,500" }, { "stop", "0" }, { "carry", "true" },
        { "detail", "0" }, { "optimiser", "adam" }, { "learning-rate", "0.02" },
        { "beta1", "0.9" }, { "beta2", "0.99" }, { "epsilon", "1e-8" },
        { "epsilon-hat", "false" }, { "clamp", "true" }, { "average", "0.99" },
        { "result", "average" } } },
};

enum { N_PRESETS = sizeof presets / sizeof *presets };

const imp_preset_info *imp_preset_known(size_t i)
{
    return i < N_PRESETS ? &presets[i].info : NULL;
}

static imp_status unknown(const char *name, imp_error *err)
{
    imp_nearest nearest = imp_nearest_to(name);
    char quoted[IMP_QUOTED_TEXT], names[512] = "", hint[IMP_NAME + 32] = "";
    size_t used = 0;

    for (size_t i = 0; i < N_PRESETS && used < sizeof names; i++) {
        imp_nearest_offer(&nearest, presets[i].info.name);
        used += (size_t) snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                  presets[i].info.name);
    }
    if (nearest.best) snprintf(hint, sizeof hint, "; did you mean \"%s\"?", nearest.best);
    return imp_fail(err, IMP_EINVAL, "unknown preset %s%s (accepted: %s)",
                    imp_text_quote(quoted, name), hint, names);
}

static imp_status fill(imp_params *params, const preset *from, imp_error *err)
{
    imp_status status = IMP_OK;

    memset(params, 0, sizeof *params);
    snprintf(params->preset, sizeof params->preset, "%s", from->info.name);
    for (size_t i = 0; status == IMP_OK && imp_param_at(i); i++)
        status = imp_param_set_text(imp_param_at(i), params, imp_param_at(i)->initial, err);
    for (const setting *s = from->set; status == IMP_OK && s->name; s++)
        status = imp_params_set(params, s->name, s->value, err);
    return status;
}

imp_status imp_params_init(imp_params *params, const char *preset_name, imp_error *err)
{
    for (size_t i = 0; i < N_PRESETS; i++)
        if (!strcmp(presets[i].info.name, preset_name)) return fill(params, &presets[i], err);
    return unknown(preset_name, err);
}
