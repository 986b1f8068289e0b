/* params_layers.c - lists of layers and their weights. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/network.h"
#include "style/params.h"

static bool is_tap(const char *layer)
{
    const int i = imp_network_find(&imp_vgg19, layer);

    return i >= 0 && imp_vgg19.layer[i].kind != IMP_LAYER_POOL;
}

static imp_status refuse_layer(const imp_param *p, const char *layer, imp_error *err)
{
    imp_nearest nearest = imp_nearest_to(layer);
    char quoted[IMP_QUOTED_TEXT], hint[64] = "";

    for (int i = 0; i < imp_vgg19.n_layers; i++) {
        const char *name = imp_vgg19.layer[i].name;
        if (is_tap(name)) imp_nearest_offer(&nearest, name);
    }
    if (nearest.best) snprintf(hint, sizeof hint, "; did you mean \"%s\"?", nearest.best);
    return imp_fail(err, IMP_EINVAL, "%s: %s is not a layer of %s%s (accepted: %s)",
                    p->info.name, imp_text_quote(quoted, layer), imp_vgg19.name, hint,
                    p->info.range);
}

static imp_status refuse_weight(const imp_param *p, const char *layer, const char *weight,
                                const char *why, imp_error *err)
{
    return imp_fail(err, IMP_EINVAL, "%s: the weight %s of %s %s (accepted: %s)", p->info.name,
                    weight, layer, why, p->info.range);
}

imp_status imp_layers_add(imp_layer_list *list, const imp_param *p, const char *layer,
                          double weight, imp_error *err)
{
    imp_layer_weight *item = &list->item[list->n];
    char text[IMP_NUMBER_TEXT];

    if (strlen(layer) >= sizeof item->layer || !is_tap(layer))
        return refuse_layer(p, layer, err);
    if (!(weight >= p->min && weight <= p->max)) {
        imp_number_write(text, weight);
        return refuse_weight(p, layer, text, "is out of range", err);
    }
    for (int i = 0; i < list->n; i++)
        if (!strcmp(list->item[i].layer, layer))
            return imp_fail(err, IMP_EINVAL, "%s: %s stands there twice; give it one weight",
                            p->info.name, layer);
    if (list->n == IMP_MAX_LAYERS)
        return imp_fail(err, IMP_EINVAL, "%s: more than %d layers", p->info.name,
                        IMP_MAX_LAYERS);
    strcpy(item->layer, layer);
    item->weight = weight + 0.0;   /* no negative zero */
    list->n++;
    return IMP_OK;
}

/* One item, "relu2_1:0.75", which is cut up in place. */
static imp_status read_item(imp_layer_list *list, const imp_param *p, char *item,
                            imp_error *err)
{
    char *colon = strchr(item, ':'), quoted[IMP_QUOTED_TEXT];
    double weight = 1;

    if (colon) *colon = '\0';
    if (colon && is_tap(item) && !imp_number_read(&weight, colon + 1))
        return refuse_weight(p, item, imp_text_quote(quoted, colon + 1), "is not a number",
                             err);
    return imp_layers_add(list, p, item, weight, err);
}

imp_status imp_layers_read(imp_layer_list *list, const imp_param *p, const char *text,
                           imp_error *err)
{
    const bool none = !strcmp(text, "none");
    imp_layer_list read = { .n = 0 };
    imp_status status = IMP_OK;
    char item[IMP_PARAM_TEXT_MAX];

    while (!none && status == IMP_OK) {
        const size_t len = strcspn(text, ",");
        if (len >= sizeof item) return refuse_layer(p, text, err);
        memcpy(item, text, len);
        item[len] = '\0';
        status = read_item(&read, p, item, err);
        if (!text[len]) break;
        text += len + 1;
    }
    if (status == IMP_OK) *list = read;
    return status;
}

void imp_layers_write(char text[IMP_PARAM_TEXT_MAX], const imp_layer_list *list)
{
    char weight[IMP_NUMBER_TEXT];
    size_t used = 0;

    strcpy(text, "none");
    for (int i = 0; i < list->n; i++) {
        imp_number_write(weight, list->item[i].weight);
        used += (size_t) snprintf(text + used, IMP_PARAM_TEXT_MAX - used, "%s%s:%s",
                                  i ? "," : "", list->item[i].layer, weight);
    }
}

imp_status imp_layers_check(const imp_layer_list *list, const imp_param *p, imp_error *err)
{
    imp_layer_list again = { .n = 0 };
    imp_status status = IMP_OK;

    if (list->n < 0 || list->n > IMP_MAX_LAYERS)
        return imp_fail(err, IMP_EINVAL, "%s: %d layers (accepted: 0..%d)", p->info.name,
                        list->n, IMP_MAX_LAYERS);
    for (int i = 0; status == IMP_OK && i < list->n; i++) {
        char layer[sizeof list->item[i].layer + 1] = "";
        memcpy(layer, list->item[i].layer, sizeof list->item[i].layer);
        status = imp_layers_add(&again, p, layer, list->item[i].weight, err);
    }
    return status;
}

bool imp_layers_weigh(const imp_layer_list *list)
{
    for (int i = 0; i < list->n; i++)
        if (list->item[i].weight > 0) return true;
    return false;
}
