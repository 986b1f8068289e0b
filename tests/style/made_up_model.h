/* made_up_model.h - a VGG19 with random weights (He, Zhang, Ren and Sun 2015), so that the
 * recipe can be tested without the real ones. */
#ifndef IMP_MADE_UP_MODEL_H
#define IMP_MADE_UP_MODEL_H

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/random.h"
#include "engine/network.h"
#include "model/model.h"

static inline void made_up_tensor(imp_named_tensor *t, const char *layer, const char *part,
                                  int n_dims, const size_t *dims, double deviation,
                                  imp_random *random)
{
    size_t n = 1;

    snprintf(t->name, sizeof t->name, "%s.%s", layer, part);
    t->n_dims = n_dims;
    for (int d = 0; d < n_dims; d++) n *= t->dims[d] = dims[d];
    t->data = imp_alloc(n, sizeof *t->data);
    for (size_t i = 0; t->data && i < n; i++)
        t->data[i] = (float) (deviation * imp_random_normal(random));
}

/* Up to and including `last`, "conv5_1" say. Free with imp_model_free(). */
static inline imp_model *made_up_model(const char *last)
{
    imp_model *model = imp_alloc(1, sizeof *model);
    imp_random random = { 42 };
    size_t n = 0;

    model->name = imp_strdup("made-up");
    model->convention = IMP_CONVENTION_CAFFE;
    model->weights = imp_alloc(1, sizeof *model->weights);
    model->weights->item = imp_alloc(2 * (size_t) imp_vgg19.n_layers,
                                     sizeof *model->weights->item);
    snprintf(model->weights->sha256, sizeof model->weights->sha256, "%064d", 0);
    for (int i = 0; i <= imp_network_find(&imp_vgg19, last); i++) {
        const imp_layer *l = &imp_vgg19.layer[i];
        const size_t dims[4] = { (size_t) l->out_c, (size_t) l->in_c, 3, 3 };
        if (l->kind != IMP_LAYER_CONV) continue;
        const double deviation = sqrt(2.0 / (9 * l->in_c));
        imp_named_tensor *weight = &model->weights->item[n++];
        imp_named_tensor *bias = &model->weights->item[n++];
        made_up_tensor(weight, l->name, "weight", 4, dims, deviation, &random);
        made_up_tensor(bias, l->name, "bias", 1, dims, 0.1, &random);
    }
    model->weights->n = n;
    return model;
}

#endif
