/* job_masks.c - see job_masks.h. */
#include "job_masks.h"

#include <string.h>

#include "job_files.h"
#include "masks.h"
#include "report.h"

bool job_masks_is_keep(const setting *option)
{
    return !strcmp(option->name, "keep");
}

bool job_masks_is_one(const setting *option)
{
    return job_masks_is_keep(option) || !strcmp(option->name, "mask")
        || !strcmp(option->name, "style-mask");
}

/* --- On the command line ----------------------------------------------------------------- */

static bool is_auto(const char *text)
{
    return text && !strcmp(text, "auto");
}

void job_masks_note(const options *o, const style_choices *styles)
{
    bool any = o->content_mask, automatic = is_auto(o->content_mask);

    for (int i = 0; i < o->n_each; i++) {
        any = any || job_masks_is_one(&o->each[i]);
        automatic = automatic || (job_masks_is_one(&o->each[i]) && is_auto(o->each[i].text)
                                  && strcmp(o->each[i].name, "style-mask"));
    }
    for (int i = 0; i < styles->n; i++) any = any || styles->item[i].class_name;
    if (o->quiet) return;
    if (o->save_masks && !any) warn("--save-masks: there are no masks to save");
    if (o->subject && !automatic)
        warn("--subject: changes nothing, as no mask of the photograph is auto");
}

/* --- Reading ----------------------------------------------------------------------------- */

static mask_of of_photo(job *j)
{
    return (mask_of) { j->photo, j->o->operand[0], j->o->subject, &j->objects };
}

/* Where a painting goes, as it was written. */
static const char *region_text(const style_choice *style)
{
    return style->mask ? style->mask : style->class_name;
}

static int no_white(const char *text, const char *what, const style_choice *style)
{
    return complain(STATUS_INPUT, "%s, %s of %s, has no white", text, what, style->file);
}

int job_masks_of_style(bool *nowhere, job *j, const style_choice *style)
{
    const int i = j->inputs.styles;
    const mask_of photo = of_photo(j);
    const mask_of painting = { j->painting[i], style->file, NULL, NULL };
    int status = STATUS_OK;

    if (style->class_name)
        TRY(objects_mask(&j->mask[i], &j->objects, "style", style->class_name, "no class"));
    if (style->mask) TRY(mask_load(&j->mask[i], "mask", style->mask, &photo, j->o));
    if (j->mask[i] && imp_mask_is_empty(j->mask[i]))
        TRY(no_white(style->mask, "the mask", style));
    if (style->style_mask)
        TRY(mask_load(&j->style_mask[i], "style-mask", style->style_mask, &painting, j->o));
    if (j->style_mask[i] && imp_mask_is_empty(j->style_mask[i]))
        TRY(no_white(style->style_mask, "the style mask", style));
    *nowhere = region_text(style) && !j->mask[i];

done:
    return status;
}

static int add_keep(job *j, const char *text)
{
    const mask_of photo = of_photo(j);
    imp_mask *more;
    int status = mask_load(&more, "keep", text, &photo, j->o);

    if (status != STATUS_OK || !more) {
        imp_mask_free(more);
        return status;
    }
    if (!j->o->quiet && imp_mask_is_empty(more))
        warn("--keep %s: has no white, and keeps nothing", text);
    return mask_add(&j->keep, more, imp_image_width(j->photo), imp_image_height(j->photo));
}

static int read_content(job *j)
{
    const options *o = j->o;
    const mask_of photo = of_photo(j);
    int status = STATUS_OK;

    if (!o->content_mask) return STATUS_OK;
    TRY(mask_load(&j->content_mask, "content-mask", o->content_mask, &photo, o));
    if (!j->content_mask)
        warn("--content-mask: the picture has to resemble the whole photograph then");
    else if (!o->quiet && imp_mask_is_empty(j->content_mask))
        warn("--content-mask %s: has no white: the picture is nowhere held to the photograph",
             o->content_mask);

done:
    return status;
}

/* --- What is left for whom --------------------------------------------------------------- */

/* The region that covers everything, as it was written; NULL if none alone does. */
static const char *full_mask(const job *j)
{
    for (int i = 0; i < j->inputs.styles; i++)
        if (j->mask[i] && imp_mask_is_full(j->mask[i])) return region_text(j->painted[i]);
    return NULL;
}

/* What is kept, as it was written, or the option if that is in several places. */
static const char *keep_text(const options *o)
{
    const char *text = NULL;

    for (int i = 0; i < o->n_each; i++)
        if (job_masks_is_keep(&o->each[i])) text = text ? "--keep" : o->each[i].text;
    return text;
}

/* Says why painting i gets nothing. */
static int nothing_left(const job *j, int i)
{
    const char *painting = j->painted[i]->file, *full = full_mask(j), *keep = keep_text(j->o);

    if (j->keep && imp_mask_is_full(j->keep))
        return complain(STATUS_INPUT, "%s: covers the whole photograph and leaves nothing to "
                        "paint: keep less", keep);
    if (j->mask[i])
        return complain(STATUS_INPUT, "%s: covers all of %s, where %s goes: keep less", keep,
                        region_text(j->painted[i]), painting);
    if (full)
        return complain(STATUS_INPUT, "%s: covers everything and leaves nothing for %s: drop "
                        "that, or leave it some black", full, painting);
    return complain(STATUS_INPUT, "%s: the other paintings' masks%s leave nothing for it: "
                    "drop it, or leave it some black", painting,
                    keep ? " and what is kept" : "");
}

/* What each painting gets: nothing is refused; the rest is written if that was asked for. */
static int check_shares(const job *j)
{
    imp_mask *share[IMP_MAX_STYLES];
    char name[JOB_MASK_NAME];
    imp_error err;
    int status = STATUS_OK;

    if (imp_inputs_shares(share, &j->inputs, imp_image_width(j->photo),
                          imp_image_height(j->photo), &err))
        return complain_error(&err, PHASE_WORK);
    for (int i = 0; i < j->inputs.styles; i++) {
        if (imp_mask_is_empty(share[i])) TRY(nothing_left(j, i));
        TRY(mask_save(share[i], job_mask_name(name, 2 + 2 * i), j->o));
    }

done:
    for (int i = 0; i < j->inputs.styles; i++) imp_mask_free(share[i]);
    return status;
}

int job_masks_read(job *j)
{
    bool regions = false;
    char name[JOB_MASK_NAME];
    int status = STATUS_OK;

    for (int i = 0; i < j->o->n_each; i++)
        if (job_masks_is_keep(&j->o->each[i])) TRY(add_keep(j, j->o->each[i].text));
    TRY(read_content(j));
    j->inputs.keep = j->keep;
    j->inputs.content = j->content_mask;
    for (int i = 0; i < j->inputs.styles; i++) regions = regions || j->mask[i];
    if (regions || j->keep) TRY(check_shares(j));
    for (int i = 0; i < j->inputs.styles; i++)
        TRY(mask_save(j->style_mask[i], job_mask_name(name, 3 + 2 * i), j->o));
    TRY(mask_save(j->keep, job_mask_name(name, 0), j->o));
    TRY(mask_save(j->content_mask, job_mask_name(name, 1), j->o));

done:
    return status;
}
