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
    setting set[32];   /* up to the first without a name */
} preset;

static const preset presets[] = {
    { { "default", "The photograph repainted in a few minutes, held to its contents.",
        "Gatys, Ecker and Bethge, CVPR 2016: their layers, each style layer weighted by "
        "1000 / C^2 as in their later work, walked by Adam (Kingma and Ba, 2014)" },
      { { "size", "long:512" }, { "pooling", "average" },
        { "content-layers", "relu4_2" },
        { "style-layers", "relu1_1:0.244140625,relu2_1:0.06103515625,relu3_1:0.0152587890625,"
                          "relu4_1:0.003814697265625,relu5_1:0.003814697265625" },
        { "content-weight", "10" }, { "style-weight", "1" }, { "tv-weight", "0" },
        { "gram-norm", "hw" },
        { "variable", "unit" }, { "learning-rate", "0.05" }, { "steps", "200" },
        { "clamp", "true" }, { "result", "best" } } },

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
