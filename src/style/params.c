/* params.c - parameters by name, and checked against each other. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "style/params.h"

imp_status imp_params_set(imp_params *params, const char *name, const char *text,
                          imp_error *err)
{
    const imp_param *p;
    const imp_status status = imp_param_find(&p, name, err);

    return status == IMP_OK ? imp_param_set_text(p, params, text, err) : status;
}

imp_status imp_params_get(char **text, const imp_params *params, const char *name,
                          imp_error *err)
{
    char value[IMP_PARAM_TEXT_MAX];
    const imp_param *p;
    imp_status status;

    *text = NULL;
    if ((status = imp_param_find(&p, name, err)) != IMP_OK) return status;
    if ((status = imp_param_check(p, params, err)) != IMP_OK) return status;
    imp_param_write(value, p, params);
    if ((*text = imp_strdup(value))) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "%s: no memory for its value", name);
}

/* The preset's name travels with the values, so it must be one that can be read again. */
static imp_status check_preset(const imp_params *params, imp_error *err)
{
    for (size_t i = 0; imp_preset_known(i); i++)
        if (!strncmp(imp_preset_known(i)->name, params->preset, sizeof params->preset))
            return IMP_OK;
    return imp_fail(err, IMP_EINVAL,
                    "the parameters come from no preset: begin with imp_params_init()");
}

/* A loss that is asked for must have a layer to look at. */
static imp_status check_loss(const char *name, double weight, const imp_layer_list *layers,
                             imp_error *err)
{
    if (weight == 0 || imp_layers_weigh(layers)) return IMP_OK;
    return imp_fail(err, IMP_EINVAL,
                    "%s-weight is above 0 but %s-layers names no layer with a weight above 0: "
                    "name one, or set %s-weight to 0", name, name, name);
}

imp_status imp_params_check_fields(const imp_params *params, imp_error *err)
{
    imp_status status = check_preset(params, err);

    for (size_t i = 0; status == IMP_OK && imp_param_at(i); i++)
        status = imp_param_check(imp_param_at(i), params, err);
    return status;
}

imp_status imp_params_check(const imp_params *params, imp_error *err)
{
    imp_status status = imp_params_check_fields(params, err);

    if (status == IMP_OK && params->content_weight == 0 && params->style_weight == 0)
        status = imp_fail(err, IMP_EINVAL,
                          "content-weight and style-weight are both 0: set one above 0");
    if (status == IMP_OK)
        status = check_loss("content", params->content_weight, &params->content_layers, err);
    if (status == IMP_OK)
        status = check_loss("style", params->style_weight, &params->style_layers, err);
    if (status == IMP_OK && params->style_loss == IMP_STYLE_WASSERSTEIN
        && params->style_reduction == IMP_REDUCE_NORMALISED)
        status = imp_fail(err, IMP_EINVAL, "style-reduction: normalised is for style-loss "
                          "gram: set it to mean or sum");
    if (status == IMP_OK && params->style_size && params->style_scale != 1)
        status = imp_fail(err, IMP_EINVAL, "style-size and style-scale both say how large the "
                          "strokes are: set style-size to 0 or style-scale to 1");
    if (status == IMP_OK && params->result == IMP_RESULT_AVERAGE && params->average == 0)
        status = imp_fail(err, IMP_EINVAL, "result is the running average but average is 0: "
                          "set average above 0, such as 0.99");
    return status;
}
