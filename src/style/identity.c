/* identity.c - see identity.h. */
#include "style/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/sum.h"
#include "base/text.h"
#include "style/params.h"

/* --- Making it --------------------------------------------------------------------------- */

static uint64_t sum_of_plane(uint64_t sum, const float *plane, size_t floats)
{
    return plane ? imp_sum_on(sum, plane, floats * sizeof *plane) : sum;
}

static uint64_t sum_of_image(const imp_image *image)
{
    uint64_t sum = IMP_SUM_START, size[2];
    double density[2];

    if (!image) return 0;
    size[0] = imp_image_width(image);
    size[1] = imp_image_height(image);
    imp_image_density(image, &density[0], &density[1]);
    sum = imp_sum_on(sum, size, sizeof size);
    sum = imp_sum_on(sum, density, sizeof density);
    sum = sum_of_plane(sum, imp_image_rgb_const(image), 3 * (size_t) (size[0] * size[1]));
    return sum_of_plane(sum, imp_image_alpha_const(image), (size_t) (size[0] * size[1]));
}

static uint64_t sum_of_mask(const imp_mask *mask)
{
    uint64_t size[2];

    if (!mask) return 0;
    size[0] = imp_mask_width(mask);
    size[1] = imp_mask_height(mask);
    return sum_of_plane(imp_sum_on(IMP_SUM_START, size, sizeof size),
                        imp_mask_values_const(mask), (size_t) (size[0] * size[1]));
}

imp_identity imp_identity_of(const imp_context *ctx, const imp_model *model,
                             const imp_inputs *inputs, const imp_params *params)
{
    imp_identity id = {
        .ctx = ctx, .model = model, .params = params, .inputs = inputs,
        .photo = sum_of_image(inputs->photo), .init = sum_of_image(inputs->init),
        .content = sum_of_mask(inputs->content), .keep = sum_of_mask(inputs->keep),
    };

    for (int i = 0; i < inputs->styles; i++) {
        id.style[i].painting = sum_of_image(inputs->style[i].painting);
        id.style[i].region = sum_of_mask(inputs->style[i].region);
        id.style[i].source = sum_of_mask(inputs->style[i].source);
    }
    return id;
}

/* --- Held against another ---------------------------------------------------------------- */

/* An archive, and where the first difference is told. */
typedef struct visit { imp_archive *a; imp_error *err; } visit;

static void differs(visit v, const char *what, const char *was, const char *is)
{
    char then[IMP_QUOTED_TEXT], now[IMP_QUOTED_TEXT];

    v.a->status = imp_fail(v.err, IMP_EINVAL, "was painted with %s %s, not %s: go on with "
                           "what it was begun with", what, imp_text_quote(then, was),
                           imp_text_quote(now, is));
}

static void text(visit v, const char *what, const char *own)
{
    char was[IMP_PARAM_TEXT_MAX] = "";
    int n = (int) strlen(own);

    imp_archive_int(v.a, &n);
    imp_archive_require(v.a, n >= 0 && n < IMP_PARAM_TEXT_MAX);
    if (v.a->status != IMP_OK) return;
    if (!v.a->reading) memcpy(was, own, (size_t) n);
    imp_archive_bytes(v.a, was, (size_t) n);
    was[n] = '\0';
    if (v.a->status == IMP_OK && strcmp(was, own)) differs(v, what, was, own);
}

static void number(visit v, const char *what, double own)
{
    char as[IMP_NUMBER_TEXT];

    imp_number_write(as, own);
    text(v, what, as);
}

static void sum(visit v, const char *what, uint64_t own)
{
    uint64_t was = own;

    imp_archive_bytes(v.a, &was, sizeof was);
    if (v.a->status != IMP_OK || was == own) return;
    v.a->status = imp_fail(v.err, IMP_EINVAL, "was painted %s %s: go on with what it was "
                           "begun with", was && own ? "from another"
                           : was ? "with a" : "without a", what);
}

enum { NAME = 48 };

static const char *named(char out[NAME], const char *what, int painting)
{
    snprintf(out, NAME, "%s %d", what, painting + 1);
    return out;
}

static void visit_style(visit v, const imp_identity *own, int i)
{
    const imp_style *style = &own->inputs->style[i];
    char name[NAME];

    sum(v, named(name, "painting", i), own->style[i].painting);
    sum(v, named(name, "mask for painting", i), own->style[i].region);
    sum(v, named(name, "mask of a part of painting", i), own->style[i].source);
    number(v, named(name, "the weight of painting", i), style->weight);
    number(v, named(name, "the scale of painting", i), style->scale);
    number(v, named(name, "the colour match of painting", i), style->match_colours);
}

static void visit_settings(visit v, const imp_params *params)
{
    const imp_param *p;
    char own[IMP_PARAM_TEXT_MAX];

    text(v, "the preset", params->preset);
    for (size_t i = 0; (p = imp_param_at(i)); i++) {
        imp_param_write(own, p, params);
        text(v, p->info.name, own);
    }
}

void imp_identity_visit(const imp_identity *own, imp_archive *archive, imp_error *err)
{
    const visit v = { archive, err };

    text(v, "impasto", imp_version());
    sum(v, "photograph", own->photo);
    number(v, "paintings:", own->inputs->styles);
    for (int i = 0; i < own->inputs->styles; i++) visit_style(v, own, i);
    sum(v, "starting picture", own->init);
    sum(v, "mask of the content", own->content);
    sum(v, "mask of what is kept", own->keep);
    visit_settings(v, own->params);
    text(v, "the weights", imp_model_sha256(own->model));
    text(v, "the backend", imp_context_backend(own->ctx));
    number(v, "threads:", imp_context_threads(own->ctx));
}
