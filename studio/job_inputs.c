/* job_inputs.c - see job_inputs.h. */
#include "studio/job_inputs.h"

#include "studio/fail.h"

/* NULL where the job names none. */
static imp_status load_mask(imp_mask **out, pictures *p, const char *id, imp_error *err)
{
    return *id ? pictures_load_mask(p, out, id, err) : IMP_OK;
}

static imp_status load_style(job_inputs *in, int i, const job_style *style, pictures *p,
                             imp_error *err)
{
    imp_params params = { .match_colours = IMP_MATCH_AS_PARAMS };
    imp_status status;

    if (*style->colours) TRY(imp_params_set(&params, "match-colours", style->colours, err));
    TRY(pictures_load(p, &in->painting[i], style->picture, err));
    TRY(load_mask(&in->mask[i], p, style->mask, err));
    TRY(load_mask(&in->source[i], p, style->source, err));
    in->all.style[i] = (imp_style) {
        .painting = in->painting[i], .weight = style->weight, .scale = style->scale,
        .region = in->mask[i], .source = in->source[i], .match_colours = params.match_colours,
    };

done:
    return status;
}

imp_status job_inputs_load(job_inputs *in, const job *j, pictures *p, imp_error *err)
{
    imp_status status;

    TRY(pictures_load(p, &in->photo, j->photo, err));
    if (*j->init) TRY(pictures_load(p, &in->init, j->init, err));
    TRY(load_mask(&in->keep, p, j->keep, err));
    TRY(load_mask(&in->content, p, j->content, err));
    in->all = (imp_inputs) { .photo = in->photo, .styles = j->styles, .keep = in->keep,
                             .content = in->content, .init = in->init };
    for (int i = 0; i < j->styles; i++) TRY(load_style(in, i, &j->style[i], p, err));

done:
    return status;
}

void job_inputs_free(job_inputs *in)
{
    for (int i = 0; i < IMP_MAX_STYLES; i++) {
        imp_image_free(in->painting[i]);
        imp_mask_free(in->mask[i]);
        imp_mask_free(in->source[i]);
    }
    imp_image_free(in->photo);
    imp_image_free(in->init);
    imp_mask_free(in->keep);
    imp_mask_free(in->content);
    *in = (job_inputs) { .photo = NULL };
}
