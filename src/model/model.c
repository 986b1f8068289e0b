/* model.c - a model in memory: the weights of a file under their canonical names. */
#include "model/model.h"

#include "base/error.h"
#include "base/memory.h"

const float imp_torchvision_mean[3] = { 0.485f, 0.456f, 0.406f };
const float imp_torchvision_deviation[3] = { 0.229f, 0.224f, 0.225f };

imp_status imp_model_load(imp_model **out, const char *path, imp_error *err)
{
    const imp_weights_want want = { .wanted = imp_vgg19_wanted };
    imp_model *model = imp_alloc(1, sizeof *model);
    imp_status status = IMP_OK;

    *out = NULL;
    if (!model || !(model->name = imp_strdup(path))) {
        status = imp_fail(err, IMP_ENOMEM, "%s: no memory for the model", path);
        goto done;
    }
    TRY(imp_weights_read(&model->weights, path, &want, err));
    TRY(imp_vgg19_canonical(model->weights, &model->convention, path, err));
    *out = model;
    model = NULL;

done:
    imp_model_free(model);
    return status;
}

void imp_model_free(imp_model *model)
{
    if (!model) return;
    imp_weights_free(model->weights);
    imp_free(model->name);
    imp_free(model);
}

imp_convention imp_model_convention(const imp_model *model)
{
    return model->convention;
}

const char *imp_model_name(const imp_model *model)
{
    return model->name;
}

const char *imp_model_sha256(const imp_model *model)
{
    return model->weights->sha256;
}
